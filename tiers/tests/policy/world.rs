//! A store whose clock the test sets.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, TimestampMicrosecondArray};
use futures::TryStreamExt;
use thermocline_tiers::{
    Bound, Clock, CompareOp, Env, Policy, Predicate, ScanOptions, SegmentInfo, Settings, Store,
    Table, TableOptions, Tier, Timestamp,
};

pub(crate) const HOUR: i64 = 3_600_000_000;
pub(crate) const DAY: i64 = 24 * HOUR;
/// 2024-01-01T00:00:00Z
pub(crate) const START: i64 = 1_704_067_200_000_000;

#[derive(Debug)]
pub(crate) struct SetClock(AtomicI64);

impl SetClock {
    pub(crate) fn at(micros: i64) -> Self {
        Self(AtomicI64::new(micros))
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_micros((self.0.load(Ordering::SeqCst) - START).max(0) as u64)
    }
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: Arc<SetClock>,
    pub(crate) store: Store,
    env: Env,
}

impl World {
    pub(crate) async fn new(dir: &Path, policy: Policy) -> Self {
        let clock = Arc::new(SetClock::at(START));
        let mut env = Env::real();
        env.clock = Arc::clone(&clock) as _;
        Self::in_env(dir, policy, clock, env).await
    }

    pub(crate) async fn in_env(dir: &Path, policy: Policy, clock: Arc<SetClock>, env: Env) -> Self {
        let store = Store::builder(dir)
            .create_if_missing()
            .background(false)
            .env(env.clone())
            .policy(policy)
            .settings(Settings::default().with_collect_after(Duration::ZERO))
            .open()
            .await
            .unwrap();
        Self { clock, store, env }
    }

    /// Closes the store and opens it again.
    pub(crate) async fn reopened(self) -> Self {
        let Self { clock, store, env } = self;
        let (dir, policy) = (store.dir().to_owned(), store.policy());
        store.close().await.unwrap();
        Self::in_env(&dir, policy, clock, env).await
    }

    pub(crate) fn set(&self, at: i64) {
        self.clock.0.store(at, Ordering::SeqCst);
    }

    pub(crate) fn pass(&self, micros: i64) {
        self.clock.0.fetch_add(micros, Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now().0
    }

    /// The table `readings`: an event a minute, by months.
    pub(crate) async fn table(&self) -> Table {
        let options = TableOptions::new(minutes(0, 1).schema())
            .partition_by("month(at)".parse().unwrap())
            .event_time("at");
        match self.store.table("readings") {
            Ok(table) => table,
            Err(_) => self.store.create_table("readings", options).await.unwrap(),
        }
    }

    /// Appends events from a time on, a minute apart, as one segment.
    pub(crate) async fn ingest(&self, from: i64, count: i64) {
        let table = self.table().await;
        table.append(minutes(from, count)).await.unwrap();
        table.seal().await.unwrap();
    }

    /// Reads all columns of the events of a span; returns how many there are, and the tiers that they
    /// were read from.
    pub(crate) async fn report(&self, from: i64, to: i64) -> (usize, Vec<Tier>) {
        let compare = |op, value: i64| Predicate::Compare {
            column: "at".into(),
            op,
            value: Bound::Int(value.into()),
        };
        let span = compare(CompareOp::Ge, from).and(compare(CompareOp::Lt, to));
        let snapshot = self.store.snapshot();
        let table = snapshot.table("readings").unwrap();
        let scan = table.scan(ScanOptions::new().with_predicate(span)).unwrap();
        let batches: Vec<_> = scan.stream().try_collect().await.unwrap();
        let rows = batches.iter().map(RecordBatch::num_rows).sum();
        (rows, scan.tiers())
    }

    pub(crate) async fn segments(&self) -> Vec<SegmentInfo> {
        let mut segments = self.table().await.segments().unwrap();
        segments.sort_by_key(|segment| (segment.event_time, segment.segment));
        segments
    }
}

/// Rows of an event a minute.
pub(crate) fn minutes(from: i64, count: i64) -> RecordBatch {
    let value: ArrayRef = Arc::new(Int64Array::from_iter_values(0..count));
    let times = (0..count).map(|n| from + n * 60_000_000);
    let at: ArrayRef = Arc::new(TimestampMicrosecondArray::from_iter_values(times));
    RecordBatch::try_from_iter([("at", at), ("value", value)]).unwrap()
}
