//! Stopping queries from elsewhere.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use duckdb_neo::connection::InterruptHandle;
use parking_lot::Mutex;

/// Stops queries from another task or thread.
///
/// A handle stops every query that it was given to with
/// [`SqlQuery::cancel_on`](crate::SqlQuery::cancel_on), and those that it will be given to after
/// it was used. A stopped query ends with [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled).
///
/// ```
/// use thermocline_olap::CancelHandle;
///
/// let handle = CancelHandle::new();
/// handle.clone().cancel();
/// assert!(handle.is_cancelled());
/// ```
#[derive(Debug, Clone, Default)]
pub struct CancelHandle {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    cancelled: AtomicBool,
    queries: Mutex<Vec<Weak<Interrupter>>>,
}

impl CancelHandle {
    /// A handle that no query has been given yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the queries. They notice within one chunk of rows; using it again does nothing.
    pub fn cancel(&self) {
        self.shared.cancelled.store(true, Ordering::SeqCst);
        let queries = std::mem::take(&mut *self.shared.queries.lock());
        for query in queries.iter().filter_map(Weak::upgrade) {
            query.interrupt();
        }
    }

    /// Whether [`cancel`](Self::cancel) was called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.shared.cancelled.load(Ordering::SeqCst)
    }

    pub(crate) fn watch(&self, query: &Arc<Interrupter>) {
        let mut queries = self.shared.queries.lock();
        queries.retain(|other| other.strong_count() > 0);
        queries.push(Arc::downgrade(query));
        drop(queries);
        if self.is_cancelled() {
            query.interrupt();
        }
    }
}

/// The switch of one query.
///
/// The interrupt of a session that works for this query is kept only while it does: a session goes
/// on to other queries, which must not be hit.
#[derive(Debug, Default)]
pub(crate) struct Interrupter {
    stopped: AtomicBool,
    session: Mutex<Option<InterruptHandle>>,
}

impl Interrupter {
    pub(crate) fn interrupt(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        if let Some(session) = &*self.session.lock() {
            // Can only fail for a session that is gone, and then nothing is left to stop.
            let _ = session.interrupt();
        }
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    pub(crate) fn arm(&self, session: InterruptHandle) {
        *self.session.lock() = Some(session);
    }

    pub(crate) fn disarm(&self) {
        *self.session.lock() = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_stops_queries_before_and_after_it_is_used() {
        let handle = CancelHandle::new();
        let before = Arc::new(Interrupter::default());
        handle.watch(&before);
        assert!(!before.is_stopped());
        handle.cancel();
        assert!(before.is_stopped());

        let after = Arc::new(Interrupter::default());
        handle.watch(&after);
        assert!(after.is_stopped());
    }

    #[test]
    fn finished_queries_are_forgotten() {
        let handle = CancelHandle::new();
        for _ in 0..10 {
            handle.watch(&Arc::new(Interrupter::default()));
        }
        assert_eq!(handle.shared.queries.lock().len(), 1);
    }
}
