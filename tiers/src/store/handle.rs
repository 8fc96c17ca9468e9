//! The handle of a store that is open for writing.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::future::BoxFuture;
use thermocline_policy::trace::Request;
use thermocline_policy::{Explanation, Plan, Policy, SegmentFacts, SegmentId};

use super::{
    BackupReport, Core, Health, RepairReport, StoreBuilder, StoreStats, VerifyReport,
    verify_snapshot,
};
use crate::error::{Error, Result};
use crate::extensions::Extensions;
use crate::mover::{Background, MoveReport, Patience, StepReport};
use crate::snapshot::{Snapshot, SnapshotSource};
use crate::table::{Table, TableOptions};

/// A store that is open for writing: a directory with any number of tables,
/// one log, one order of writes.
///
/// Cloning is cheap; all methods may be called from many tasks at the same
/// time. Dropping the last handle closes the store without waiting: rows with
/// a `Disk` receipt are safe, rows with a `Memory` receipt that no group
/// commit has reached are lost. [`close`](Self::close) loses nothing, and when
/// it returns the store can be opened again; after a drop, a move that was under
/// way keeps the lock until it ends.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use std::sync::Arc;
/// use arrow::array::{ArrayRef, Int64Array, RecordBatch};
/// use thermocline_tiers::{Store, TableOptions};
///
/// let dir = tempfile::tempdir().unwrap();
/// let store = Store::open_or_create(dir.path()).await?;
/// let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
/// let batch = RecordBatch::try_from_iter([("id", ids)]).unwrap();
/// let table = store.create_table("events", TableOptions::new(batch.schema())).await?;
/// table.append(batch).await?;
/// assert_eq!(store.snapshot().table("events").unwrap().rows(), 3);
/// store.close().await?;
/// # Ok::<_, thermocline_tiers::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Store {
    core: Arc<Core>,
    background: Arc<Background>,
}

impl Store {
    pub(super) fn new(core: Arc<Core>, background: bool) -> Self {
        let background = Arc::new(Background::start(&core, background));
        Self { core, background }
    }

    /// Says how the store in `dir` is to be opened.
    pub fn builder(dir: impl Into<PathBuf>) -> StoreBuilder {
        StoreBuilder::new(dir.into())
    }

    /// Opens the store in `dir`.
    ///
    /// # Errors
    /// As [`StoreBuilder::open`].
    pub async fn open(dir: impl Into<PathBuf>) -> Result<Self> {
        Self::builder(dir).open().await
    }

    /// Creates a store in `dir`.
    ///
    /// # Errors
    /// As [`StoreBuilder::open`]; and when there is one already.
    pub async fn create(dir: impl Into<PathBuf>) -> Result<Self> {
        Self::builder(dir).create_new().open().await
    }

    /// Opens the store in `dir`, and creates it if there is none.
    ///
    /// # Errors
    /// As [`StoreBuilder::open`].
    pub async fn open_or_create(dir: impl Into<PathBuf>) -> Result<Self> {
        Self::builder(dir).create_if_missing().open().await
    }

