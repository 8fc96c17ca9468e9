//! A store on a simulated disk, clock and executor.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures::TryStreamExt;
use thermocline_formats::{Codec, ParquetOptions};
use thermocline_testing::Random;
use thermocline_tiers::{
    Clock, Env, Error, ErrorKind, IdSource, Offload, Policy, ScanOptions, Settings, Snapshot,
    Store, StoreBuilder, Timestamp,
};

use crate::disk::{Contents, Disk};
use crate::executor::Executor;
use crate::failure::{Failure, Outcome};
use crate::model::row;
use crate::model::{Filter, Model, Seen, SeenTable};
use crate::planted::{Liar, Lie};

/// Where the store is.
pub const DIR: &str = "/store";

/// Time that moves when it is told to, and a little whenever somebody looks.
#[derive(Debug)]
pub struct SimClock(AtomicI64);

impl SimClock {
    /// Moves on.
    pub fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_add(micros, Ordering::Relaxed);
    }
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_micros(self.0.fetch_add(1, Ordering::Relaxed).unsigned_abs())
    }
}

/// Everything that a store needs, from one seed.
#[derive(Debug)]
pub struct World {
    /// The disk.
    pub disk: Disk,
    /// Time.
    pub clock: Arc<SimClock>,
    /// Who does what next.
    pub executor: Executor,
    ids: Arc<IdSource>,
    settings: Settings,
    /// Stands between the store and the disk, if anything does.
    lie: Option<Lie>,
}

impl World {
    /// A world with an empty disk.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self::with(seed, Contents::empty())
    }

    /// A world whose disk holds this.
    #[must_use]
    pub fn with(seed: u64, contents: Contents) -> Self {
        let mut random = Random::new(seed);
        Self {
            disk: Disk::new(contents, random.bits()),
            clock: Arc::new(SimClock(AtomicI64::new(1_800_000_000_000_000))),
            executor: Executor::new(random.bits()),
            ids: Arc::new(IdSource::seeded(random.bits())),
            settings: settings(&mut random),
            lie: None,
        }
    }

    /// Puts something between the store and its disk.
    pub fn set_lie(&mut self, lie: Option<Lie>) {
        self.lie = lie;
    }

    /// The machine starts again, with what is left on the disk. Nothing of the
    /// tasks before goes on.
    pub fn reboot(&mut self, contents: Contents, random: &mut Random) {
        self.executor = Executor::new(random.bits());
        self.disk = Disk::new(contents, random.bits());
    }

    /// Another process on the same machine: what the last one had queued is gone,
    /// what it held is free.
    pub fn new_process(&mut self, random: &mut Random) {
        self.executor = Executor::new(random.bits());
    }

    /// Changes how stores are set here.
    pub fn set_settings(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// Takes settings, and what stands before the disk, from another world.
    pub fn like(&mut self, other: &Self) {
        self.settings = other.settings.clone();
        self.lie = other.lie;
    }

    /// How stores are set here.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.settings.clone()
    }

    /// The outside world of a store.
    #[must_use]
    pub fn env(&self) -> Env {
        Env {
            fs: match self.lie {
                Some(lie) => Arc::new(Liar::new(&self.disk, lie)),
                None => Arc::new(self.disk.clone()),
            },
            clock: Arc::clone(&self.clock) as _,
            ids: Arc::clone(&self.ids),
            offload: Offload::Queue(self.executor.queue()),
        }
    }

    /// How the store is opened here.
    pub fn builder(&self, dir: impl AsRef<Path>) -> StoreBuilder {
        Store::builder(dir.as_ref())
            .env(self.env())
            .settings(self.settings.clone())
            .background(false)
    }

    /// Runs one future to its end, with whatever else is going on.
    ///
    /// # Errors
    /// When it never ends.
    pub fn wait<T: 'static>(&mut self, future: impl Future<Output = T> + 'static) -> Outcome<T> {
        let slot = Rc::new(RefCell::new(None));
        let result = Rc::clone(&slot);
        self.executor.spawn(async move {
            let value = future.await;
            *result.borrow_mut() = Some(value);
        });
        while slot.borrow().is_none() {
            if !self.executor.tick() {
                return Err(Failure::new("the store is stuck: nothing is left to do"));
            }
        }
        let value = slot.borrow_mut().take();
        value.ok_or_else(|| Failure::new("the store is stuck"))
    }

    /// Opens the store, or creates it.
    ///
    /// # Errors
    /// When it hangs; the store's own errors are inside.
    pub fn open(&mut self) -> Outcome<Result<Store, Error>> {
        self.open_with(None)
    }

    /// Opens the store, or creates it, and sets its policy.
    ///
    /// # Errors
    /// When it hangs; the store's own errors are inside.
    pub fn open_with(&mut self, policy: Option<&Policy>) -> Outcome<Result<Store, Error>> {
        let mut idle = false;
        loop {
            let mut builder = self.builder(DIR).create_if_missing();
            if let Some(policy) = policy {
                builder = builder.policy(policy.clone());
            }
            match self.wait(builder.open())? {
                // What the process before had queued still holds the lock.
                Err(error) if error.kind() == ErrorKind::Locked && !idle => {
                    idle = !self.executor.tick();
                }
                other => return Ok(other),
            }
        }
    }

    /// Opens the store and reads all of it.
    ///
    /// # Errors
    /// When it cannot be opened or read.
    pub fn open_and_read(&mut self) -> Outcome<(Store, Seen)> {
        let store = self
            .open()?
            .map_err(|e| Failure::new(format!("the store does not open: {e:?}")))?;
        let seen = self.read(&store)?;
        Ok((store, seen))
    }

    /// Reads all of a store.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&mut self, store: &Store) -> Outcome<Seen> {
        let snapshot = store.snapshot();
        self.wait(async move { see(&snapshot).await })?
    }
}

