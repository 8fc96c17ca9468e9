//! Moves that fail are told, tried again, and in nobody's way.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use arrow::array::RecordBatch;
use futures::TryStreamExt;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use thermocline_tiers::{
    Budget, Clock, Env, Policy, ScanOptions, Selection, Settings, Store, Table, TableOptions, Tier,
    Timestamp,
};
use tracing_subscriber::fmt::MakeWriter;

use crate::world::{DAY, START, World, minutes};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_damaged_segment_does_not_keep_the_others_from_moving() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::new(dir.path(), Policy::default().with_hot_budget(Budget::of(0))).await;
    for month in 0..3 {
        world.ingest(START + 31 * DAY * month, 1_000).await;
    }
    world.store.step().await.unwrap();
    let damaged = world.segments().await[0].clone();
    assert_eq!(damaged.tier, Tier::Warm);
    let path = dir.path().join(damaged.path.as_ref().unwrap());
    let good = std::fs::read(&path).unwrap();
    // Reopened, so that no mapping has seen the good bytes.
    let world = world.reopened().await;
    let mut bad = good.clone();
    let at = bad.len() / 2;
    bad[at] ^= 1;
    std::fs::write(&path, &bad).unwrap();

    let none = Policy::default()
        .with_hot_budget(Budget::of(0))
        .with_warm_budget(Budget::of(0));
    world.store.set_policy(none).await.unwrap();
    let error = world.store.step().await.unwrap_err();
    assert_eq!(error.kind(), thermocline_tiers::ErrorKind::Corrupt);
    let tiers: Vec<_> = world.segments().await.iter().map(|s| s.tier).collect();
    assert_eq!(tiers, [Tier::Warm, Tier::Cold, Tier::Cold]);
    let failed = world.store.health().failed_moves;
    assert_eq!((failed.len(), failed[0].segment), (1, damaged.segment));
    assert_eq!(failed[0].attempts, 1);
    assert!(
        failed[0].error.contains("block 0 of the warm segment"),
        "{failed:?}"
    );
    assert_eq!(failed[0].retry_at.0, world.now() + 1_000_000);
    world.store.step().await.unwrap_err();
    let again = &world.store.health().failed_moves[0];
    assert_eq!(
        (again.attempts, again.retry_at.0),
        (2, world.now() + 2_000_000)
    );

    std::fs::write(&path, &good).unwrap();
    let world = world.reopened().await;
    world.store.step().await.unwrap();
    assert!(world.store.health().failed_moves.is_empty());
    assert!(world.segments().await.iter().all(|s| s.tier == Tier::Cold));
}

#[tokio::test]
async fn the_background_mover_tells_of_failures_and_tries_again_by_itself() {
    let monitor = monitor();
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = sealed(dir.path(), Env::real()).await;
    // A file where the folder of warm files should be.
    let warm = dir.path().join("warm");
    std::fs::write(&warm, b"in the way").unwrap();
    set_no_hot_bytes(&store).await;
    wait_until(|| store.health().background_errors > 0).await;
    let health = store.health();
    let why = health.last_background_error.unwrap().message;
    assert!(why.contains("warm"), "{why}");
    assert_eq!(health.failed_moves.len(), 1);
    assert!(monitor.errors("background") >= health.background_errors);
    let (what, error) = why.split_once(": ").unwrap();
    let told = monitor.log.lines_with(&[what, error]);
    assert_eq!(told.len() as u64, health.background_errors);
    assert!(told[0].contains("WARN"), "{told:?}");

    std::fs::remove_file(&warm).unwrap();
    // The failure is forgotten a moment after the move is shown.
    wait_until(|| is_warm(&table) && store.health().failed_moves.is_empty()).await;
    store.close().await.unwrap();
}

