//! What the process does that is going to be killed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use thermocline_testing::Random;
use thermocline_tiers::{
    Budget, Durability, ErrorKind, Policy, Selection, Settings, Store, TableRules, Tier,
};

use super::line::Line;
use crate::failure::{Failure, Outcome, ensure};
use crate::model::Filter;
use crate::model::row::{self, BATCH, Cell};
use crate::world::scan;

/// The tables, by their numbers.
pub const TABLES: [&str; 2] = ["alpha", "beta"];

/// Writers at the same time.
const WRITERS: u64 = 3;

/// The table of a batch, and how many rows it has.
#[must_use]
pub fn shape(batch: usize) -> (usize, i64) {
    let rows = 1 + i64::try_from(batch % 7).unwrap_or_default();
    (batch % TABLES.len(), rows)
}

/// What all tasks of the child share.
#[derive(Debug)]
struct Shared {
    store: Store,
    /// The next batch; its line is said before the next number is given out.
    next: Mutex<usize>,
    /// Writes with a receipt.
    known: Mutex<BTreeMap<u64, usize>>,
}

/// Appends, moves and queries until it is killed, or until a promise is broken.
///
/// # Errors
/// When a promise is broken; it is said on standard output too.
pub fn run(dir: &Path, seed: u64, first: usize) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| Failure::new(format!("no runtime: {e}")))?;
    let outcome = runtime.block_on(live(dir, seed, first));
    if let Err(failure) = &outcome {
        say(&Line::Broke(failure.to_string()));
    }
    outcome
}

/// One write call a line, so that no line is said by halves while others speak.
fn say(line: &Line) {
    let mut out = std::io::stdout().lock();
    // Nobody listens any more: the parent is gone.
    if out
        .write_all(line.to_string().as_bytes())
        .and_then(|()| out.flush())
        .is_err()
    {
        std::process::exit(2);
    }
}

async fn live(dir: &Path, seed: u64, first: usize) -> Outcome {
    let mut random = Random::new(seed);
    let settings = Settings::default()
        .with_seal_rows(60)
        .with_log_file_bytes(8_000)
        .with_log_budget_bytes(60_000)
        .with_manifest_file_bytes(4_000)
        .with_collect_after(Duration::ZERO)
        .with_mover_interval(Duration::from_millis(3));
    let policy = Policy::default()
        .with_hot_budget(Budget::of(30_000))
        .with_warm_budget(Budget::of(60_000))
        .with_default_rules(TableRules::default());
    let store = Store::builder(dir)
        .settings(settings)
        .policy(policy)
        .open()
        .await
        .map_err(|e| Failure::new(format!("the store does not open: {e:?}")))?;
    let shared = Arc::new(Shared {
        store,
        next: Mutex::new(first),
        known: Mutex::default(),
    });
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..WRITERS {
        tasks.spawn(write(Arc::clone(&shared), Random::new(random.bits())));
    }
    tasks.spawn(carry(Arc::clone(&shared), Random::new(random.bits())));
    tasks.spawn(query(Arc::clone(&shared)));
    match tasks.join_next().await {
        Some(Ok(outcome)) => outcome,
        _ => Err(Failure::new("a task panicked")),
    }
}

async fn write(shared: Arc<Shared>, mut random: Random) -> Outcome {
    loop {
        let batch = {
            let mut next = shared.next.lock();
            let batch = *next;
            *next += 1;
            say(&Line::Ask { batch });
            batch
        };
        let (table, rows) = shape(batch);
        let name = TABLES.get(table).copied().unwrap_or_default();
        let base = i64::try_from(batch).unwrap_or_default() * BATCH;
        let data = row::batch(&row::schema(&format!("k{table}")), base..base + rows)?;
        let disk = !random.one_in(4);
        let durability = if disk {
            Durability::Disk
        } else {
            Durability::Memory
        };
        let receipt = match shared.store.table(name) {
            Ok(table) => table.append_with(data, durability).await,
            Err(error) => Err(error),
        };
        let lsn = receipt
            .map_err(|e| Failure::new(format!("an append failed: {e:?}")))?
            .lsn
            .0;
        shared.known.lock().insert(lsn, batch);
        say(&Line::Ack { batch, lsn, disk });
    }
}

/// Moves rows about, beside the mover.
async fn carry(shared: Arc<Shared>, mut random: Random) -> Outcome {
    loop {
        let name = TABLES
            .get(random.below(TABLES.len()))
            .copied()
            .unwrap_or_default();
        let tier = match random.below(4) {
            0 => Tier::Hot,
            1 => Tier::Cold,
            _ => Tier::Warm,
        };
        let moved = match shared.store.table(name) {
            Ok(table) => table.move_to(&Selection::All, tier).await.map(|_| ()),
            Err(error) => Err(error),
        };
        moved.map_err(|e| Failure::new(format!("a move to {tier} failed: {e:?}")))?;
        tokio::time::sleep(Duration::from_millis(random.below(8) as u64)).await;
    }
}

/// Reads all tables again and again: every row right and there once, every batch
/// whole, every receipt kept, and nothing gone that was there before.
async fn query(shared: Arc<Shared>) -> Outcome {
    let mut before: BTreeSet<usize> = BTreeSet::new();
    loop {
        let acknowledged: Vec<usize> = shared.known.lock().values().copied().collect();
        let snapshot = shared.store.snapshot();
        let mut found = BTreeMap::new();
        for (number, name) in TABLES.iter().enumerate() {
            let rows = match scan(&snapshot, name, &Filter::All, None).await {
                Ok(rows) => rows?,
                Err(e) if e.kind() == ErrorKind::Expired => continue,
                Err(e) => return Err(Failure::new(format!("a query failed: {e:?}"))),
            };
            count(number, &rows, &mut found)?;
        }
        for (batch, rows) in &found {
            let (_, all) = shape(*batch);
            ensure(rows.len() as u64 == all.unsigned_abs(), || {
                format!("batch {batch} has {} of {all} rows", rows.len())
            })?;
        }
        let there: BTreeSet<usize> = found.into_keys().collect();
        let mut expected = before.iter().chain(&acknowledged);
        if let Some(batch) = expected.find(|batch| !there.contains(batch)) {
            return Err(Failure::new(format!("batch {batch} is not in a snapshot")));
        }
        before = there;
        tokio::task::yield_now().await;
    }
}

fn count(table: usize, rows: &[row::Row], found: &mut BTreeMap<usize, BTreeSet<i64>>) -> Outcome {
    for row in rows {
        let Some(Cell::Int(key)) = row.get(&format!("k{table}")) else {
            return Err(Failure::new(format!("a row without a key: {row:?}")));
        };
        for (column, value) in row {
            let expected = row::cell(*key, column, false);
            ensure(*value == expected, || {
                format!("row {key}: `{column}` is {value:?} instead of {expected:?}")
            })?;
        }
        let batch = usize::try_from(key.div_euclid(BATCH)).unwrap_or(usize::MAX);
        ensure(found.entry(batch).or_default().insert(*key), || {
            format!("row {key} is there twice")
        })?;
    }
    Ok(())
}
