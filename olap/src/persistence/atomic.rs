//! What a set is asked, each as a transaction.
//!
//! The futures are boxed so that they are compiled here, and not for every type of rows.

use std::sync::Arc;

use arrow::array::RecordBatch;
use duckdb_neo::connection::Connection;
use futures::future::BoxFuture;
use thermocline_tiers::persistence::MemoryStats;
use thermocline_tiers::{Predicate, Result};

use super::runner::Runner;
use super::set::{Mode, Set};

impl Set {
    pub(super) fn written(
        self: &Arc<Self>,
        runner: &Runner,
        rows: Vec<RecordBatch>,
        mode: Mode,
    ) -> BoxFuture<'static, Result<()>> {
        self.atomically(runner, move |set, connection| {
            set.write(connection, &rows, mode)
        })
    }

    pub(super) fn scanned(
        self: &Arc<Self>,
        runner: &Runner,
        predicate: &Predicate,
    ) -> BoxFuture<'static, Result<Option<Vec<RecordBatch>>>> {
        let predicate = predicate.clone();
        self.atomically(runner, move |set, connection| {
            set.scan(connection, &predicate)
        })
    }

    pub(super) fn counted(self: &Arc<Self>, runner: &Runner) -> BoxFuture<'static, Result<usize>> {
        self.atomically(runner, Self::count)
    }

    pub(super) fn cleared(self: &Arc<Self>, runner: &Runner) -> BoxFuture<'static, Result<()>> {
        self.atomically(runner, Self::clear)
    }

    pub(super) fn sized(
        self: &Arc<Self>,
        runner: &Runner,
    ) -> BoxFuture<'static, Result<MemoryStats>> {
        self.atomically(runner, Self::stats)
    }

    fn atomically<R, F>(self: &Arc<Self>, runner: &Runner, work: F) -> BoxFuture<'static, Result<R>>
    where
        F: FnOnce(&Self, &Connection) -> Result<R> + Send + 'static,
        R: Send + 'static,
    {
        let (set, runner) = (Arc::clone(self), runner.clone());
        Box::pin(async move {
            runner
                .atomically(move |connection| work(&set, connection))
                .await
        })
    }
}
