//! What the tests of the whole share.
#![allow(dead_code, reason = "each test file uses a part of the kit")]
#![allow(unreachable_pub, reason = "a module of several test crates")]

pub mod flights;
pub mod limited_fs;
#[cfg(feature = "sql")]
pub mod oracle;
pub mod process;

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt;
use tempfile::TempDir;
use thermocline::arrow::array::{
    ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use thermocline::arrow::datatypes::{Int64Type, SchemaRef};
use thermocline::{
    ScanOptions, Selection, Settings, Snapshot, Store, StoreBuilder, Table, TableOptions, Tier,
};
use thermocline_testing::Random;

/// 2013-01-01T00:00:00Z in microseconds.
pub const EPOCH: i64 = 1_356_998_400_000_000;
/// One day in microseconds.
pub const DAY: i64 = 86_400_000_000;
/// Fastest first.
pub const TIERS: [Tier; 3] = [Tier::Hot, Tier::Warm, Tier::Cold];

/// A generator with a seed that is printed, so that a failure can be run again
/// with `THERMOCLINE_SEED`.
pub fn random() -> Random {
    let seed = match std::env::var("THERMOCLINE_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => RandomState::new().build_hasher().finish(),
    };
    println!("to repeat this run: THERMOCLINE_SEED={seed}");
    Random::new(seed)
}

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

/// Options of a table of [`rows`], partitioned by month: 100 rows are a day.
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
                .with_collect_after(Duration::ZERO)
                .with_cold_keep(Duration::ZERO),
        )
}

pub async fn store_with_table(dir: &TempDir) -> (Store, Table) {
    let store = builder(dir).open().await.unwrap();
    let table = store.create_table("events", options()).await.unwrap();
    (store, table)
}

/// All batches of the first column of a table, as a scan gives them.
pub async fn ids(snapshot: &Snapshot, table: &str) -> Vec<i64> {
    let scan = snapshot
        .table(table)
        .unwrap()
        .scan(ScanOptions::new().with_columns([0]))
        .unwrap();
    let batches: Vec<RecordBatch> = scan.stream().try_collect().await.unwrap();
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

/// Sends each segment to a tier of its own, drawn at random. Open rows stay open.
pub async fn scatter(table: &Table, random: &mut Random) {
    for segment in table.segments().unwrap() {
        let tier = TIERS[random.below(TIERS.len())];
        table
            .move_to(&Selection::Segment(segment.segment), tier)
            .await
            .unwrap();
    }
}
