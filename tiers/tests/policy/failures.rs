//! Moves that fail are told, tried again, and in nobody's way.

use std::sync::Arc;
use std::time::Duration;

use thermocline_tiers::{Budget, Policy, Settings, Store, Tier};

use crate::world::{DAY, START, World, minutes};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_damaged_segment_does_not_keep_the_others_from_moving() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::new(dir.path(), Policy::default().with_hot_budget(Budget::of(0))).await;
    for month in 0..3 {
        world.ingest(START + 31 * DAY * month, 1_000).await;
    }
    world.store.step().await.unwrap();
    let damaged = world.segments().await[0].clone();
    assert_eq!(damaged.tier, Tier::Warm);
    let path = dir.path().join(damaged.path.as_ref().unwrap());
    let good = std::fs::read(&path).unwrap();
    // Reopened, so that no mapping has seen the good bytes.
    let world = world.reopened().await;
    let mut bad = good.clone();
    let at = bad.len() / 2;
    bad[at] ^= 1;
    std::fs::write(&path, &bad).unwrap();

    let none = Policy::default()
        .with_hot_budget(Budget::of(0))
        .with_warm_budget(Budget::of(0));
    world.store.set_policy(none).await.unwrap();
    let error = world.store.step().await.unwrap_err();
    assert_eq!(error.kind(), thermocline_tiers::ErrorKind::Corrupt);
    let tiers: Vec<_> = world.segments().await.iter().map(|s| s.tier).collect();
    assert_eq!(tiers, [Tier::Warm, Tier::Cold, Tier::Cold]);
    let failed = world.store.health().failed_moves;
    assert_eq!((failed.len(), failed[0].segment), (1, damaged.segment));
    assert_eq!(failed[0].attempts, 1);
    assert!(
        failed[0].error.contains("block 0 of the warm segment"),
        "{failed:?}"
    );
    assert_eq!(failed[0].retry_at.0, world.now() + 1_000_000);
    world.store.step().await.unwrap_err();
    let again = &world.store.health().failed_moves[0];
    assert_eq!(
        (again.attempts, again.retry_at.0),
        (2, world.now() + 2_000_000)
    );

    std::fs::write(&path, &good).unwrap();
    let world = world.reopened().await;
    world.store.step().await.unwrap();
    assert!(world.store.health().failed_moves.is_empty());
    assert!(world.segments().await.iter().all(|s| s.tier == Tier::Cold));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_background_mover_tries_again_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    // A file where the folder of cold files should be.
    let settings = Settings::default().with_mover_interval(Duration::from_millis(5));
    let store = Store::builder(dir.path())
        .create_new()
        .settings(settings)
        .policy(Policy::default().with_hot_budget(Budget::of(0)))
        .open()
        .await
        .unwrap();
    let warm = dir.path().join("warm");
    std::fs::write(&warm, b"in the way").unwrap();
    let batch = minutes(START, 100);
    let options = thermocline_tiers::TableOptions::new(batch.schema());
    let table = Arc::new(store.create_table("readings", options).await.unwrap());
    table.append(batch).await.unwrap();
    table.seal().await.unwrap();
    while store.health().failed_moves.is_empty() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    std::fs::remove_file(&warm).unwrap();
    // The failure is forgotten a moment after the move is shown.
    let is_warm = || {
        table
            .segments()
            .unwrap()
            .iter()
            .all(|s| s.tier == Tier::Warm)
    };
    while !(is_warm() && store.health().failed_moves.is_empty()) {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert!(store.health().background_errors > 0);
    store.close().await.unwrap();
}