    /// The directory that it is in.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.core.layout.root()
    }

    /// Creates a table.
    ///
    /// # Errors
    /// [`AlreadyExists`](crate::ErrorKind::AlreadyExists) when there is one of
    /// that name, whatever its case; [`InvalidInput`](crate::ErrorKind::InvalidInput)
    /// when the name or the options cannot be.
    pub async fn create_table(&self, name: &str, options: TableOptions) -> Result<Table> {
        self.core.check_open()?;
        self.core.create_table(name, options).await
    }

    /// A table, by its name.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is none.
    pub fn table(&self, name: &str) -> Result<Table> {
        let view = self.core.view();
        let table = view.tables.get(name).ok_or_else(|| {
            let names: Vec<_> = view.tables.keys().map(|name| format!("`{name}`")).collect();
            let there = if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            };
            Error::not_found(format!("there is no table `{name}`; there is {there}"))
        })?;
        Ok(Table::new(&self.core, table))
    }

    /// The names of its tables.
    #[must_use]
    pub fn tables(&self) -> Vec<String> {
        self.core.view().tables.keys().cloned().collect()
    }

    /// Drops a table with all of its rows. Snapshots that see it keep it.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is none.
    pub async fn drop_table(&self, name: &str) -> Result<()> {
        self.core.check_open()?;
        self.core.drop_table(name).await
    }

    /// A consistent view of all tables and tiers, as of now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.core.snapshot()
    }

    /// The policy that decides where segments go.
    #[must_use]
    pub fn policy(&self) -> Policy {
        self.core.state().policy.clone()
    }

    /// Sets the policy, durably.
    ///
    /// # Errors
    /// When the policy contradicts itself, or the manifest cannot be written.
    pub async fn set_policy(&self, policy: Policy) -> Result<()> {
        self.core.check_open()?;
        policy.check().map_err(|e| Error::invalid(e.to_string()))?;
        self.core.set_policy(policy).await
    }

    /// What the policy is told of every segment now.
    #[must_use]
    pub fn facts(&self) -> Vec<SegmentFacts> {
        self.core.facts()
    }

    /// The moves that the policy wants now, each with its reason. Nothing is
    /// moved.
    #[must_use]
    pub fn plan(&self) -> Plan {
        self.core.plan()
    }

    /// Which rule holds a segment where it is, and what would move it.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such segment.
    pub fn explain(&self, segment: SegmentId) -> Result<Explanation> {
        let state = self.core.state();
        thermocline_policy::explain(
            &state.policy,
            &self.core.facts(),
            segment,
            self.core.env.clock.now(),
        )
        .ok_or_else(|| {
            Error::not_found(format!(
                "there is no segment {segment}; list them to see which there are"
            ))
        })
    }

    /// Carries out a plan. Moves that no longer make sense are skipped.
    ///
    /// # Errors
    /// The first failure ends it; the moves done before it stay done.
    pub async fn apply(&self, plan: &Plan) -> Result<MoveReport> {
        self.core.check_open()?;
        let report = self.core.apply(&plan.moves).await?;
        self.core.trim_log().await?;
        self.core.set_gauges();
        Ok(report)
    }

    /// One round of the mover, by hand: seals what is due, plans, applies,
    /// trims the log, collects garbage.
    ///
    /// Moves that failed before are tried again at once. Nothing but a store that takes no writes any
    /// more keeps a move from being tried.
    ///
    /// # Errors
    /// The first failure, at the end of the round.
    pub async fn step(&self) -> Result<StepReport> {
        self.core.check_open()?;
        self.core.step(Patience::Tries).await
    }

    /// Records accesses from now on, in this process and in later ones, until it is
    /// [stopped](Self::stop_trace): which segment, how large, when. What was recorded before is removed.
    ///
    /// # Errors
    /// When accesses are recorded already, or the files cannot be written.
    pub async fn start_trace(&self) -> Result<()> {
        self.core.check_open()?;
        self.core.start_trace().await
    }

    /// Records accesses no more. What was recorded stays.
    ///
    /// # Errors
    /// When none are recorded, or what is recorded cannot be written.
    pub async fn stop_trace(&self) -> Result<()> {
        self.core.check_open()?;
        self.core.stop_trace().await
    }

    /// Whether accesses are recorded.
    #[must_use]
    pub fn is_tracing(&self) -> bool {
        self.core.recorder.is_recording()
    }

    /// The accesses that were recorded, oldest first; see [`policy::simulate`](thermocline_policy::simulate)
    /// for what can be done with them.
    ///
    /// # Errors
    /// When a file cannot be read, or is no trace.
    pub async fn recorded_accesses(&self) -> Result<Vec<Request>> {
        self.core.recorded_accesses().await
    }

    /// Waits until every write so far is on disk.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub async fn flush(&self) -> Result<()> {
        self.core.log.wait(self.core.next_lsn().previous()).await
    }

    /// Makes every write durable, stops the mover and closes the store for
    /// writing. Snapshots stay readable. Rows that have no file yet stay in the
    /// log and are there again at the next open.
    ///
    /// # Errors
    /// When the log cannot be written. The store is closed all the same.
    pub async fn close(self) -> Result<()> {
        self.end().await
    }

    fn end(self) -> BoxFuture<'static, Result<()>> {
        Box::pin(async move {
            self.core.refuse_writes();
            self.background.stop().await;
            let flushed = self.flush().await;
            // What is not removed now is found by a later collection.
            if let Err(error) = self.core.collect_garbage().await {
                let what = "could not remove files that nobody needs";
                self.core.note_failure("collection", what, &error);
            }
            if flushed.is_ok() {
                self.core.note_ends().await;
            }
            self.core.save_heat(true).await;
            self.core.unlock().await;
            flushed
        })
    }

    /// Figures of the store, as of now.
    #[must_use]
    pub fn stats(&self) -> StoreStats {
        self.core.stats()
    }

    /// Whether the store is well.
    #[must_use]
    pub fn health(&self) -> Health {
        self.core.health()
    }

    /// Reads every byte of every segment file and compares it with what was
    /// written; compares what the Delta tables tell other programs with what is so.
    ///
    /// # Errors
    /// Damage is no error but a [`Problem`](crate::Problem) or a
    /// [`ColdProblem`](crate::ColdProblem) of the report.
    pub async fn verify(&self) -> Result<VerifyReport> {
        let core = &self.core;
        let mut report = verify_snapshot(&core.env, &self.snapshot()).await?;
        let newest = || std::future::ready(Ok(core.state()));
        report.compare_cold(&core.env, &core.cold, newest).await?;
        Ok(report)
    }

    /// Reads every byte of every segment file, as [`verify`](Self::verify) does, and
    /// repairs what is damaged: a promoted copy is dropped if the home is whole, a
    /// home is written anew from an intact copy. A segment without any intact file
    /// is taken out of its table, so that everything else can be read; its file is
    /// kept in the directory `damaged`, and the report says which rows are gone.
    ///
    /// # Errors
    /// When a file cannot be read now but perhaps later, such as
    /// [`Io`](crate::ErrorKind::Io); when the store cannot be written. What was
    /// repaired before stays so.
    pub async fn repair(&self) -> Result<RepairReport> {
        self.core.check_open()?;
        self.core.repair().await
    }

    /// Copies the store, as of now, into the new directory `to`. Writing goes
    /// on meanwhile.
    ///
    /// # Errors
    /// When `to` exists and is not empty, or cannot be written.
    pub async fn backup(&self, to: impl Into<PathBuf>) -> Result<BackupReport> {
        self.core.check_open()?;
        self.core.backup(&to.into()).await
    }

    /// Makes a store in the new directory `to` out of the backup in `from`, and
    /// verifies it.
    ///
    /// # Errors
    /// When `from` is no store or is damaged, or `to` exists and is not empty.
    pub async fn restore(from: impl Into<PathBuf>, to: impl Into<PathBuf>) -> Result<BackupReport> {
        Self::builder(to).restore(from.into()).await
    }
}

impl SnapshotSource for Store {
    fn pin(&self) -> BoxFuture<'_, Result<Snapshot>> {
        Box::pin(async { Ok(self.snapshot()) })
    }

    fn extensions(&self) -> &Extensions {
        &self.core.extensions
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("dir", &self.dir())
            .finish_non_exhaustive()
    }
}
