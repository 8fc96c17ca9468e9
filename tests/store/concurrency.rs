//! Writers, the mover and queries at the same time: every snapshot is a prefix.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use crate::kit::{random, scatter};
use futures::TryStreamExt;
use thermocline::arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch};
use thermocline::arrow::datatypes::Int64Type;
use thermocline::{
    Budget, Durability, Policy, ScanOptions, Settings, Snapshot, Store, Table, TableOptions, Tier,
};
use thermocline_testing::Random;

const WRITERS: i64 = 4;
const BATCHES: i64 = 60;

fn size(batch: i64) -> i64 {
    1 + batch * 37 % 90
}

/// Batch `batch` of a writer, whose rows are numbered through all its batches.
fn rows(writer: i64, batch: i64) -> RecordBatch {
    let first: i64 = (0..batch).map(size).sum();
    let number: ArrayRef = Arc::new(Int64Array::from_iter_values(first..first + size(batch)));
    let writer: ArrayRef = Arc::new(Int64Array::from_iter_values(
        (0..size(batch)).map(|_| writer),
    ));
    RecordBatch::try_from_iter([("writer", writer), ("number", number)]).unwrap()
}

fn rows_of(batches: i64) -> i64 {
    (0..batches).map(size).sum()
}

/// Checks that each writer's rows are the first of its batches, whole, and
/// says how many batches of each there are.
fn check_prefix(found: &[(i64, Vec<i64>)]) -> Vec<i64> {
    let mut counts = vec![0; usize::try_from(WRITERS).unwrap()];
    for (writer, numbers) in found {
        let rows = i64::try_from(numbers.len()).unwrap();
        assert!(
            numbers.iter().copied().eq(0..rows),
            "writer {writer} has a hole or a twin"
        );
        let batches = (0..=BATCHES).find(|batches| rows_of(*batches) == rows);
        let batches = batches.unwrap_or_else(|| panic!("{rows} rows are no whole batches"));
        counts[usize::try_from(*writer).unwrap()] = batches;
    }
    counts
}

async fn scanned(snapshot: &Snapshot) -> Vec<(i64, Vec<i64>)> {
    let scan = snapshot
        .table("t")
        .unwrap()
        .scan(ScanOptions::new())
        .unwrap();
    let batches: Vec<RecordBatch> = scan.stream().try_collect().await.unwrap();
    let mut found: Vec<(i64, Vec<i64>)> = (0..WRITERS).map(|writer| (writer, vec![])).collect();
    for batch in &batches {
        let column = |index: usize| batch.column(index).as_primitive::<Int64Type>().values();
        for (writer, number) in column(0).iter().zip(column(1)) {
            found[usize::try_from(*writer).unwrap()].1.push(*number);
        }
    }
    for (_, numbers) in &mut found {
        numbers.sort_unstable();
    }
    found
}

async fn write(table: Table, writer: i64, done: Arc<AtomicI64>) {
    for batch in 0..BATCHES {
        let durability = if (writer + batch) % 3 == 0 {
            Durability::Memory
        } else {
            Durability::Disk
        };
        table
            .append_with(rows(writer, batch), durability)
            .await
            .unwrap();
        done.fetch_add(1, Ordering::Release);
    }
}

