//! Pins and holds, in the manifest.

use std::time::Duration;

use thermocline_tiers::{AgeRule, Budget, ErrorKind, Policy, Selection, TableRules, Tier};

use crate::world::{DAY, START, World};

fn january() -> Selection {
    Selection::Partition("at_month=2024-01".into())
}

fn nothing_stays() -> Policy {
    Policy::default()
        .with_hot_budget(Budget::of(0))
        .with_warm_budget(Budget::of(0))
}

async fn settle(world: &World) {
    for _ in 0..4 {
        world.store.step().await.unwrap();
    }
    assert!(world.store.plan().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pinned_partition_stays_across_restarts_until_it_is_unpinned() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::new(dir.path(), nothing_stays()).await;
    world.ingest(START, 100).await;
    world.ingest(START + 31 * DAY, 100).await;
    world
        .table()
        .await
        .pin(&january(), Tier::Warm)
        .await
        .unwrap();
    let mut world = world;
    for _ in 0..2 {
        settle(&world).await;
        let tiers: Vec<_> = world.segments().await.iter().map(|s| s.tier).collect();
        assert_eq!(tiers, [Tier::Warm, Tier::Cold]);
        world = world.reopened().await;
    }
    // Its segments to come are pinned too.
    world.ingest(START + DAY, 100).await;
    settle(&world).await;
    assert_eq!(world.segments().await[1].tier, Tier::Warm);
    let explained = world
        .store
        .explain(world.segments().await[0].segment)
        .unwrap();
    assert!(
        explained
            .to_string()
            .contains("stays: it is pinned to warm"),
        "{explained}"
    );

    let table = world.table().await;
    table.unpin(&january()).await.unwrap();
    settle(&world).await;
    assert!(world.segments().await.iter().all(|s| s.tier == Tier::Cold));
    let error = table.unpin(&january()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(
        error
            .to_string()
            .contains("partition `at_month=2024-01` of table `readings` is not pinned")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pinned_segment_keeps_its_name_even_if_only_the_log_had_it() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::new(dir.path(), Policy::default()).await;
    world.ingest(START, 100).await;
    let segment = world.segments().await[0].segment;
    let one = Selection::Segment(segment);
    world.table().await.pin(&one, Tier::Hot).await.unwrap();
    let before = &world.segments().await[0];
    assert_eq!((before.tier, before.home), (Tier::Hot, Tier::Warm));
    let world = world.reopened().await;
    settle(&world).await;
    let after = &world.segments().await[0];
    assert_eq!((after.segment, after.tier), (segment, Tier::Hot));
    // A pin goes with its segment, and another one overrides it.
    world.table().await.pin(&one, Tier::Cold).await.unwrap();
    settle(&world).await;
    assert_eq!(world.segments().await[0].tier, Tier::Cold);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_outlives_retention_until_it_is_released() {
    let dir = tempfile::tempdir().unwrap();
    let week = AgeRule::event_time(Duration::from_secs(7 * 86_400));
    let rules = TableRules::default().with_retention(week);
    // In files, or a restart would leave the rows open and unsealed.
    let policy = Policy::default()
        .with_hot_budget(Budget::of(0))
        .with_default_rules(rules);
    let world = World::new(dir.path(), policy).await;
    world.ingest(START, 100).await;
    world.ingest(START + 31 * DAY, 100).await;
    let table = world.table().await;
    table.hold(&january()).await.unwrap();
    world.set(START + 90 * DAY);
    settle(&world).await;
    let world = world.reopened().await;
    settle(&world).await;
    assert_eq!(world.segments().await.len(), 1, "February is forgotten");
    assert_eq!(world.report(START, START + DAY).await.0, 100);
    world.table().await.release(&january()).await.unwrap();
    settle(&world).await;
    assert!(world.segments().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_counts_for_plans_that_were_made_before_it() {
    for home in [Tier::Hot, Tier::Warm, Tier::Cold] {
        let dir = tempfile::tempdir().unwrap();
        let week = AgeRule::event_time(Duration::from_secs(7 * 86_400));
        let rules = TableRules::default().with_retention(week);
        let policy = Policy::default().with_default_rules(rules);
        let world = World::new(dir.path(), policy).await;
        world.ingest(START, 100).await;
        let table = world.table().await;
        table.move_to(&Selection::All, home).await.unwrap();
        world.set(START + 90 * DAY);
        let plan = world.store.plan();
        assert_eq!(plan.moves.len(), 1, "{plan:?}");
        table.hold(&january()).await.unwrap();
        let report = world.store.apply(&plan).await.unwrap();
        assert_eq!(report.skipped.len(), 1, "{report:?}");
        assert_eq!(world.report(START, START + DAY).await.0, 100, "{home}");

        table.release(&january()).await.unwrap();
        world.store.apply(&plan).await.unwrap();
        assert!(world.segments().await.is_empty(), "{home}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_counts_for_plans_that_were_made_before_it() {
    for home in [Tier::Hot, Tier::Warm, Tier::Cold] {
        let dir = tempfile::tempdir().unwrap();
        let keeps = |days: u64| {
            let age = AgeRule::event_time(Duration::from_secs(days * 86_400));
            Policy::default().with_default_rules(TableRules::default().with_retention(age))
        };
        let world = World::new(dir.path(), keeps(7)).await;
        world.ingest(START, 100).await;
        let table = world.table().await;
        table.move_to(&Selection::All, home).await.unwrap();
        world.set(START + 90 * DAY);
        let plan = world.store.plan();
        assert_eq!(plan.moves.len(), 1, "{plan:?}");
        for keeps in [Policy::default(), keeps(365)] {
            world.store.set_policy(keeps).await.unwrap();
            let report = world.store.apply(&plan).await.unwrap();
            assert_eq!(report.skipped.len(), 1, "{report:?}");
            assert_eq!(world.report(START, START + DAY).await.0, 100, "{home}");
        }

        world.store.set_policy(keeps(30)).await.unwrap();
        world.store.apply(&plan).await.unwrap();
        assert!(world.segments().await.is_empty(), "{home}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::new(dir.path(), Policy::default()).await;
    world.ingest(START, 100).await;
    let table = world.table().await;
    let nowhere = Selection::Partition("at_month=1999-12".into());
    for error in [
        table.pin(&nowhere, Tier::Hot).await.unwrap_err(),
        table.hold(&nowhere).await.unwrap_err(),
        table.release(&nowhere).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.to_string().contains("at_month=1999-12"), "{error}");
    }
    let error = table.pin(&Selection::All, Tier::Hot).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("rules"), "{error}");
}
