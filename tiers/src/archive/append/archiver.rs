//! One run of a job.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::future::BoxFuture;
use serde::Serialize;
use thermocline_formats::{ParquetOptions, PartitionBy, check_batch};

use super::held::Held;
use super::job::Job;
use crate::cold::ColdStore;
use crate::cold::delta::{Add, Change, Committed, DeltaTable, Head, Operation};
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};

/// Commits after which a checkpoint is written.
const CHECKPOINT_EVERY: u64 = 100;

/// Adds the rows of one job to a table, chunk by chunk. Made by
/// [`Archive::append`](crate::Archive::append).
///
/// Rows are in the table, for everybody and exactly once, when the call that committed
/// their chunk has returned; those that were only taken are not. When it is dropped
/// before [`finish`](Self::finish), or an error ends it, the job can be run again: its
/// rows from [`rows_before`](Self::rows_before) on are what is missing.
#[derive(Debug)]
pub struct Archiver {
    pub(super) env: Env,
    pub(super) cold: ColdStore,
    pub(super) delta: DeltaTable,
    pub(super) dir: String,
    pub(super) job: Job,
    pub(super) head: Head,
    pub(super) epoch: u64,
    pub(super) schema: SchemaRef,
    pub(super) partition_by: PartitionBy,
    pub(super) partition_columns: Vec<String>,
    pub(super) sort_by: Vec<String>,
    pub(super) files: ParquetOptions,
    pub(super) chunk_bytes: u64,
    pub(super) before: u64,
    pub(super) done: bool,
    pub(super) held: Held,
    pub(super) failed: bool,
    pub(super) report: ArchiveReport,
}

/// What one run of a job has added.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ArchiveReport {
    /// Rows that were in the table before, by earlier runs of the job.
    pub rows_before: u64,
    /// Rows.
    pub rows: u64,
    /// Files.
    pub files: usize,
    /// Bytes of the files.
    pub bytes: u64,
    /// Chunks, which is Delta commits.
    pub chunks: u64,
    /// The version of the table with all of them.
    pub version: u64,
}

/// A chunk that is in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chunk {
    /// The version of the table that has it.
    pub version: u64,
    /// Its rows.
    pub rows: u64,
    /// Its files.
    pub files: usize,
    /// Bytes of the files.
    pub bytes: u64,
}

impl Archiver {
    /// The columns that rows must have: those of the table.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// How rows are grouped.
    #[must_use]
    pub fn partition_by(&self) -> &PartitionBy {
        &self.partition_by
    }

    /// How many rows of the job were in the table when this run began. The job goes on
    /// behind them.
    #[must_use]
    pub fn rows_before(&self) -> u64 {
        self.before
    }

    /// Whether an earlier run finished the job.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// What this run has added so far.
    #[must_use]
    pub fn report(&self) -> &ArchiveReport {
        &self.report
    }

    /// Takes the next rows of the job, and commits a chunk when there are enough. Rows
    /// are held in memory until then.
    ///
    /// # Errors
    /// [`SchemaMismatch`](ErrorKind::SchemaMismatch) when the rows have other columns;
    /// [`Fenced`](ErrorKind::Fenced) when another process runs the same job. After an
    /// error of writing, begin the job again.
    pub async fn append(&mut self, batch: RecordBatch) -> Result<Option<Chunk>> {
        self.check()?;
        let batch = check_batch(&batch, &self.schema)?;
        if batch.num_rows() == 0 {
            return Ok(None);
        }
        self.held.add(batch);
        if self.held.bytes() < self.chunk_bytes {
            return Ok(None);
        }
        self.commit(false).await.map(Some)
    }

