//! One query, from its text to the first rows.

use std::future::{Future, IntoFuture};
use std::path::PathBuf;
use std::pin::Pin as Pinned;
use std::sync::Arc;

use arrow::array::RecordBatch;
use futures::TryStreamExt;
use thermocline_tiers::soa::ToArrow;
use thermocline_tiers::{Snapshot, SnapshotSource};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::Instrument;

use crate::cancel::Interrupter;
use crate::persistence::answer;
use crate::pins::Pin;
use crate::run::{Choice, Event, Job, StopOnDrop, spawn};
use crate::stream::{Running, SqlStream};
use crate::{CancelHandle, Error, ErrorKind, Result, SqlEngine, SqlValue};

/// Batches that wait for a slow reader before the query waits for it too.
const BATCHES_AHEAD: usize = 2;

/// How often a query starts over with a newer snapshot when files of its own are gone.
const ATTEMPTS: usize = 4;

/// A query that runs when it is awaited.
///
/// Awaiting it gives a stream of batches as soon as the first one is there, so that what is wrong
/// with a query tends to be an error of the `await`; [`collect`](Self::collect) waits for all of
/// them. Dropping either stops the query.
///
/// A query is one statement that reads: `SELECT`, `FROM`, `WITH`, `VALUES`, `SHOW`, `DESCRIBE`,
/// `SUMMARIZE` or `EXPLAIN`. The order of rows is that of its `ORDER BY`; without one it is any.
#[must_use = "a query does nothing until it is awaited"]
pub struct SqlQuery<'a> {
    engine: Result<SqlEngine>,
    source: &'a dyn SnapshotSource,
    query: &'a str,
    params: Vec<SqlValue>,
    snapshot: Option<Snapshot>,
    cancel: Option<CancelHandle>,
    threads: Option<usize>,
    memory_limit: Option<u64>,
    spill: Option<PathBuf>,
}

impl<'a> SqlQuery<'a> {
    pub(crate) fn new(
        engine: Result<SqlEngine>,
        source: &'a dyn SnapshotSource,
        query: &'a str,
    ) -> Self {
        Self {
            engine,
            source,
            query,
            params: Vec::new(),
            snapshot: None,
            cancel: None,
            threads: None,
            memory_limit: None,
            spill: None,
        }
    }

    /// Gives the next placeholder its value: the first call is for the first `?`, or for `$1`.
    pub fn bind(mut self, value: impl Into<SqlValue>) -> Self {
        self.params.push(value.into());
        self
    }

