//! SIGKILL at random moments of ingest and moves: what was acknowledged as on
//! disk is there, once.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::kit::process::{Forked, child_dir, tell};
use crate::kit::random;
use futures::TryStreamExt;
use thermocline::arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch};
use thermocline::arrow::datatypes::Int64Type;
use thermocline::{
    Budget, Policy, ScanOptions, Settings, Snapshot, Store, Table, TableOptions, Tier,
};

const TEST: &str = "kill::rows_with_a_disk_receipt_survive_kill_9_exactly_once";
const WRITERS: i64 = 3;

/// How many rows a batch has; its number decides it.
fn size(batch: i64) -> i64 {
    1 + batch * 7919 % 300
}

/// Batch `batch` of a writer: each row says which it is.
fn rows(writer: i64, batch: i64) -> RecordBatch {
    let column = |value: &dyn Fn(i64) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values((0..size(batch)).map(value)))
    };
    RecordBatch::try_from_iter([
        ("writer", column(&|_| writer)),
        ("batch", column(&|_| batch)),
        ("row", column(&|row| row)),
    ])
    .unwrap()
}

/// How often each row of each batch is there, by writer and batch.
async fn found(snapshot: &Snapshot) -> BTreeMap<(i64, i64), Vec<i64>> {
    let scan = snapshot
        .table("t")
        .unwrap()
        .scan(ScanOptions::new())
        .unwrap();
    let batches: Vec<RecordBatch> = scan.stream().try_collect().await.unwrap();
    let mut found: BTreeMap<_, Vec<i64>> = BTreeMap::new();
    for batch in &batches {
        let column = |index: usize| batch.column(index).as_primitive::<Int64Type>().values();
        for ((writer, number), row) in column(0).iter().zip(column(1)).zip(column(2)) {
            found.entry((*writer, *number)).or_default().push(*row);
        }
    }
    for rows in found.values_mut() {
        rows.sort_unstable();
    }
    found
}

/// How many batches of each writer are there. Checks that they are the first
/// ones, and whole.
async fn whole_batches(store: &Store) -> Vec<i64> {
    let found = found(&store.snapshot()).await;
    for ((writer, batch), rows) in &found {
        let whole: Vec<i64> = (0..size(*batch)).collect();
        assert_eq!(rows, &whole, "batch {batch} of writer {writer}");
    }
    let batches = |writer| -> Vec<i64> {
        found
            .keys()
            .filter(|(w, _)| *w == writer)
            .map(|(_, batch)| *batch)
            .collect()
    };
    (0..WRITERS)
        .map(|writer| {
            let batches = batches(writer);
            let count = i64::try_from(batches.len()).unwrap();
            assert_eq!(
                batches,
                (0..count).collect::<Vec<_>>(),
                "a hole in writer {writer}"
            );
            count
        })
        .collect()
}

/// Small budgets and a busy mover: rows move all the time.
async fn open(dir: &Path) -> (Store, Table) {
    let settings = Settings::default()
        .with_seal_rows(2_000)
        .with_log_file_bytes(64 << 10)
        .with_mover_interval(Duration::from_millis(2))
        .with_collect_after(Duration::ZERO)
        .with_cold_keep(Duration::ZERO);
    let policy = Policy::default()
        .with_hot_budget(Budget::of(80 << 10))
        .with_warm_budget(Budget::of(160 << 10));
    let builder = Store::builder(dir)
        .create_if_missing()
        .settings(settings)
        .policy(policy);
    let store = builder.open().await.unwrap();
    let table = match store.table("t") {
        Ok(table) => table,
        Err(_) => {
            let options = TableOptions::new(rows(0, 0).schema())
                .partition_by("bucket(2, batch)".parse().unwrap());
            store.create_table("t", options).await.unwrap()
        }
    };
    (store, table)
}

/// The child: writes for ever, and tells of each receipt.
async fn ingest(dir: &Path) {
    let (store, table) = open(dir).await;
    let next = whole_batches(&store).await;
    tell("open");
    let mut writers = Vec::new();
    for (writer, mut batch) in (0..WRITERS).zip(next) {
        let table = table.clone();
        writers.push(tokio::spawn(async move {
            loop {
                table.append(rows(writer, batch)).await.unwrap();
                tell(&format!("{writer} {batch}"));
                batch += 1;
            }
        }));
    }
    let (ended, _, _) = futures::future::select_all(writers).await;
    panic!("a writer ended: {:?}", ended.err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_with_a_disk_receipt_survive_kill_9_exactly_once() {
    if let Some(dir) = child_dir() {
        return ingest(&dir).await;
    }
    let mut random = random();
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("store");
    let (store, _) = open(&dir).await;
    store.close().await.unwrap();
    let mut acknowledged = vec![0; usize::try_from(WRITERS).unwrap()];
    let mut before = acknowledged.clone();
    for round in 0..12 {
        let child = Forked::run(TEST, dir.as_os_str());
        if random.one_in(4) {
            // While it opens, or soon after.
            tokio::time::sleep(Duration::from_millis(random.bits() % 60)).await;
        } else {
            assert_eq!(
                child.lines.recv_timeout(Duration::from_secs(60)).unwrap(),
                "open"
            );
            tokio::time::sleep(Duration::from_millis(random.bits() % 500)).await;
        }
        let told = child.kill();
        for receipt in told.iter().filter(|line| *line != "open") {
            let (writer, batch) = receipt.split_once(' ').unwrap();
            let writer: usize = writer.parse().unwrap();
            acknowledged[writer] = acknowledged[writer].max(batch.parse::<i64>().unwrap() + 1);
        }
        let (store, _) = open(&dir).await;
        let there = whole_batches(&store).await;
        for (writer, (there, acknowledged)) in there.iter().zip(&acknowledged).enumerate() {
            assert!(
                there >= acknowledged,
                "round {round}: writer {writer} lost a batch"
            );
            // One write of each was on its way.
            let most = acknowledged.max(&before[writer]) + 1;
            assert!(
                *there <= most,
                "round {round}: {there} batches of writer {writer}"
            );
        }
        let report = store.verify().await.unwrap();
        assert!(report.ok, "round {round}: {report:?}");
        before = there;
        store.close().await.unwrap();
    }
    println!("acknowledged {acknowledged:?}, found {before:?}");
    let (store, _) = open(&dir).await;
    assert!(
        acknowledged.iter().sum::<i64>() > 100,
        "too few writes to mean anything"
    );
    assert!(
        store.stats().tiers[&Tier::Cold].rows > 0,
        "nothing moved: {:?}",
        store.stats()
    );
}
