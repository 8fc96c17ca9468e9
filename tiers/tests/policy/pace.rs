//! Moves take no more bytes a second than they may, and a full tier doesn't wait.

use std::time::Duration;

use thermocline_tiers::{AgeRule, Budget, Policy, TableRules, Tier};

use crate::world::{DAY, HOUR, START, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moves_that_can_wait_go_at_the_rate_and_those_of_a_full_tier_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::new(dir.path(), Policy::default()).await;
    for day in 0..6 {
        world.ingest(START + day * DAY, 1_000).await;
    }
    let bytes = world.segments().await[0].hot_bytes;
    world.set(START + 30 * DAY);
    let old = AgeRule::ingest_time(Duration::from_secs(86_400));
    let policy = Policy::default()
        .with_default_rules(TableRules::default().with_hot_to_warm(old))
        // A segment and a half an hour.
        .with_move_bytes_per_second(bytes * 3 / 2 / 3_600 + 1);
    world.store.set_policy(policy.clone()).await.unwrap();
    assert_eq!(world.store.plan().moves.len(), 6);

    // Segments are larger than the bucket: each goes when it is full, and the next waits for the debt.
    let mut moved = Vec::new();
    for _ in 0..5 {
        moved.push(world.store.step().await.unwrap().moves.done.len());
        world.pass(HOUR / 3);
    }
    assert_eq!(moved, [1, 0, 1, 0, 1]);
    let warm = world
        .segments()
        .await
        .iter()
        .filter(|s| s.tier == Tier::Warm)
        .count();
    assert_eq!(warm, 3);

    world
        .store
        .set_policy(
            policy
                .with_hot_budget(Budget::of(0))
                .with_default_rules(TableRules::default()),
        )
        .await
        .unwrap();
    assert_eq!(
        world.store.step().await.unwrap().moves.done.len(),
        3,
        "memory is over its budget"
    );
}
