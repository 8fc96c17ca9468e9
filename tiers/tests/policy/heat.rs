//! What is known of reads: counted by bytes, kept across restarts, and harmless to lose.

use std::time::Duration;

use thermocline_tiers::{
    HeatRule, Policy, Reader, ScanOptions, Selection, Store, TableRules, Tier,
};

use crate::world::{DAY, HOUR, START, World};

fn half_life_of_a_day() -> Policy {
    Policy::default().with_half_life(Duration::from_secs(86_400))
}

/// How often the only segment was read whole, lately.
fn reads(world: &World) -> f64 {
    let facts = &world.store.facts()[0];
    facts.reads(
        thermocline_tiers::Timestamp(world.now()),
        world.store.policy().half_life,
    )
}

async fn cold_segment(world: &World) {
    world.ingest(START, 1_000).await;
    let table = world.table().await;
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_count_by_the_rows_and_columns_that_they_touch_in_every_tier() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::new(dir.path(), half_life_of_a_day()).await;
    world.ingest(START, 1_000).await;
    let table = world.table().await;
    let mut expected = 0.0;
    for tier in [Tier::Hot, Tier::Warm, Tier::Cold] {
        table.move_to(&Selection::All, tier).await.unwrap();
        world.report(START, START + DAY).await;
        expected += 1.0;
        assert_eq!(reads(&world), expected, "{tier}: all rows, all columns");
        let snapshot = world.store.snapshot();
        let options = ScanOptions::new().with_columns([1]);
        let scan = snapshot.table("readings").unwrap().scan(options).unwrap();
        let _: Vec<_> = futures::TryStreamExt::try_collect(scan.stream())
            .await
            .unwrap();
        expected += 0.5;
        assert_eq!(reads(&world), expected, "{tier}: one column of two");
        // Nothing of this day is in the segment.
        world.report(START + 5 * DAY, START + 6 * DAY).await;
        assert_eq!(reads(&world), expected, "{tier}: pruned");
    }
    world.pass(DAY);
    assert_eq!(reads(&world), expected / 2.0);
    assert_eq!(world.segments().await[0].last_access.unwrap().0, START);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heat_survives_a_restart_and_a_damaged_file_means_never_read() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::new(dir.path(), half_life_of_a_day()).await;
    cold_segment(&world).await;
    world.report(START, START + DAY).await;
    world.report(START, START + DAY).await;
    let before = world.store.facts();
    let world = world.reopened().await;
    assert_eq!(world.store.facts(), before);
    assert_eq!(reads(&world), 2.0);

    let path = dir.path().join("heat");
    let good = std::fs::read(&path).unwrap();
    for at in [0, 8, 20, good.len() / 2, good.len() - 1] {
        let mut bytes = good.clone();
        bytes[at] ^= 0x40;
        let env = world.store.dir().to_owned();
        std::fs::write(&path, &bytes).unwrap();
        let other = tempfile::tempdir().unwrap();
        world.store.backup(other.path().join("copy")).await.unwrap();
        std::fs::write(other.path().join("copy/heat"), &bytes).unwrap();
        let copy = Store::builder(other.path().join("copy"))
            .background(false)
            .open()
            .await
            .unwrap();
        let read = copy.facts()[0].heat.is_zero();
        // The last bytes are padding.
        assert!(
            read || copy.facts()[0].heat == before[0].heat,
            "byte {at} of {}",
            env.display()
        );
        assert!(copy.verify().await.unwrap().ok);
        copy.close().await.unwrap();
    }
    std::fs::write(&path, b"nonsense").unwrap();
    let world = world.reopened().await;
    world.store.step().await.unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(world.report(START, START + DAY).await.0, 1_000);
    let world = world.reopened().await;
    assert!(reads(&world) > 0.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_tells_the_writer_what_it_has_read() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::new(dir.path(), half_life_of_a_day()).await;
    cold_segment(&world).await;
    for _ in 0..2 {
        let reader: Reader = Store::builder(dir.path()).open_reader().await.unwrap();
        let snapshot = reader.snapshot().await.unwrap();
        let scan = snapshot
            .table("readings")
            .unwrap()
            .scan(ScanOptions::new())
            .unwrap();
        let _: Vec<_> = futures::TryStreamExt::try_collect(scan.stream())
            .await
            .unwrap();
        assert!(reader.report_accesses().await.unwrap());
        assert!(!reader.report_accesses().await.unwrap(), "nothing new");
    }
    assert_eq!(reads(&world), 0.0);
    world.pass(HOUR);
    world.store.step().await.unwrap();
    assert_eq!(world.segments().await[0].reads, 2);
    assert!(!world.store.facts()[0].heat.is_zero());
    assert_eq!(
        std::fs::read_dir(dir.path().join("accesses"))
            .unwrap()
            .count(),
        0
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_read_often_comes_back_and_the_store_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let rules = TableRules::default().with_cold_to_warm(HeatRule::reads(1.5).unwrap());
    let world = World::new(dir.path(), half_life_of_a_day().with_default_rules(rules)).await;
    cold_segment(&world).await;
    let id = world.segments().await[0].segment;
    world.pass(2 * HOUR);
    world.report(START, START + DAY).await;
    assert!(world.store.plan().is_empty(), "one scan is not often");
    world.report(START, START + DAY).await;
    let explained = world.store.explain(id).unwrap();
    assert!(
        explained
            .to_string()
            .contains("moves now: copy to warm, because it was read 2.00 times"),
        "{explained}"
    );
    world.store.step().await.unwrap();
    assert_eq!(
        world.report(START, START + DAY).await,
        (1_000, vec![Tier::Warm])
    );
    assert!(
        world
            .store
            .explain(thermocline_tiers::SegmentId(7))
            .is_err()
    );
    for _ in 0..24 {
        world.pass(2 * HOUR);
        assert!(
            world.store.step().await.unwrap().moves.done.is_empty(),
            "it stays"
        );
    }
    world.pass(2 * DAY);
    world.store.step().await.unwrap();
    assert!(world.segments().await[0].copies.is_empty());
}