    /// Gives several placeholders their values, after those that have one.
    pub fn params<V: Into<SqlValue>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        self.params.extend(values.into_iter().map(Into::into));
        self
    }

    /// Reads this snapshot instead of the newest one.
    pub fn snapshot(mut self, snapshot: Snapshot) -> Self {
        self.snapshot = Some(snapshot);
        self
    }

    /// Stops the query when this handle is used.
    pub fn cancel_on(mut self, handle: &CancelHandle) -> Self {
        self.cancel = Some(handle.clone());
        self
    }

    /// Limits the threads of this query. It then runs on an engine of its own, which takes some
    /// milliseconds to start; limits for all queries belong into [`SqlOptions`](crate::SqlOptions).
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Limits the memory of this query, in bytes; as for [`threads`](Self::threads).
    pub fn memory_limit(mut self, bytes: u64) -> Self {
        self.memory_limit = Some(bytes);
        self
    }

    /// Lets this query spill to a directory; as for [`threads`](Self::threads).
    pub fn spill_to(mut self, directory: impl Into<PathBuf>) -> Self {
        self.spill = Some(directory.into());
        self
    }

    /// All batches of the answer; empty if it has no rows.
    ///
    /// # Errors
    ///
    /// See [`ErrorKind`] for what can go wrong and what to do then.
    pub async fn collect(self) -> Result<Vec<RecordBatch>> {
        self.await?.try_collect().await
    }

    /// All rows of the answer as rows of a type whose columns are those of the answer, by name.
    ///
    /// Whole numbers may come in another width than the type has (`count(*)` is 64 bits, `sum` of
    /// integers 128); each is checked. An answer without rows is a set without rows.
    ///
    /// # Errors
    ///
    /// What the query says, and in addition
    /// [`SchemaMismatch`](thermocline_tiers::ErrorKind::SchemaMismatch), naming the column, when the
    /// answer has other columns than the type, and
    /// [`TypeConversion`](thermocline_tiers::ErrorKind::TypeConversion) for a value that is none of
    /// the type's.
    pub async fn rows<T: ToArrow>(self) -> thermocline_tiers::Result<T> {
        let stream = self.await?;
        let empty = RecordBatch::new_empty(stream.schema());
        let mut batches: Vec<RecordBatch> = stream.try_collect().await?;
        // So that the columns are compared of an answer without rows, too.
        batches.push(empty);
        answer(&batches)
    }

    fn engine(&mut self) -> Result<Choice> {
        let placeholder = Err(Error::internal("a query was started twice"));
        let engine = std::mem::replace(&mut self.engine, placeholder)?;
        if self.threads.is_none() && self.memory_limit.is_none() && self.spill.is_none() {
            return Ok(Choice::Shared(engine));
        }
        let mut options = engine.options().clone();
        if let Some(threads) = self.threads {
            options = options.with_threads(threads);
        }
        if let Some(bytes) = self.memory_limit {
            options = options.with_memory_limit(bytes);
        }
        options.spill_directory = self.spill.take().or(options.spill_directory);
        Ok(Choice::Private(options))
    }

    async fn start(mut self) -> Result<SqlStream> {
        let started = Instant::now();
        let result = self.attempts(started).await;
        if let Err(error) = &result {
            crate::telemetry::failed(started, error);
        }
        result
    }

    async fn attempts(&mut self, started: Instant) -> Result<SqlStream> {
        let engine = self.engine()?;
        let cancel = self.cancel.take().unwrap_or_default();
        let given = self.snapshot.take();
        let mut attempt = 1;
        loop {
            let snapshot = match &given {
                Some(snapshot) => snapshot.clone(),
                None => self.source.pin().await?,
            };
            let opened = self.open(engine.clone(), snapshot, &cancel, started).await;
            match opened {
                Err(error)
                    if error.kind() == ErrorKind::Expired
                        && given.is_none()
                        && attempt < ATTEMPTS =>
                {
                    tracing::debug!(attempt, %error, "the snapshot expired; pinning a newer one");
                    attempt += 1;
                }
                opened => return opened,
            }
        }
    }

    /// Starts the query on a snapshot and waits for its first rows.
    async fn open(
        &self,
        engine: Choice,
        snapshot: Snapshot,
        cancel: &CancelHandle,
        started: Instant,
    ) -> Result<SqlStream> {
        let interrupter = Arc::new(Interrupter::default());
        cancel.watch(&interrupter);
        let stop = StopOnDrop(Arc::clone(&interrupter));
        let pin = Arc::new(Pin::new(snapshot, interrupter));
        let (sender, mut events) = mpsc::channel(BATCHES_AHEAD);
        spawn(Job {
            engine,
            query: self.query.to_owned(),
            params: self.params.clone(),
            pin: Arc::clone(&pin),
            events: sender,
        })?;
        let schema = match events.recv().await {
            Some(Event::Schema(schema)) => schema,
            Some(Event::Failed(error)) => return Err(error),
            Some(Event::Batch(_)) | None => {
                return Err(Error::internal("the query ended without an answer"));
            }
        };
        let first = match events.recv().await {
            Some(Event::Failed(error)) => return Err(error),
            first => first,
        };
        let running = Running {
            events,
            pin,
            cancel: cancel.clone(),
            started,
            _stop: stop,
        };
        Ok(SqlStream::new(schema, first, running))
    }
}

impl<'a> IntoFuture for SqlQuery<'a> {
    type Output = Result<SqlStream>;
    type IntoFuture = Pinned<Box<dyn Future<Output = Result<SqlStream>> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        let span = tracing::info_span!("sql", query = self.query);
        Box::pin(self.start().instrument(span))
    }
}

impl std::fmt::Debug for SqlQuery<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqlQuery")
            .field("query", &self.query)
            .field("params", &self.params)
            .finish_non_exhaustive()
    }
}
