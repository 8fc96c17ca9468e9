//! What the engine's tests share.
#![allow(dead_code, reason = "each test file uses a part of the kit")]
#![allow(unreachable_pub, reason = "a module of several test crates")]

use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{Int64Type, SchemaRef};
use futures::TryStreamExt;
use tempfile::TempDir;
use thermocline_tiers::{
    Predicate, ScanOptions, Settings, Snapshot, Store, StoreBuilder, Table, TableOptions,
};

/// 2013-01-01T00:00:00Z in microseconds.
pub const EPOCH: i64 = 1_356_998_400_000_000;
/// One day in microseconds.
pub const DAY: i64 = 86_400_000_000;

/// Rows `ids`: an id, a carrier that depends on it, and a day that grows with it.
pub fn rows(ids: std::ops::Range<i64>) -> RecordBatch {
    let id: ArrayRef = Arc::new(Int64Array::from_iter_values(ids.clone()));
    let carrier: ArrayRef =
        Arc::new(StringArray::from_iter_values(ids.clone().map(|n| {
            ["UA", "B6", "EV", "DL"][usize::try_from(n % 4).unwrap()]
        })));
    let at: ArrayRef = Arc::new(TimestampMicrosecondArray::from_iter_values(
        ids.map(|n| EPOCH + n * DAY / 100),
    ));
    RecordBatch::try_from_iter([("id", id), ("carrier", carrier), ("at", at)]).unwrap()
}

pub fn schema() -> SchemaRef {
    rows(0..0).schema()
}

/// Options of a table partitioned by month and sorted by carrier.
pub fn options() -> TableOptions {
    TableOptions::new(schema())
        .partition_by("month(at)".parse().unwrap())
        .sort_by(["carrier", "id"])
        .event_time("at")
}

/// A store without background work that collects garbage at once.
pub fn builder(dir: &TempDir) -> StoreBuilder {
    Store::builder(dir.path())
        .create_if_missing()
        .background(false)
        .settings(
            Settings::default()
                .with_collect_after(std::time::Duration::ZERO)
                .with_cold_keep(std::time::Duration::ZERO),
        )
}

pub async fn store_with_table(dir: &TempDir) -> (Store, Table) {
    let store = builder(dir).open().await.unwrap();
    let table = store.create_table("flights", options()).await.unwrap();
    (store, table)
}

/// The ids that a snapshot sees, sorted.
pub async fn ids(snapshot: &Snapshot, table: &str) -> Vec<i64> {
    ids_where(snapshot, table, Predicate::True).await
}

pub async fn ids_where(snapshot: &Snapshot, table: &str, predicate: Predicate) -> Vec<i64> {
    let table = snapshot.table(table).unwrap();
    let scan = table
        .scan(
            ScanOptions::new()
                .with_columns([0])
                .with_predicate(predicate),
        )
        .unwrap();
    let batches: Vec<_> = scan.stream().try_collect().await.unwrap();
    let mut ids: Vec<i64> = batches
        .iter()
        .flat_map(|batch| {
            batch
                .column(0)
                .as_primitive::<Int64Type>()
                .values()
                .to_vec()
        })
        .collect();
    ids.sort_unstable();
    ids
}

pub fn range(ids: std::ops::Range<i64>) -> Vec<i64> {
    ids.collect()
}
