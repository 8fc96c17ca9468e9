//! A query at work, on a thread that may block.

use std::sync::Arc;

use arrow::array::{RecordBatch, StructArray};
use arrow::datatypes::{Schema, SchemaRef};
use arrow::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi};
use duckdb_neo::arrow::{ArrowArray, ArrowSchema};
use duckdb_neo::query_result::ArrowQueryResult;
use duckdb_neo::{Parameters, QueryParameter};
use tokio::sync::mpsc::Sender;

use crate::cancel::Interrupter;
use crate::pins::Pin;
use crate::session::Session;
use crate::{Error, ErrorKind, Result, SqlEngine, SqlOptions, SqlValue, lockdown, params};

/// What a query tells while it runs. After the last batch nothing more comes.
#[derive(Debug)]
pub(crate) enum Event {
    Schema(SchemaRef),
    Batch(RecordBatch),
    Failed(Error),
}

/// Which engine a query runs on.
#[derive(Debug, Clone)]
pub(crate) enum Choice {
    Shared(SqlEngine),
    /// One of its own, because it has limits of its own.
    Private(SqlOptions),
}

/// One query with everything it needs.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) engine: Choice,
    pub(crate) query: String,
    pub(crate) params: Vec<SqlValue>,
    pub(crate) pin: Arc<Pin>,
    pub(crate) events: Sender<Event>,
}

impl Job {
    /// Runs the query to its end, or until nobody listens any more.
    pub(crate) fn run(self) {
        if let Err(error) = self.attempt() {
            // Without a listener there is nobody to tell.
            let _ = self.events.blocking_send(Event::Failed(error));
        }
    }

    fn attempt(&self) -> Result<()> {
        let engine = match &self.engine {
            Choice::Shared(engine) => engine.clone(),
            Choice::Private(options) => SqlEngine::new(options.clone())?,
        };
        let mut session = engine.sessions().take()?;
        self.pin
            .interrupter
            .arm(session.connection.interrupt_handle());
        let result = self.answer(&mut session, engine.options().batch_rows);
        self.pin.interrupter.disarm();
        let result = result.map_err(|error| self.true_cause(error, &session));
        let broken = matches!(&result, Err(error) if error.kind() == ErrorKind::Internal);
        if !broken {
            engine.sessions().give_back(session);
        }
        result
    }

    fn answer(&self, session: &mut Session, batch_rows: usize) -> Result<()> {
        let stopped = || -> Result<()> {
            if self.pin.interrupter.is_stopped() {
                Err(Error::cancelled())
            } else {
                Ok(())
            }
        };
        stopped()?;
        session.read(&self.pin)?;
        let statement = lockdown::statement(&session.connection, &self.query)?;
        let values = params::bind(&session.connection, &self.params)?;
        let values: Vec<&dyn QueryParameter> = values.iter().map(|value| value as _).collect();
        let parameters = if values.is_empty() {
            Parameters::None
        } else {
            Parameters::positional(&values)
        };
        let mut result =
            statement.arrow_query(&session.connection, parameters, Some(batch_rows))?;
        // An interrupt that came while the query was planned may have hit nothing.
        stopped()?;
        let mut first = next(&mut result)?;
        let (schema, types) = schema(result.schema()?)?;
        if self
            .events
            .blocking_send(Event::Schema(Arc::clone(&schema)))
            .is_err()
        {
            return Ok(());
        }
        while let Some(array) = first.take() {
            let batch = batch(array, &schema, &types)?;
            if self.events.blocking_send(Event::Batch(batch)).is_err() {
                return Ok(());
            }
            stopped()?;
            first = next(&mut result)?;
        }
        stopped()
    }

    /// An error as the query's caller should see it: DuckDB passes on no more than the text of
    /// what went wrong in a scan.
    fn true_cause(&self, error: Error, session: &Session) -> Error {
        if let Some(failure) = self.pin.take_failure() {
            return failure.into();
        }
        if self.pin.interrupter.is_stopped() {
            return Error::cancelled();
        }
        match error.kind() {
            ErrorKind::UnknownTable => session.views.explain(error),
            _ => error,
        }
    }
}

fn next(result: &mut ArrowQueryResult<'_>) -> Result<Option<ArrowArray>> {
    Ok(result.next_array()?)
}

/// DuckDB's schema as Arrow's, together with what the import of each batch needs.
pub(crate) fn schema(raw: ArrowSchema) -> Result<(SchemaRef, FFI_ArrowSchema)> {
    let mut raw = raw.into_raw();
    // SAFETY: both structs are the one that the C data interface defines, and `raw` is one that
    // its producer filled. Taking it leaves an empty one behind, which needs no release.
    let types = unsafe { FFI_ArrowSchema::from_raw((&raw mut raw).cast()) };
    let schema = Schema::try_from(&types)?;
    Ok((Arc::new(schema), types))
}

pub(crate) fn batch(
    array: ArrowArray,
    schema: &SchemaRef,
    types: &FFI_ArrowSchema,
) -> Result<RecordBatch> {
    let mut raw = array.into_raw();
    // SAFETY: as for the schema.
    let array = unsafe { FFI_ArrowArray::from_raw((&raw mut raw).cast()) };
    // SAFETY: DuckDB made the array, for this very schema.
    let data = unsafe { from_ffi(array, types)? };
    let columns = StructArray::from(data);
    let rows = arrow::array::Array::len(&columns);
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(
        Arc::clone(schema),
        columns.columns().to_vec(),
        &options,
    )?)
}

/// Runs a job on a thread for blocking work: the runtime's, or one of its own outside of any.
pub(crate) fn spawn(job: Job) -> Result<()> {
    let span = tracing::Span::current();
    let work = move || span.in_scope(|| job.run());
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => {
            runtime.spawn_blocking(work);
        }
        Err(_) => {
            std::thread::Builder::new()
                .name("thermocline-sql".to_owned())
                .spawn(work)
                .map_err(|error| Error::internal(format!("no thread for the query: {error}")))?;
        }
    }
    Ok(())
}

/// Stops a query when it goes out of scope, unless it is told that the query is done.
#[derive(Debug)]
pub(crate) struct StopOnDrop(pub(crate) Arc<Interrupter>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.interrupt();
    }
}
