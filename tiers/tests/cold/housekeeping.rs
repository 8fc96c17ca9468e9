//! Compaction, versions, vacuum, and waiting for rows to be remote.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use futures::TryStreamExt;
use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt};
use thermocline_tiers::{
    At, Durability, ErrorKind, ScanOptions, Selection, Settings, Store, Table, TableSnapshot, Tier,
};

use crate::kit::{self, ids, range, rows};
use crate::outside;

const TABLE: &str = "flights-1";

async fn ids_of(table: &TableSnapshot) -> Vec<i64> {
    let scan = table.scan(ScanOptions::new().with_columns([0])).unwrap();
    let batches: Vec<_> = scan.stream().try_collect().await.unwrap();
    let values = batches.iter().flat_map(|batch| {
        let ids = batch.column(0).as_primitive::<Int64Type>();
        ids.values().to_vec()
    });
    let mut ids: Vec<i64> = values.collect();
    ids.sort_unstable();
    ids
}

/// A table with four small cold files of one month, and its versions 1 to 4.
async fn small_files(
    dir: &tempfile::TempDir,
    objects: &Arc<dyn ObjectStore>,
    settings: Settings,
) -> (Store, Table) {
    let builder = kit::builder(dir)
        .settings(settings)
        .cold(Arc::clone(objects));
    let store = builder.open().await.unwrap();
    let table = store.create_table("flights", kit::options()).await.unwrap();
    for part in 0..4 {
        table
            .append(rows(part * 500..part * 500 + 500))
            .await
            .unwrap();
        table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    }
    (store, table)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_files_become_one_and_every_version_keeps_its_rows() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = small_files(&dir, &objects, Settings::default()).await;
    let pinned = store.snapshot();
    assert_eq!(table.segments().unwrap().len(), 4);
    let report = table.compact().await.unwrap();
    assert_eq!(
        (report.files_before, report.files_after, report.rows),
        (4, 1, 2_000)
    );
    assert_eq!(table.segments().unwrap().len(), 1);
    assert_eq!(
        table.compact().await.unwrap().files_before,
        0,
        "nothing is left to do"
    );
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..2_000));
    assert_eq!(ids(&pinned, "flights").await, range(0..2_000));
    assert_eq!(outside::ids(&objects, TABLE).await, range(0..2_000));
    for version in 0..=5 {
        let then = table.cold_as_of(At::Version(version)).await.unwrap();
        let rows = i64::try_from(version.min(4)).unwrap() * 500;
        assert_eq!(ids_of(&then).await, range(0..rows), "version {version}");
    }
    let newer = table.cold_as_of(At::Version(6)).await.unwrap_err();
    assert_eq!(newer.kind(), ErrorKind::NotFound, "{newer}");
    drop((table, store));
    let store = kit::builder(&dir).cold(objects).open().await.unwrap();
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..2_000));
    assert!(store.verify().await.unwrap().ok);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mover_compacts_by_itself_when_there_are_many_small_files() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings::default().with_cold_compact_files(5);
    let (store, table) = small_files(&dir, &objects, settings).await;
    store.step().await.unwrap();
    assert_eq!(table.segments().unwrap().len(), 4, "four are not many");
    table.append(rows(2_000..2_500)).await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    store.step().await.unwrap();
    assert_eq!(table.segments().unwrap().len(), 1);
    assert_eq!(outside::ids(&objects, TABLE).await, range(0..2_500));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_segment_that_is_held_or_pinned_is_not_put_together_with_others() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = small_files(&dir, &objects, Settings::default()).await;
    let segments = table.segments().unwrap();
    let named = |n: usize| Selection::Segment(segments[n].segment);
    table.hold(&named(1)).await.unwrap();
    table.pin(&named(2), Tier::Cold).await.unwrap();
    let report = table.compact().await.unwrap();
    assert_eq!((report.files_before, report.files_after), (2, 1));
    let facts = store.facts();
    let of = |n: usize| facts.iter().find(|f| f.segment == segments[n].segment);
    assert!(of(1).is_some_and(|facts| facts.hold));
    assert!(of(2).is_some_and(|facts| facts.pin == Some(Tier::Cold)));
    table.release(&named(1)).await.unwrap();
    table.unpin(&named(2)).await.unwrap();
    assert_eq!(table.compact().await.unwrap().files_before, 3);
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..2_000));
}