/// The tables that a snapshot shows, without their rows.
///
/// # Errors
/// When one has no columns.
pub fn tables(snapshot: &Snapshot) -> Outcome<Vec<SeenTable>> {
    let mut tables = Vec::new();
    for table in snapshot.tables() {
        let no_key = || Failure::new(format!("table `{}` has no columns", table.name()));
        let key = table.schema().fields().first().ok_or_else(no_key)?;
        tables.push(SeenTable {
            name: table.name().to_owned(),
            number: Model::with_key(key.name()),
            columns: row::added(table.schema()),
            rows: Vec::new(),
        });
    }
    Ok(tables)
}

/// Everything that a snapshot shows.
///
/// # Errors
/// When it cannot be read.
pub async fn see(snapshot: &Snapshot) -> Outcome<Seen> {
    let mut seen = Seen {
        last_lsn: snapshot.lsn().0,
        tables: tables(snapshot)?,
        ..Seen::default()
    };
    for table in &mut seen.tables {
        let unreadable =
            |e: Error| Failure::new(format!("table `{}` is unreadable: {e:?}", table.name));
        let rows = scan(snapshot, &table.name, &Filter::All, None).await;
        table.rows = rows.map_err(unreadable)??;
    }
    Ok(seen)
}

/// The rows of one table for which a filter holds.
///
/// # Errors
/// The store's own errors outside, values that no test wrote inside.
pub async fn scan(
    snapshot: &Snapshot,
    table: &str,
    filter: &Filter,
    columns: Option<Vec<usize>>,
) -> Result<Outcome<Vec<row::Row>>, Error> {
    let Some(table) = snapshot.table(table) else {
        return Ok(Ok(Vec::new()));
    };
    let mut options = ScanOptions::new().with_predicate(filter.predicate());
    options.columns = columns;
    let batches: Vec<_> = table.scan(options)?.stream().try_collect().await?;
    let rows = batches.iter().map(row::rows).collect::<Outcome<Vec<_>>>();
    Ok(rows.map(|rows| rows.into_iter().flatten().collect()))
}

/// Small limits, so that a short run meets all of them.
fn settings(random: &mut Random) -> Settings {
    let pick = |random: &mut Random, from: &[u64]| {
        from.get(random.below(from.len())).copied().unwrap_or(1)
    };
    // Objects have no age here: the log keeps all versions, or none before a checkpoint.
    let log_keep = Duration::from_secs(pick(random, &[0, 100 * 365 * 86_400]));
    let collect_after = Duration::from_secs(pick(random, &[0, 0, 5, 30]));
    let mut settings = Settings::default()
        .with_seal_rows(pick(random, &[20, 100, 1_000_000]))
        .with_seal_age(Duration::from_secs(pick(random, &[1, 60, 3_600])))
        .with_log_file_bytes(pick(random, &[1, 3_000, 20_000, 64 << 20]))
        .with_log_budget_bytes(pick(random, &[5_000, 50_000, 512 << 20]))
        .with_manifest_file_bytes(pick(random, &[1, 2_000, 20_000, 1 << 20]))
        .with_warm_maps(pick(random, &[1, 3, 16_384]))
        .with_collect_after(collect_after)
        .with_cold_keep(collect_after)
        .with_remote_delay(Duration::ZERO)
        .with_cold_log_keep(log_keep)
        .with_cold_checkpoint_commits(pick(random, &[1, 3, 20, 20, 20, 20]));
    if random.one_in(2) {
        settings = settings.with_log_compression(thermocline_tiers::Compression::Lz4);
    }
    if random.one_in(4) {
        settings = settings.with_log_queue_bytes(2_000);
    }
    // Compressing a few rows, and choosing how, takes more time than all the rest.
    if !random.one_in(4) {
        let plain = ParquetOptions::default().with_codec(Codec::None);
        settings = settings.with_cold(plain.with_try_encodings(false));
    }
    settings
}
