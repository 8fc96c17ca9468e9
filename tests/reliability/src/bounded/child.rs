//! What the watched process does.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch};
use arrow::datatypes::Int64Type;
use futures::TryStreamExt;
use thermocline_testing::Random;
use thermocline_tiers::{
    Budget, Error, Policy, ScanOptions, Selection, Settings, Store, TableOptions, Tier,
};

use super::{BUDGET, DATA, WARM_MAPS};
use crate::failure::{Failure, Outcome, ensure};

/// Rows of a batch: 256 KiB in four columns.
const BATCH: i64 = 8_192;

/// Peaks so far.
#[derive(Debug, Default)]
struct Peaks {
    /// KiB.
    anonymous: AtomicU64,
    files: AtomicU64,
    maps: AtomicU64,
    over: AtomicBool,
}

/// Works in `dir` and prints the peaks.
///
/// # Errors
/// When an answer is wrong, or the store fails.
pub fn run(dir: &Path) -> Outcome {
    let peaks = Arc::new(Peaks::default());
    let watched = Arc::clone(&peaks);
    let watching = std::thread::spawn(move || {
        while !watched.over.load(Ordering::Acquire) {
            watched.look();
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(4)
        .enable_all()
        .build()
        .map_err(|e| Failure::new(format!("no runtime: {e}")))?;
    let rows = runtime
        .block_on(work(dir))
        .map_err(|e| Failure::new(format!("the store failed: {e:?}")))??;
    peaks.over.store(true, Ordering::Release);
    let _ = watching.join();
    println!(
        "{} {} {} {rows}",
        peaks.anonymous.load(Ordering::Relaxed),
        peaks.files.load(Ordering::Relaxed),
        peaks.maps.load(Ordering::Relaxed)
    );
    Ok(())
}

impl Peaks {
    #[expect(clippy::disallowed_methods, reason = "the process looks at itself")]
    fn look(&self) {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let anonymous = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"))
            .and_then(|text| text.trim().strip_suffix(" kB")?.parse().ok())
            .unwrap_or(0);
        self.anonymous.fetch_max(anonymous, Ordering::Relaxed);
        let files = std::fs::read_dir("/proc/self/fd").map_or(0, |files| files.count() as u64);
        self.files.fetch_max(files, Ordering::Relaxed);
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
        let warm = maps.lines().filter(|line| line.contains(".arrow"));
        self.maps.fetch_max(warm.count() as u64, Ordering::Relaxed);
    }
}

async fn work(dir: &Path) -> Result<Outcome<u64>, Error> {
    let settings = Settings::default()
        .with_seal_bytes(4 << 20)
        .with_mover_interval(Duration::from_millis(20))
        .with_warm_maps(WARM_MAPS);
    let policy = Policy::default()
        .with_hot_budget(Budget::of(BUDGET << 20))
        .with_warm_budget(Budget::of((DATA / 2) << 20));
    let store = Store::builder(dir)
        .create_if_missing()
        .settings(settings)
        .policy(policy)
        .open()
        .await?;
    let mut random = Random::new(1);
    let schema = batch(0, &mut random).map(|batch| batch.schema());
    let schema = match schema {
        Ok(schema) => schema,
        Err(failure) => return Ok(Err(failure)),
    };
    let table = store.create_table("t", TableOptions::new(schema)).await?;
    let batches = i64::try_from((DATA << 20) / (BATCH.unsigned_abs() * 32)).unwrap_or(i64::MAX);
    for number in 0..batches {
        match batch(number * BATCH, &mut random) {
            Ok(batch) => table.append(batch).await?,
            Err(failure) => return Ok(Err(failure)),
        };
    }
    let rows = batches * BATCH;
    if let Err(failure) = count(&store, rows).await? {
        return Ok(Err(failure));
    }
    table.move_to(&Selection::All, Tier::Cold).await?;
    if let Err(failure) = count(&store, rows).await? {
        return Ok(Err(failure));
    }
    store.close().await?;
    Ok(Ok(rows.unsigned_abs()))
}

/// A key, and three columns that nothing compresses.
fn batch(first: i64, random: &mut Random) -> Outcome<RecordBatch> {
    let keys: ArrayRef = Arc::new(Int64Array::from_iter_values(first..first + BATCH));
    let mut noise = || -> ArrayRef {
        let values = (0..BATCH).map(|_| random.bits().cast_signed());
        Arc::new(Int64Array::from_iter_values(values))
    };
    let columns = [
        ("key", keys),
        ("a", noise()),
        ("b", noise()),
        ("c", noise()),
    ];
    RecordBatch::try_from_iter(columns)
        .map_err(|e| Failure::new(format!("the test made a batch that cannot be: {e}")))
}

/// Every key from 0 to `rows` is there once, by their number and sum.
async fn count(store: &Store, rows: i64) -> Result<Outcome, Error> {
    let snapshot = store.snapshot();
    let Some(table) = snapshot.table("t") else {
        return Ok(Err(Failure::new("the table is gone")));
    };
    let mut stream = table.scan(ScanOptions::new())?.stream();
    let (mut found, mut sum) = (0_i64, 0_i128);
    while let Some(batch) = stream.try_next().await? {
        let keys = batch.column(0).as_primitive::<Int64Type>();
        found += i64::try_from(batch.num_rows()).unwrap_or(i64::MAX);
        sum += keys
            .values()
            .iter()
            .map(|key| i128::from(*key))
            .sum::<i128>();
    }
    let expected = i128::from(rows) * i128::from(rows - 1) / 2;
    Ok(ensure(found == rows && sum == expected, || {
        format!("{found} of {rows} rows, with the sum {sum} instead of {expected}")
    }))
}
