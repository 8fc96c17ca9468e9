//! What is there after a store ends, in order or not.

use std::sync::Arc;

use crate::kit::{builder, ids, range, rows, store_with_table};
use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field};
use thermocline_tiers::{
    Durability, ErrorKind, PartitionBy, Selection, Settings, Store, TableOptions, Tier,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_with_a_disk_receipt_are_there_after_the_store_is_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = store_with_table(&dir).await;
    for start in 0..20 {
        table
            .append(rows(start * 10..start * 10 + 10))
            .await
            .unwrap();
    }
    drop((store, table));
    let store = builder(&dir).open().await.unwrap();
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..200));
    assert_eq!(store.stats().last_lsn.0, 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replay_brings_back_exactly_the_partitions_without_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = store_with_table(&dir).await;
    table.append(rows(0..6_000)).await.unwrap();
    table.seal().await.unwrap();
    // January gets a file; February's rows stay in the same log frame.
    let january = table.segments().unwrap()[0].segment;
    table
        .move_to(&Selection::Segment(january), Tier::Warm)
        .await
        .unwrap();
    table.append(rows(6_000..7_000)).await.unwrap();
    drop((store, table));
    for _ in 0..3 {
        let store = builder(&dir).open().await.unwrap();
        assert_eq!(ids(&store.snapshot(), "flights").await, range(0..7_000));
        // Sealed again, in other segments than before; then it ends again.
        store.table("flights").unwrap().seal().await.unwrap();
        assert_eq!(ids(&store.snapshot(), "flights").await, range(0..7_000));
    }
    let store = builder(&dir).open().await.unwrap();
    let table = store.table("flights").unwrap();
    table.move_to(&Selection::All, Tier::Warm).await.unwrap();
    drop((store, table));
    let store = builder(&dir).open().await.unwrap();
    assert_eq!(store.stats().open_rows, 0);
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..7_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_close_makes_memory_receipts_durable() {
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = store_with_table(&dir).await;
    let receipt = table
        .append_with(rows(0..10), Durability::Memory)
        .await
        .unwrap();
    assert_eq!(receipt.durability, Durability::Memory);
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..10));
    receipt.wait(Durability::Disk).await.unwrap();
    assert!(store.stats().durable_lsn >= receipt.lsn);
    table
        .append_with(rows(10..20), Durability::Memory)
        .await
        .unwrap();
    store.close().await.unwrap();
    let error = table.append(rows(20..30)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReadOnly);
    drop(table);
    let store = builder(&dir).open().await.unwrap();
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..20));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_trimmed_when_its_rows_have_files() {
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = store_with_table(&dir).await;
    table.append(rows(0..1_000)).await.unwrap();
    assert!(store.stats().log_bytes > 0);
    table.move_to(&Selection::All, Tier::Warm).await.unwrap();
    let stats = store.stats();
    assert_eq!((stats.log_bytes, stats.log_start.0), (0, 2));
    // The numbers go on where they were, with and without a restart.
    assert_eq!(table.append(rows(1_000..1_010)).await.unwrap().lsn.0, 2);
    table.move_to(&Selection::All, Tier::Warm).await.unwrap();
    drop((store, table));
    let store = builder(&dir).open().await.unwrap();
    let receipt = store
        .table("flights")
        .unwrap()
        .append(rows(1_010..1_020))
        .await
        .unwrap();
    assert_eq!(receipt.lsn.0, 3);
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..1_020));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_over_its_budget_is_shortened_and_rows_stay_in_memory() {
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings::default()
        .with_log_budget_bytes(50_000)
        .with_log_file_bytes(10_000);
    let store = builder(&dir).settings(settings).open().await.unwrap();
    let table = store
        .create_table("flights", crate::kit::options())
        .await
        .unwrap();
    for start in (0..10_000).step_by(1_000) {
        table.append(rows(start..start + 1_000)).await.unwrap();
        table.seal().await.unwrap();
    }
    assert!(store.stats().log_bytes > 50_000);
    store.step().await.unwrap();
    let stats = store.stats();
    assert!(stats.log_bytes <= 50_000, "{stats:?}");
    assert_eq!(
        stats.tiers[&Tier::Hot].rows,
        10_000,
        "a copy stays in memory: {stats:?}"
    );
    drop((store, table));
    let store = builder(&dir).open().await.unwrap();
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..10_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_column_is_null_in_older_rows_of_every_tier_and_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let store = builder(&dir).open().await.unwrap();
    let id: ArrayRef = Arc::new(Int64Array::from_iter_values(0..100));
    let old = RecordBatch::try_from_iter([("id", id)]).unwrap();
    let table = store
        .create_table("t", TableOptions::new(old.schema()))
        .await
        .unwrap();
    for tier in [Tier::Cold, Tier::Warm, Tier::Hot] {
        table.append(old.clone()).await.unwrap();
        table.seal().await.unwrap();
        let newest = table.segments().unwrap().last().unwrap().segment;
        table
            .move_to(&Selection::Segment(newest), tier)
            .await
            .unwrap();
    }
    table.append(old.clone()).await.unwrap();
    table
        .add_column(Field::new("note", DataType::Int64, true))
        .await
        .unwrap();
    let refused = table.append(old).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::SchemaMismatch, "{refused}");
    let id: ArrayRef = Arc::new(Int64Array::from_iter_values(0..100));
    let note: ArrayRef = Arc::new(Int64Array::from_iter_values(1000..1100));
    let new = RecordBatch::try_new(table.schema().unwrap(), vec![id, note]).unwrap();
    table.append(new).await.unwrap();
    drop((store, table));

    let store = builder(&dir).open().await.unwrap();
    for tier in [None, Some(Tier::Hot), Some(Tier::Warm), Some(Tier::Cold)] {
        let table = store.table("t").unwrap();
        if let Some(tier) = tier {
            table.move_to(&Selection::All, tier).await.unwrap();
        }
        let snapshot = store.snapshot();
        let snapshot = snapshot.table("t").unwrap();
        // The new column first, so that order in files and in the scan differ.
        let options = thermocline_tiers::ScanOptions::new().with_columns([1, 0]);
        let scan = snapshot.scan(options).unwrap();
        let batches: Vec<RecordBatch> = futures::TryStreamExt::try_collect(scan.stream())
            .await
            .unwrap();
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        let nulls: usize = batches
            .iter()
            .map(|batch| batch.column(0).null_count())
            .sum();
        assert_eq!((rows, nulls), (500, 400), "{tier:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_table_is_gone_and_its_name_is_free_for_another() {
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = store_with_table(&dir).await;
    table.append(rows(0..1_000)).await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    table.append(rows(1_000..2_000)).await.unwrap();
    let before = store.snapshot();
    store.drop_table("flights").await.unwrap();
    assert_eq!(
        table.append(rows(0..1)).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    assert_eq!(
        store.drop_table("flights").await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    store
        .create_table("flights", crate::kit::options())
        .await
        .unwrap();
    assert!(ids(&store.snapshot(), "flights").await.is_empty());
    assert_eq!(ids(&before, "flights").await, range(0..2_000));
    drop((store, table, before));
    let store = builder(&dir).open().await.unwrap();
    assert!(ids(&store.snapshot(), "flights").await.is_empty());
    store.step().await.unwrap();
    let left = walk(&dir.path().join("cold"));
    assert!(
        left.iter().all(|path| !path.ends_with(".parquet")),
        "{left:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opening_reads_no_segment_file() {
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = store_with_table(&dir).await;
    table.append(rows(0..20_000)).await.unwrap();
    table.move_to(&Selection::All, Tier::Warm).await.unwrap();
    let january = Selection::Partition("at_month=2013-01".into());
    table.move_to(&january, Tier::Cold).await.unwrap();
    drop((store, table));
    // Files that cannot be read stand for files that are not read.
    for path in walk(dir.path()) {
        if path.ends_with(".arrow") || path.ends_with(".parquet") {
            std::fs::write(dir.path().join(&path), b"not a segment").unwrap();
        }
    }
    let store = builder(&dir).open().await.unwrap();
    assert_eq!(store.snapshot().table("flights").unwrap().rows(), 20_000);
    let report = store.verify().await.unwrap();
    assert_eq!(report.problems.len(), 7, "January to July: {report:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_an_earlier_process_let_go_of_are_removed_when_readers_had_their_time() {
    let dir = tempfile::tempdir().unwrap();
    let open = || builder(&dir).settings(Settings::default()).open();
    let store = open().await.unwrap();
    let table = store
        .create_table("flights", crate::kit::options())
        .await
        .unwrap();
    table.append(rows(0..1_000)).await.unwrap();
    table.move_to(&Selection::All, Tier::Warm).await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    store.close().await.unwrap();
    let warm = || {
        let files = walk(dir.path());
        files.iter().filter(|file| file.ends_with(".arrow")).count()
    };
    assert_ne!(warm(), 0);
    open().await.unwrap().close().await.unwrap();
    assert_ne!(warm(), 0, "a reader may still need them");
    let a_minute_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    for file in std::fs::read_dir(dir.path().join("manifest")).unwrap() {
        let file = std::fs::File::options()
            .append(true)
            .open(file.unwrap().path());
        file.unwrap().set_modified(a_minute_ago).unwrap();
    }
    open().await.unwrap().close().await.unwrap();
    assert_eq!(warm(), 0);
    let store = open().await.unwrap();
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..1_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_without_partitions_works_too() {
    let dir = tempfile::tempdir().unwrap();
    let store = builder(&dir).open().await.unwrap();
    let options = TableOptions::new(crate::kit::schema()).partition_by(PartitionBy::none());
    let table = store.create_table("plain", options).await.unwrap();
    table.append(rows(0..100)).await.unwrap();
    table.append(rows(0..0)).await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    assert_eq!(table.segments().unwrap().len(), 1);
    drop((store, table));
    let store = builder(&dir).open().await.unwrap();
    assert_eq!(ids(&store.snapshot(), "plain").await, range(0..100));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_a_store_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = store_with_table(&dir).await;
    table.append(rows(0..6_000)).await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    table.append(rows(6_000..7_000)).await.unwrap();
    table
        .move_to(&Selection::Partition("at_month=2013-03".into()), Tier::Warm)
        .await
        .unwrap();
    table.append(rows(7_000..7_500)).await.unwrap();
    let copies = tempfile::tempdir().unwrap();
    let backup = copies.path().join("backup");
    let report = store.backup(&backup).await.unwrap();
    assert_eq!(report.rows, 7_500);
    table.append(rows(7_500..8_000)).await.unwrap();
    assert_eq!(
        store.backup(&backup).await.unwrap_err().kind(),
        ErrorKind::AlreadyExists
    );
    let restored = copies.path().join("restored");
    Store::restore(&backup, &restored).await.unwrap();
    let copy = Store::open(&restored).await.unwrap();
    assert_eq!(ids(&copy.snapshot(), "flights").await, range(0..7_500));
    copy.table("flights")
        .unwrap()
        .append(rows(9_000..9_001))
        .await
        .unwrap();
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..8_000));
}

/// Relative paths of all files below `dir`.
fn walk(dir: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut dirs = vec![dir.to_path_buf()];
    while let Some(next) = dirs.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else {
                found.push(path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found
}
