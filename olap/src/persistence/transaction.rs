//! Several changes that take effect together.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use thermocline_tiers::Result;
use thermocline_tiers::soa::ArrowSchemaGen;

use super::DuckDBPersistence;
use super::query::DuckDBQuery;
use super::runner::{Runner, execute};
use super::set::Set;

/// An open transaction on a database. Made by
/// [`DuckDBPersistence::transaction`](super::DuckDBPersistence::transaction).
///
/// It is a persistence like the one it comes from, whose changes only it sees until
/// [`commit`](Self::commit). Dropping it rolls back, and so does a statement that fails: whatever is
/// asked of it then is an error, and another one has to be begun.
#[must_use = "a transaction that is dropped is rolled back"]
pub struct DuckDBTransaction<'a, T> {
    pub(super) set: Arc<Set>,
    pub(super) runner: Runner,
    of: PhantomData<&'a mut DuckDBPersistence<T>>,
}

impl<'a, T: ArrowSchemaGen> DuckDBTransaction<'a, T> {
    pub(super) fn new(of: &'a mut DuckDBPersistence<T>, runner: Runner) -> Self {
        Self {
            set: Arc::clone(&of.set),
            runner,
            of: PhantomData,
        }
    }

    /// A statement of this transaction.
    pub fn sql(&self, query: &str) -> DuckDBQuery<'_> {
        DuckDBQuery::new(&self.runner, query)
    }

    /// Makes all changes take effect, durably if the database is in a file.
    ///
    /// # Errors
    /// [`Locked`](thermocline_tiers::ErrorKind::Locked) when another transaction changed the same
    /// rows first. Nothing takes effect then.
    pub async fn commit(self) -> Result<()> {
        self.runner
            .run(|connection| execute(connection, "COMMIT").map(drop))
            .await
    }

    /// Undoes all changes. A transaction that was rolled back by an error stays so.
    ///
    /// # Errors
    /// What the database says; the changes are undone all the same.
    pub async fn rollback(self) -> Result<()> {
        self.runner.rollback().await
    }
}

impl<T> fmt::Debug for DuckDBTransaction<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DuckDBTransaction")
            .field("table", &self.set.table)
            .finish_non_exhaustive()
    }
}