async fn mover(store: Store, table: Table, mut random: Random, end: Arc<AtomicBool>) -> usize {
    let mut moves = 0;
    while !end.load(Ordering::Acquire) {
        table.seal().await.unwrap();
        scatter(&table, &mut random).await;
        moves += store.step().await.unwrap().moves.done.len();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    moves
}

/// Looks until the end: each look sees whole batches, and no fewer than the one
/// before, and at least what was acknowledged before it began.
async fn look_by_scan(store: Store, done: Arc<AtomicI64>, end: Arc<AtomicBool>) -> usize {
    let mut before = vec![0; usize::try_from(WRITERS).unwrap()];
    let mut looks = 0;
    loop {
        let last = end.load(Ordering::Acquire);
        let acknowledged = done.load(Ordering::Acquire);
        let snapshot = store.snapshot();
        let counts = check_prefix(&scanned(&snapshot).await);
        assert!(
            counts.iter().sum::<i64>() >= acknowledged,
            "{counts:?} after {acknowledged}"
        );
        assert!(
            counts
                .iter()
                .zip(&before)
                .all(|(now, before)| now >= before)
        );
        assert_eq!(
            check_prefix(&scanned(&snapshot).await),
            counts,
            "a snapshot does not change"
        );
        before = counts;
        looks += 1;
        if last {
            return looks;
        }
    }
}

#[cfg(feature = "sql")]
async fn look_by_sql(store: Store, done: Arc<AtomicI64>, end: Arc<AtomicBool>) -> usize {
    let query = "SELECT writer, count(*), count(DISTINCT number), max(number) FROM t \
                 GROUP BY writer ORDER BY writer";
    let mut before = 0;
    let mut looks = 0;
    loop {
        let last = end.load(Ordering::Acquire);
        let acknowledged = done.load(Ordering::Acquire);
        let answer = crate::kit::oracle::numbers(&store, query).await;
        let mut batches = 0;
        for row in &answer {
            let (count, distinct, greatest) = (row[1], row[2], row[3]);
            assert_eq!((distinct, greatest), (count, count - 1), "{row:?}");
            let whole = (0..=BATCHES).find(|batches| rows_of(*batches) == count);
            batches += whole.unwrap_or_else(|| panic!("{count} rows are no whole batches"));
        }
        assert!(
            batches >= acknowledged.max(before),
            "{batches} after {acknowledged}"
        );
        before = batches;
        looks += 1;
        if last {
            return looks;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_mover_and_queries_at_once_see_only_prefixes_and_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings::default()
        .with_collect_after(Duration::ZERO)
        .with_cold_keep(Duration::ZERO)
        .with_mover_interval(Duration::from_millis(3))
        .with_seal_rows(500)
        .with_log_file_bytes(32 << 10);
    let policy = Policy::default()
        .with_hot_budget(Budget::of(30_000))
        .with_warm_budget(Budget::of(60_000));
    // The background mover works beside the one by hand.
    let builder = Store::builder(dir.path())
        .create_new()
        .settings(settings)
        .policy(policy);
    let store = builder.open().await.unwrap();
    let options =
        TableOptions::new(rows(0, 0).schema()).partition_by("bucket(2, number)".parse().unwrap());
    let table = store.create_table("t", options).await.unwrap();

    let (done, end) = (
        Arc::new(AtomicI64::new(0)),
        Arc::new(AtomicBool::new(false)),
    );
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| tokio::spawn(write(table.clone(), writer, Arc::clone(&done))))
        .collect();
    let mover = tokio::spawn(mover(
        store.clone(),
        table.clone(),
        random(),
        Arc::clone(&end),
    ));
    let mut looks = vec![];
    for _ in 0..2 {
        let (store, done, end) = (store.clone(), Arc::clone(&done), Arc::clone(&end));
        looks.push(tokio::spawn(look_by_scan(store, done, end)));
    }
    #[cfg(feature = "sql")]
    for _ in 0..2 {
        let (store, done, end) = (store.clone(), Arc::clone(&done), Arc::clone(&end));
        looks.push(tokio::spawn(look_by_sql(store, done, end)));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    end.store(true, Ordering::Release);
    for look in looks {
        println!("{} looks", look.await.unwrap());
    }
    println!("{} moves by hand", mover.await.unwrap());

    assert_eq!(
        check_prefix(&scanned(&store.snapshot()).await),
        [BATCHES; 4]
    );
    let health = store.health();
    assert_eq!(health.background_errors, 0, "{health:?}");
    assert!(store.verify().await.unwrap().ok);
    drop(table);
    store.close().await.unwrap();
    let store = Store::builder(dir.path())
        .background(false)
        .open()
        .await
        .unwrap();
    assert_eq!(
        check_prefix(&scanned(&store.snapshot()).await),
        [BATCHES; 4]
    );
    assert!(
        store.stats().tiers[&Tier::Cold].rows > 0,
        "{:?}",
        store.stats()
    );
}
