//! Where statements run: on a connection of their own, or all on that of a transaction.

use std::sync::Arc;

use duckdb_neo::Parameters;
use duckdb_neo::connection::Connection;
use parking_lot::Mutex;
use thermocline_tiers::{Error, ErrorKind, Result};

use super::database::Database;
use super::error::failed;

/// Where statements run, on threads that may block.
#[derive(Debug, Clone)]
pub(super) enum Runner {
    /// Each on whichever connection is free.
    Alone(Arc<Database>),
    /// One after the other on the connection that has the transaction. It ends with the first
    /// statement that fails, or when the last handle on it is gone, and with it the transaction.
    Together(Arc<Mutex<Option<Connection>>>),
}

impl Runner {
    pub(super) async fn run<R, F>(&self, work: F) -> Result<R>
    where
        F: FnOnce(&Connection) -> Result<R> + Send + 'static,
        R: Send + 'static,
    {
        let runner = self.clone();
        blocking(move || match runner {
            Self::Alone(database) => {
                let connection = database.take()?;
                let done = work(&connection);
                // After a failure it is not worth finding out what state it is in.
                if done.is_ok() {
                    database.give_back(connection);
                }
                done
            }
            Self::Together(transaction) => {
                let mut transaction = transaction.lock();
                let connection = transaction.take().ok_or_else(|| {
                    Error::new(
                        ErrorKind::InvalidInput,
                        "the transaction was rolled back when a statement of it failed; begin \
                         another one",
                    )
                })?;
                let done = work(&connection);
                if done.is_ok() {
                    *transaction = Some(connection);
                }
                done
            }
        })
        .await
    }

    /// Several statements that take effect together or not at all.
    pub(super) async fn atomically<R, F>(&self, work: F) -> Result<R>
    where
        F: FnOnce(&Connection) -> Result<R> + Send + 'static,
        R: Send + 'static,
    {
        match self {
            Self::Together(_) => self.run(work).await,
            // A failure ends the connection, which rolls back.
            Self::Alone(_) => {
                self.run(|connection| {
                    execute(connection, "BEGIN")?;
                    let done = work(connection)?;
                    execute(connection, "COMMIT")?;
                    Ok(done)
                })
                .await
            }
        }
    }

    /// Ends the transaction without any of its changes, if it has not ended yet.
    pub(super) async fn rollback(&self) -> Result<()> {
        let Self::Together(transaction) = self else {
            return Ok(());
        };
        let open = transaction.lock().take();
        match open {
            None => Ok(()),
            Some(connection) => blocking(move || execute(&connection, "ROLLBACK").map(drop)).await,
        }
    }
}

/// Runs one statement without parameters, and returns the number of rows that it changed.
pub(super) fn execute(connection: &Connection, sql: &str) -> Result<usize> {
    connection.execute(sql, Parameters::None).map_err(failed)
}

/// Runs blocking work on tokio's threads for it, or here outside of any runtime.
pub(super) async fn blocking<R, F>(work: F) -> Result<R>
where
    F: FnOnce() -> Result<R> + Send + 'static,
    R: Send + 'static,
{
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        return work();
    };
    match runtime.spawn_blocking(work).await {
        Ok(result) => result,
        Err(join) if join.is_panic() => Err(Error::new(
            ErrorKind::Bug,
            "a database thread panicked; this is a defect in Thermocline, please report it",
        )),
        Err(_) => Err(Error::new(
            ErrorKind::Cancelled,
            "the runtime is shutting down",
        )),
    }
}
