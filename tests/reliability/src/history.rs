//! Many threads for a while, and a check of the history that they saw.
//!
//! Writers, readers and somebody who moves everything work on one store on a
//! real disk. Each notes what it saw; afterwards the notes must agree: every
//! snapshot is exactly the writes up to its number, no reader goes back in time,
//! and whoever asks after a receipt sees its write.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use thermocline_testing::Random;
use thermocline_tiers::{
    Budget, Durability, Error, Policy, Selection, Settings, Store, TableOptions, Tier,
};

use crate::failure::{Failure, Outcome, ensure};
use crate::model::row::{self, BATCH, Cell};
use crate::model::{Filter, row::Row};
use crate::world::scan;

const WRITERS: usize = 6;
const READERS: usize = 3;
const TABLE: &str = "t";

/// What was tried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Writes with a receipt.
    pub writes: usize,
    /// Snapshots that were read.
    pub snapshots: usize,
}

/// What one reader saw.
#[derive(Debug)]
struct Sight {
    /// The last write with a receipt before the snapshot was taken.
    acknowledged: u64,
    lsn: u64,
    batches: BTreeSet<usize>,
}

#[derive(Debug)]
struct Shared {
    store: Store,
    next: AtomicUsize,
    /// Writes by their numbers.
    writes: Mutex<BTreeMap<u64, usize>>,
    acknowledged: AtomicU64,
    sights: Mutex<Vec<Vec<Sight>>>,
    over: AtomicBool,
}

/// Lets them work for so long, and checks what they saw.
///
/// # Errors
/// When a promise is broken.
pub fn run(seed: u64, length: Duration) -> Outcome<Report> {
    let failed = |e: std::io::Error| Failure::new(format!("cannot set up: {e}"));
    let dir = tempfile::tempdir().map_err(failed)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .map_err(failed)?;
    runtime.block_on(live(dir.path(), seed, length))
}

async fn live(dir: &std::path::Path, seed: u64, length: Duration) -> Outcome<Report> {
    let store = open(dir)
        .await
        .map_err(|e| Failure::new(format!("the store does not open: {e:?}")))?;
    let shared = Arc::new(Shared {
        store,
        next: AtomicUsize::new(0),
        writes: Mutex::default(),
        acknowledged: AtomicU64::new(0),
        sights: Mutex::default(),
        over: AtomicBool::new(false),
    });
    let mut random = Random::new(seed);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..WRITERS {
        tasks.spawn(write(Arc::clone(&shared), Random::new(random.bits())));
    }
    for _ in 0..READERS {
        tasks.spawn(read(Arc::clone(&shared)));
    }
    tasks.spawn(carry(Arc::clone(&shared), Random::new(random.bits())));
    tokio::time::sleep(length).await;
    shared.over.store(true, Ordering::Release);
    while let Some(done) = tasks.join_next().await {
        done.map_err(|e| Failure::new(format!("a task panicked: {e}")))??;
    }
    check(&shared.writes.lock(), &shared.sights.lock())
}

async fn open(dir: &std::path::Path) -> Result<Store, Error> {
    let settings = Settings::default()
        .with_seal_rows(100)
        .with_log_file_bytes(20_000)
        .with_mover_interval(Duration::from_millis(5))
        .with_collect_after(Duration::ZERO);
    let policy = Policy::default()
        .with_hot_budget(Budget::of(60_000))
        .with_warm_budget(Budget::of(120_000));
    let store = Store::builder(dir)
        .create_if_missing()
        .settings(settings)
        .policy(policy)
        .open()
        .await?;
    store
        .create_table(TABLE, TableOptions::new(row::schema("k0")))
        .await?;
    Ok(store)
}

