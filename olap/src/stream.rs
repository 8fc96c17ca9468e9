//! The rows of a query, as they arrive.

use std::pin::Pin as Pinned;
use std::sync::Arc;
use std::task::{Context, Poll};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::Stream;
use tokio::sync::mpsc::Receiver;
use tokio::time::Instant;

use crate::pins::Pin;
use crate::report::ScanReport;
use crate::run::{Event, StopOnDrop};
use crate::{CancelHandle, Result, telemetry};

/// The batches of a query's answer, in the order in which they are computed.
///
/// Dropping the stream stops the query. A reader that is slower than the query makes it wait, so
/// that no more than a few batches are in memory at a time. After an error there are no more
/// batches.
#[derive(Debug)]
pub struct SqlStream {
    schema: SchemaRef,
    first: Option<Event>,
    rows: u64,
    ended: bool,
    running: Running,
}

/// The query behind a stream.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) events: Receiver<Event>,
    pub(crate) pin: Arc<Pin>,
    pub(crate) cancel: CancelHandle,
    pub(crate) started: Instant,
    pub(crate) _stop: StopOnDrop,
}

impl SqlStream {
    pub(crate) fn new(schema: SchemaRef, first: Option<Event>, running: Running) -> Self {
        Self {
            schema,
            ended: first.is_none(),
            first,
            rows: 0,
            running,
        }
        .note_end()
    }

    /// The names and types of the answer's columns.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// A handle that stops this query (and the others that it was given to).
    #[must_use]
    pub fn cancel_handle(&self) -> CancelHandle {
        self.running.cancel.clone()
    }

    /// What the query has read of the store so far.
    #[must_use]
    pub fn report(&self) -> ScanReport {
        self.running.pin.counters.report()
    }

    fn note_end(self) -> Self {
        if self.ended {
            telemetry::finished(self.running.started, self.rows, self.report());
        }
        self
    }

    fn on_event(&mut self, event: Option<Event>) -> Option<Result<RecordBatch>> {
        match event {
            Some(Event::Batch(batch)) => {
                self.rows += u64::try_from(batch.num_rows()).unwrap_or(u64::MAX);
                Some(Ok(batch))
            }
            Some(Event::Failed(error)) => {
                self.ended = true;
                telemetry::failed(self.running.started, &error);
                Some(Err(error))
            }
            Some(Event::Schema(_)) | None => {
                self.ended = true;
                telemetry::finished(self.running.started, self.rows, self.report());
                None
            }
        }
    }
}

impl Stream for SqlStream {
    type Item = Result<RecordBatch>;

    fn poll_next(
        mut self: Pinned<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        if let Some(first) = self.first.take() {
            return Poll::Ready(self.on_event(Some(first)));
        }
        match self.running.events.poll_recv(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(event) => Poll::Ready(self.on_event(event)),
        }
    }
}