/// A folder is in the way of one file after the other.
#[tokio::test]
async fn failures_of_what_a_store_does_by_itself_are_told() {
    const CHECKPOINT: &str = "cold/readings-1/_delta_log/00000000000000000001.checkpoint.parquet";
    for (place, in_the_way) in [
        ("manifest", "manifest/00000000000000000002.tmp"),
        ("cold_log", CHECKPOINT),
        ("heat", "heat.tmp"),
        ("heat", "accesses/of-a-reader.note"),
        ("close", "ENDS.tmp"),
    ] {
        let monitor = monitor();
        let before = monitor.errors(place);
        let dir = tempfile::tempdir().unwrap();
        let settings = Settings::default()
            .with_manifest_file_bytes(1)
            .with_cold_checkpoint_commits(1)
            .with_heat_interval(Duration::ZERO);
        let builder = Store::builder(dir.path()).create_new().background(false);
        let store = builder.settings(settings).open().await.unwrap();
        std::fs::create_dir_all(dir.path().join(in_the_way)).unwrap();
        let batch = minutes(START, 100);
        let options = TableOptions::new(batch.schema());
        let table = store.create_table("readings", options).await.unwrap();
        table.append(batch).await.unwrap();
        table.move_to(&Selection::All, Tier::Cold).await.unwrap();
        let snapshot = store.snapshot();
        let scan = snapshot.table("readings").unwrap();
        let scan = scan.scan(ScanOptions::new()).unwrap();
        let rows: Vec<RecordBatch> = scan.stream().try_collect().await.unwrap();
        assert_eq!(rows.iter().map(RecordBatch::num_rows).sum::<usize>(), 100);
        store.step().await.unwrap();
        let health = store.health();
        drop(table);
        store.close().await.unwrap();
        assert!(monitor.errors(place) > before, "{in_the_way}");
        if place != "close" {
            assert!(health.background_errors > 0, "{in_the_way}");
            let why = health.last_background_error.unwrap().message;
            let named = if place == "cold_log" {
                "readings-1"
            } else {
                in_the_way
            };
            assert!(why.contains(named), "{in_the_way}: {why}");
        }
    }
}

#[tokio::test]
async fn the_background_mover_goes_on_after_a_panic() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(Broken::default());
    let mut env = Env::real();
    env.clock = Arc::clone(&clock) as _;
    let (store, table) = sealed(dir.path(), env).await;
    clock.0.store(true, Ordering::SeqCst);
    wait_until(|| store.health().background_errors > 0).await;
    let why = store.health().last_background_error.unwrap().message;
    assert!(why.contains("panicked"), "{why}");
    set_no_hot_bytes(&store).await;
    wait_until(|| is_warm(&table)).await;
    store.close().await.unwrap();
}

/// A store with a mover in the background, and a table with one segment in memory.
async fn sealed(dir: &Path, env: Env) -> (Store, Table) {
    let store = Store::builder(dir)
        .create_new()
        .env(env)
        .settings(Settings::default().with_mover_interval(Duration::from_millis(5)))
        .open()
        .await
        .unwrap();
    let batch = minutes(START, 100);
    let options = TableOptions::new(batch.schema());
    let table = store.create_table("readings", options).await.unwrap();
    table.append(batch).await.unwrap();
    table.seal().await.unwrap();
    (store, table)
}

async fn set_no_hot_bytes(store: &Store) {
    let none = Policy::default().with_hot_budget(Budget::of(0));
    store.set_policy(none).await.unwrap();
}

fn is_warm(table: &Table) -> bool {
    let segments = table.segments().unwrap();
    segments.iter().all(|segment| segment.tier == Tier::Warm)
}

async fn wait_until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// What is recorded of all stores of the program; there can be only one recorder, and one log.
struct Monitor {
    metrics: Snapshotter,
    counted: Mutex<HashMap<String, u64>>,
    log: Written,
}

fn monitor() -> &'static Monitor {
    static MONITOR: OnceLock<Monitor> = OnceLock::new();
    MONITOR.get_or_init(|| {
        let recorder = DebuggingRecorder::new();
        let metrics = recorder.snapshotter();
        recorder.install().unwrap();
        let log = Written::default();
        tracing_subscriber::fmt().with_writer(log.clone()).init();
        Monitor {
            metrics,
            counted: Mutex::default(),
            log,
        }
    })
}

impl Monitor {
    /// How many errors were counted at a place.
    fn errors(&self, place: &str) -> u64 {
        let mut counted = self.counted.lock().unwrap();
        // A snapshot has what was counted since the one before.
        for (key, .., value) in self.metrics.snapshot().into_vec() {
            let DebugValue::Counter(count) = value else {
                continue;
            };
            if key.key().name() == "thermocline_errors_total" {
                let place = key.key().labels().next().unwrap().value();
                *counted.entry(place.to_owned()).or_default() += count;
            }
        }
        counted.get(place).copied().unwrap_or_default()
    }
}

/// The log, as it is written.
#[derive(Debug, Default, Clone)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn lines_with(&self, parts: &[&str]) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let lines = text.lines();
        let lines = lines.filter(|line| parts.iter().all(|part| line.contains(part)));
        lines.map(str::to_owned).collect()
    }
}

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Written {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// A clock that panics once when it is told to.
#[derive(Debug, Default)]
struct Broken(AtomicBool);

impl Clock for Broken {
    fn now(&self) -> Timestamp {
        assert!(!self.0.swap(false, Ordering::SeqCst), "on purpose");
        Timestamp(START)
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}