async fn write(shared: Arc<Shared>, mut random: Random) -> Outcome {
    let failed = |e: Error| Failure::new(format!("an append failed: {e:?}"));
    let table = shared.store.table(TABLE).map_err(failed)?;
    while !shared.over.load(Ordering::Acquire) {
        let batch = shared.next.fetch_add(1, Ordering::Relaxed);
        let base = i64::try_from(batch).unwrap_or_default() * BATCH;
        let data = row::batch(&row::schema("k0"), base..base + 3)?;
        let durability = match random.one_in(2) {
            true => Durability::Memory,
            false => Durability::Disk,
        };
        let receipt = table.append_with(data, durability).await.map_err(failed)?;
        shared.writes.lock().insert(receipt.lsn.0, batch);
        shared
            .acknowledged
            .fetch_max(receipt.lsn.0, Ordering::AcqRel);
        if random.one_in(8) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    Ok(())
}

async fn carry(shared: Arc<Shared>, mut random: Random) -> Outcome {
    let failed = |e: Error| Failure::new(format!("a move failed: {e:?}"));
    let table = shared.store.table(TABLE).map_err(failed)?;
    while !shared.over.load(Ordering::Acquire) {
        let tier = match random.below(3) {
            0 => Tier::Hot,
            1 => Tier::Warm,
            _ => Tier::Cold,
        };
        let segments = table.segments().map_err(failed)?;
        let which = match segments.get(random.below(segments.len())) {
            Some(segment) if !random.one_in(4) => Selection::Segment(segment.segment),
            _ => Selection::All,
        };
        table.move_to(&which, tier).await.map_err(failed)?;
        tokio::time::sleep(Duration::from_millis(random.below(5) as u64)).await;
    }
    Ok(())
}

async fn read(shared: Arc<Shared>) -> Outcome {
    let mut sights = Vec::new();
    while !shared.over.load(Ordering::Acquire) {
        let acknowledged = shared.acknowledged.load(Ordering::Acquire);
        let snapshot = shared.store.snapshot();
        let rows = scan(&snapshot, TABLE, &Filter::All, None)
            .await
            .map_err(|e| Failure::new(format!("a query failed: {e:?}")))??;
        sights.push(Sight {
            acknowledged,
            lsn: snapshot.lsn().0,
            batches: batches(&rows)?,
        });
        tokio::task::yield_now().await;
    }
    shared.sights.lock().push(sights);
    Ok(())
}

/// The batches of rows: each whole, each row right and there once.
fn batches(rows: &[Row]) -> Outcome<BTreeSet<usize>> {
    let mut found: BTreeMap<usize, BTreeSet<i64>> = BTreeMap::new();
    for row in rows {
        let Some(Cell::Int(key)) = row.get("k0") else {
            return Err(Failure::new(format!("a row without a key: {row:?}")));
        };
        for (column, value) in row {
            let expected = row::cell(*key, column, false);
            ensure(*value == expected, || {
                format!("`{column}` of row {key} is {value:?}")
            })?;
        }
        let batch = usize::try_from(key.div_euclid(BATCH)).unwrap_or(usize::MAX);
        ensure(found.entry(batch).or_default().insert(*key), || {
            format!("row {key} is there twice")
        })?;
    }
    for (batch, keys) in &found {
        ensure(keys.len() == 3, || {
            format!("batch {batch} has {} of 3 rows", keys.len())
        })?;
    }
    Ok(found.into_keys().collect())
}

/// Whether the notes agree.
fn check(writes: &BTreeMap<u64, usize>, readers: &[Vec<Sight>]) -> Outcome<Report> {
    let whole = writes.keys().copied().eq(1..=writes.len() as u64);
    ensure(whole, || "there are holes in the numbers".to_owned())?;
    let mut report = Report {
        writes: writes.len(),
        snapshots: 0,
    };
    for sights in readers {
        let mut before = 0;
        for sight in sights {
            report.snapshots += 1;
            ensure(
                sight.lsn >= before && sight.lsn >= sight.acknowledged,
                || {
                    format!(
                        "a snapshot sees writes up to {}; the one before saw {before}, and {} had a receipt",
                        sight.lsn, sight.acknowledged
                    )
                },
            )?;
            before = sight.lsn;
            let prefix: BTreeSet<usize> = writes.range(..=sight.lsn).map(|(_, b)| *b).collect();
            ensure(sight.batches == prefix, || {
                let missing: Vec<_> = prefix.difference(&sight.batches).collect();
                let more: Vec<_> = sight.batches.difference(&prefix).collect();
                format!(
                    "a snapshot at write {} lacks the batches {missing:?} and has {more:?} too many",
                    sight.lsn
                )
            })?;
        }
    }
    Ok(report)
}