    /// Commits what is held, with a note that the job has no more rows.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub async fn finish(mut self) -> Result<ArchiveReport> {
        self.check()?;
        if !self.done || self.held.rows() > 0 {
            self.commit(true).await?;
        }
        self.report.version = self.head.version;
        Ok(self.report)
    }

    fn check(&self) -> Result<()> {
        if self.failed {
            return Err(Error::new(
                ErrorKind::Poisoned,
                format!(
                    "the job `{}` failed before; begin it again, and it goes on where the table \
                     stands",
                    self.job.name()
                ),
            ));
        }
        Ok(())
    }

    fn commit(&mut self, last: bool) -> BoxFuture<'_, Result<Chunk>> {
        Box::pin(async move {
            let (rows, batches) = (self.held.rows(), self.held.take());
            // Also when this future is dropped half-way.
            self.failed = true;
            let mut written = Vec::new();
            let outcome = match self.write(batches, &mut written).await {
                Ok(adds) => self.put(adds, rows, last).await,
                // Who takes a job over collects what was not committed.
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    let taken_over = self.delta.is_taken_over(&self.head).await?;
                    Err(if taken_over { self.fenced() } else { error })
                }
                Err(error) => Err(error),
            };
            let (version, files, bytes) = match outcome {
                Ok(done) => done,
                Err(error) => {
                    // After any other error the commit may have got there.
                    if error.kind() == ErrorKind::Fenced {
                        self.remove(&written).await;
                    }
                    return Err(error);
                }
            };
            self.report.rows += rows;
            self.report.files += files;
            self.report.bytes += bytes;
            self.report.chunks += 1;
            self.report.version = version;
            self.checkpoint_if_due().await;
            self.failed = false;
            Ok(Chunk {
                version,
                rows,
                files,
                bytes,
            })
        })
    }

    async fn put(&mut self, adds: Vec<Add>, rows: u64, last: bool) -> Result<(u64, usize, u64)> {
        let (files, bytes) = (adds.len(), adds.iter().map(|add| add.size).sum());
        let total = self.head.sequence + rows;
        let mut change = self.change(total);
        change.add = adds;
        if last {
            change.also.push((self.job.done_app(), total));
        }
        self.commit_change(&change).await?;
        Ok((self.head.version, files, bytes))
    }

    /// A commit that brings the job's rows to this number.
    pub(super) fn change(&self, total: u64) -> Change {
        Change {
            operation: Operation::Write,
            uuid: self.env.ids.segment(self.env.clock.now()),
            sequence: total,
            follows: Some(self.head.sequence),
            also: Vec::new(),
            metadata: None,
            add: Vec::new(),
            remove: Vec::new(),
        }
    }

    pub(super) async fn commit_change(&mut self, change: &Change) -> Result<()> {
        let now = self.env.clock.now();
        let mut news = Vec::new();
        let committed = self
            .delta
            .commit(&mut self.head, self.epoch, change, now, &mut news)
            .await;
        match committed {
            Ok(Committed::At(_)) => Ok(()),
            Ok(Committed::Overtaken) => Err(Error::bug("a commit that only adds was overtaken")),
            Err(error) if error.kind() == ErrorKind::Fenced => Err(self.fenced()),
            Err(error) => Err(error),
        }
    }

    fn fenced(&self) -> Error {
        Error::new(
            ErrorKind::Fenced,
            format!(
                "another process runs the job `{}` on `{}` as well; let one finish, and run the \
                 other again if rows are missing: nothing is archived twice",
                self.job.name(),
                self.delta.name()
            ),
        )
    }

    /// Removes files that are in no version and will be in none. What fails is left to the
    /// next run.
    pub(super) async fn remove(&self, paths: &[String]) {
        for path in paths {
            if let Err(error) = self.cold.remove(path).await
                && error.kind() != ErrorKind::NotFound
            {
                tracing::warn!(%error, "could not remove a file that an archival left behind");
            }
        }
    }

    /// A failure is no failure of the commit: the next one tries again.
    async fn checkpoint_if_due(&mut self) {
        if self.head.version.saturating_sub(self.head.checkpoint) < CHECKPOINT_EVERY {
            return;
        }
        let writing = self.delta.clone();
        match self.env.blocking(move || writing.checkpoint()).await {
            Ok(version) => self.head.checkpoint = version,
            Err(error) => {
                tracing::warn!(%error, "could not write a checkpoint of an archived table");
            }
        }
    }
}