/// A cleaning that a crash cut short, or whose removals a power cut took back, leaves commits that
/// nothing leads up to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_before_the_beginning_of_the_log_is_too_old_and_no_damage() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings::default().with_cold_checkpoint_commits(3);
    let (_store, table) = small_files(&dir, &objects, settings).await;
    let first = format!("{TABLE}/_delta_log/00000000000000000000.json");
    objects.delete(&first.into()).await.unwrap();
    let old = table.cold_as_of(At::Version(1)).await.unwrap_err();
    assert_eq!(old.kind(), ErrorKind::Expired, "{old}");
    assert!(old.to_string().contains("version 1"), "{old}");
    let kept = table.cold_as_of(At::Version(4)).await.unwrap();
    assert_eq!(ids_of(&kept).await, range(0..2_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn vacuum_takes_old_versions_and_nothing_that_is_pinned_or_current() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = small_files(&dir, &objects, Settings::default()).await;
    let pinned = store.snapshot();
    table.compact().await.unwrap();
    let young = table
        .vacuum(Duration::from_secs(3_600), false)
        .await
        .unwrap();
    assert_eq!((young.files.len(), young.kept), (0, 0), "all are pinned");
    assert_eq!(ids(&pinned, "flights").await, range(0..2_000));
    drop(pinned);
    let young = table
        .vacuum(Duration::from_secs(3_600), false)
        .await
        .unwrap();
    assert_eq!((young.files.len(), young.kept), (0, 4));
    let would = table.vacuum(Duration::ZERO, true).await.unwrap();
    assert_eq!(would.files.len(), 4);
    assert!(
        table.cold_as_of(At::Version(4)).await.is_ok(),
        "a dry run removes nothing"
    );
    let done = table.vacuum(Duration::ZERO, false).await.unwrap();
    assert_eq!(done, would);
    let gone = table.cold_as_of(At::Version(4)).await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::Expired, "{gone}");
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..2_000));
    assert_eq!(outside::ids(&objects, TABLE).await, range(0..2_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_for_remote_gets_the_rows_into_the_delta_table() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings::default()
        .with_remote_delay(Duration::ZERO)
        .with_mover_interval(Duration::from_millis(5));
    let builder = kit::builder(&dir).settings(settings).background(true);
    let store = builder.cold(Arc::clone(&objects)).open().await.unwrap();
    let table = store.create_table("flights", kit::options()).await.unwrap();
    let receipt = table.append(rows(0..1_000)).await.unwrap();
    assert_eq!(receipt.durability, Durability::Disk);
    receipt.wait(Durability::Remote).await.unwrap();
    assert_eq!(outside::ids(&objects, TABLE).await, range(0..1_000));
    let receipt = table
        .append_with(rows(1_000..1_100), Durability::Remote)
        .await
        .unwrap();
    assert_eq!(receipt.durability, Durability::Remote);
    assert_eq!(outside::ids(&objects, TABLE).await, range(0..1_100));

    // Rows of which nothing will come are not waited for.
    let receipt = table.append(rows(1_100..1_200)).await.unwrap();
    store.drop_table("flights").await.unwrap();
    receipt.wait(Durability::Remote).await.unwrap();
    assert_eq!(
        outside::ids(&objects, TABLE).await,
        range(0..0),
        "dropped for others too"
    );
    let again = store.create_table("flights", kit::options()).await.unwrap();
    let receipt = again.append(rows(0..10)).await.unwrap();
    store.close().await.unwrap();
    let closed = receipt.wait(Durability::Remote).await.unwrap_err();
    assert_eq!(closed.kind(), ErrorKind::Cancelled, "{closed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_column_is_null_in_older_cold_files_for_everybody() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let dir = tempfile::tempdir().unwrap();
    let (_store, table) = small_files(&dir, &objects, Settings::default()).await;
    let field = arrow::datatypes::Field::new("gate", arrow::datatypes::DataType::UInt8, true);
    table.add_column(field).await.unwrap();
    let mut columns = rows(2_000..2_100).columns().to_vec();
    columns.push(Arc::new(arrow::array::UInt8Array::from(vec![200; 100])));
    let batch = arrow::array::RecordBatch::try_new(table.schema().unwrap(), columns).unwrap();
    table.append(batch).await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    let seen = outside::columns(&objects, TABLE).await;
    assert_eq!(seen["gate"], (2_100, 2_000));
    let before = table.cold_as_of(At::Version(4)).await.unwrap();
    assert_eq!(before.schema().fields().len(), 3);
}
