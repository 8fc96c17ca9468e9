//! Traces that a store recorded of itself, for measuring eviction policies with.
//!
//! Clock and identifiers are simulated, so every recording is the same. `THERMOCLINE_RECORD=1` writes
//! them anew.

mod reports;
mod tpch;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use futures::TryStreamExt;
use thermocline_policy::trace::{Request, TraceDecoder, TraceEncoder, TraceFormat};
use thermocline_tiers::{Env, IdSource, Policy, Predicate, ScanOptions};

use crate::world::{START, SetClock, World};

/// A store that records, with a clock that is set and identifiers from a seed.
async fn world(dir: &Path, seed: u64) -> World {
    let clock = Arc::new(SetClock::at(START));
    let mut env = Env::real();
    env.clock = Arc::clone(&clock) as _;
    env.ids = Arc::new(IdSource::seeded(seed));
    World::in_env(dir, Policy::default(), clock, env).await
}

/// Reads what of a table a predicate leaves. Returns how many rows.
async fn scan(world: &World, table: &str, predicate: Predicate) -> usize {
    let snapshot = world.store.snapshot();
    let options = ScanOptions::new().with_predicate(predicate);
    let scan = snapshot.table(table).unwrap().scan(options).unwrap();
    let batches: Vec<_> = scan.stream().try_collect().await.unwrap();
    batches.iter().map(RecordBatch::num_rows).sum()
}

/// Rows of a column from one value up to, but not, another.
fn between(column: &str, from: i64, to: i64) -> Predicate {
    Predicate::ge(column, from).and(Predicate::lt(column, to))
}

/// The recording is the one that is checked in.
async fn compare(world: &World, name: &str) {
    let mut recorded = world.store.recorded_accesses().await.unwrap();
    // Segments of one scan are read by two threads, in any order.
    recorded.sort_by_key(|request| (request.time, request.object));
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../policy/tests/traces");
    let path = PathBuf::from(directory).join(format!("{name}.tctr"));
    if std::env::var_os("THERMOCLINE_RECORD").is_some() {
        std::fs::write(&path, encoded(&recorded)).unwrap();
    }
    let kept = decoded(&std::fs::read(&path).unwrap());
    assert_eq!(kept.len(), recorded.len());
    assert!(
        kept == recorded,
        "{name}: record it anew with THERMOCLINE_RECORD=1"
    );
}

fn encoded(requests: &[Request]) -> Vec<u8> {
    let (mut encoder, mut bytes) = (TraceEncoder::new(), Vec::new());
    for request in requests {
        encoder.write(request, &mut bytes);
    }
    encoder.finish(&mut bytes);
    bytes
}

fn decoded(bytes: &[u8]) -> Vec<Request> {
    let mut requests = Vec::new();
    let mut decoder = TraceDecoder::new(TraceFormat::Thermocline);
    let mut push = |request| requests.push(request);
    decoder.feed(bytes, &mut push).unwrap();
    decoder.finish(&mut push).unwrap();
    requests
}
