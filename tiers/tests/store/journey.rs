//! A row's whole journey: open, hot, warm, cold and back, always counted once.

use crate::kit::{builder, ids, range, rows, store_with_table};
use thermocline_tiers::{Bound, Budget, CompareOp, Policy, Predicate, Selection, Tier};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_the_same_in_every_tier_and_on_every_way() {
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = store_with_table(&dir).await;
    table.append(rows(0..10_000)).await.unwrap();
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..10_000));
    for to in [
        Tier::Hot,
        Tier::Warm,
        Tier::Hot,
        Tier::Warm,
        Tier::Cold,
        Tier::Warm,
        Tier::Hot,
        Tier::Cold,
    ] {
        table.move_to(&Selection::All, to).await.unwrap();
        let segments = table.segments().unwrap();
        assert_eq!(
            segments.len(),
            4,
            "10,000 rows are 100 days: January to April"
        );
        assert!(
            segments.iter().all(|segment| segment.tier == to),
            "{to}: {segments:?}"
        );
        assert_eq!(
            ids(&store.snapshot(), "flights").await,
            range(0..10_000),
            "in {to}"
        );
        assert!(store.verify().await.unwrap().ok);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demotion_straight_from_memory_to_cold_leaves_no_other_copy() {
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = store_with_table(&dir).await;
    table.append(rows(0..1_000)).await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    let segment = &table.segments().unwrap()[0];
    assert_eq!((segment.tier, segment.home), (Tier::Cold, Tier::Cold));
    assert!(segment.copies.is_empty());
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..1_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_promoted_copy_keeps_its_home_and_survives_a_restart_when_it_is_warm() {
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = store_with_table(&dir).await;
    table.append(rows(0..5_000)).await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    let january = Selection::Partition("at_month=2013-01".into());
    let report = table.move_to(&january, Tier::Warm).await.unwrap();
    assert_eq!(report.done.len(), 1);
    let tiers = |table: &thermocline_tiers::Table| {
        let segments = table.segments().unwrap();
        let mut tiers: Vec<_> = segments
            .iter()
            .map(|s| (s.partition.clone(), s.tier, s.home))
            .collect();
        // Segments of one seal come back in the order of their identifiers.
        tiers.sort();
        tiers
    };
    let expected = vec![
        ("at_month=2013-01".to_owned(), Tier::Warm, Tier::Cold),
        ("at_month=2013-02".to_owned(), Tier::Cold, Tier::Cold),
    ];
    assert_eq!(tiers(&table), expected);
    store.close().await.unwrap();
    let store = builder(&dir).open().await.unwrap();
    assert_eq!(tiers(&store.table("flights").unwrap()), expected);
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..5_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scan_skips_segments_that_cannot_match_in_every_tier() {
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = store_with_table(&dir).await;
    table.append(rows(0..10_000)).await.unwrap();
    for tier in [Tier::Hot, Tier::Warm, Tier::Cold] {
        table.move_to(&Selection::All, tier).await.unwrap();
        let snapshot = store.snapshot();
        let predicate = Predicate::Compare {
            column: "id".into(),
            op: CompareOp::Lt,
            value: Bound::Int(50),
        };
        let scan = snapshot
            .table("flights")
            .unwrap()
            .scan(thermocline_tiers::ScanOptions::new().with_predicate(predicate.clone()))
            .unwrap();
        assert_eq!(
            (scan.counts().segments, scan.counts().segments_pruned),
            (4, 3),
            "{tier}"
        );
        assert_eq!(
            crate::kit::ids_where(&snapshot, "flights", predicate).await,
            range(0..50)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_stays_as_it_was_while_everything_moves_and_files_are_collected() {
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = store_with_table(&dir).await;
    table.append(rows(0..3_000)).await.unwrap();
    table.move_to(&Selection::All, Tier::Warm).await.unwrap();
    let old = store.snapshot();
    table.append(rows(3_000..4_000)).await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    store.step().await.unwrap();
    assert_eq!(ids(&old, "flights").await, range(0..3_000));
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..4_000));
    drop(old);
    let removed = store.step().await.unwrap().collected;
    assert!(
        removed > 0,
        "the warm files go when the last snapshot lets go"
    );
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..4_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn budgets_settle_rows_into_all_three_tiers() {
    let dir = tempfile::tempdir().unwrap();
    let policy = Policy::default()
        .with_hot_budget(Budget::of(150_000))
        .with_warm_budget(Budget::of(200_000));
    let store = builder(&dir).policy(policy).open().await.unwrap();
    let table = store
        .create_table("flights", crate::kit::options())
        .await
        .unwrap();
    for start in (0..30_000).step_by(3_000) {
        table.append(rows(start..start + 3_000)).await.unwrap();
        store.step().await.unwrap();
    }
    let stats = store.stats();
    for tier in [Tier::Hot, Tier::Warm, Tier::Cold] {
        assert!(
            stats.tiers[&tier].segments > 0,
            "{tier} is empty: {stats:?}"
        );
    }
    assert!(stats.tiers[&Tier::Hot].bytes <= 150_000, "{stats:?}");
    assert!(stats.tiers[&Tier::Warm].bytes <= 200_000, "{stats:?}");
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..30_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn zero_budgets_keep_nothing_in_memory_and_nothing_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let policy = Policy::default()
        .with_hot_budget(Budget::of(0))
        .with_warm_budget(Budget::of(0));
    let store = builder(&dir).policy(policy).open().await.unwrap();
    let table = store
        .create_table("flights", crate::kit::options())
        .await
        .unwrap();
    table.append(rows(0..4_000)).await.unwrap();
    store.step().await.unwrap();
    store.step().await.unwrap();
    let stats = store.stats();
    assert_eq!(stats.tiers[&Tier::Hot].rows, 0, "{stats:?}");
    assert_eq!(stats.tiers[&Tier::Warm].rows, 0, "{stats:?}");
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..4_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_background_mover_does_it_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let settings = thermocline_tiers::Settings::default()
        .with_mover_interval(std::time::Duration::from_millis(5))
        .with_seal_rows(1_000);
    let policy = Policy::default().with_hot_budget(Budget::of(20_000));
    let store = thermocline_tiers::Store::builder(dir.path())
        .create_new()
        .settings(settings)
        .policy(policy)
        .open()
        .await
        .unwrap();
    let table = store
        .create_table("flights", crate::kit::options())
        .await
        .unwrap();
    for start in (0..20_000).step_by(500) {
        table.append(rows(start..start + 500)).await.unwrap();
    }
    while store.stats().tiers[&Tier::Warm].segments == 0 {
        assert_eq!(store.health().last_background_error, None);
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..20_000));
    assert_eq!(store.health().background_errors, 0);
    store.close().await.unwrap();
}
