//! Where statements run: on a connection of their own, or all on that of a transaction.

use std::sync::Arc;

use duckdb_neo::Parameters;
use duckdb_neo::connection::Connection;
use futures::future::BoxFuture;
use parking_lot::Mutex;
use thermocline_tiers::{Error, ErrorKind, Result};
use tokio::sync::oneshot;

use super::database::Database;
use super::error::failed;
use super::statement::Kind;

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

    /// Runs a statement that the caller wrote. What it changes of its connection, others never see.
    pub(super) async fn run_foreign<R, F>(&self, sql: &str, work: F) -> Result<R>
    where
        F: FnOnce(&Connection) -> Result<R> + Send + 'static,
        R: Send + 'static,
    {
        let kind = Kind::of(sql);
        if kind == Kind::Transaction {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "a transaction is begun with `transaction()` and ended with its `commit` or \
                 `rollback`, not by a statement",
            ));
        }
        match self {
            Self::Alone(database) if kind == Kind::Session => {
                let database = Arc::clone(database);
                blocking(move || work(&database.connect()?)).await
            }
            _ => self.run(work).await,
        }
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
        let transaction = Arc::clone(transaction);
        blocking(move || {
            // A statement that was cancelled may still have it.
            let open = transaction.lock().take();
            open.map_or(Ok(()), |connection| {
                execute(&connection, "ROLLBACK").map(drop)
            })
        })
        .await
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
    let (send, mut receive) = oneshot::channel();
    let work = Box::new(move || {
        // A caller that gave up does not want the answer.
        let _ = send.send(work());
    });
    on_a_thread(work).await?;
    receive
        .try_recv()
        .map_err(|_| Error::new(ErrorKind::Bug, "a piece of blocking work left no answer"))?
}

/// Runs work whose type is forgotten: what tokio makes of it is compiled once.
fn on_a_thread(work: Box<dyn FnOnce() + Send>) -> BoxFuture<'static, Result<()>> {
    Box::pin(async move {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            work();
            return Ok(());
        };
        match runtime.spawn_blocking(work).await {
            Ok(()) => Ok(()),
            Err(join) if join.is_panic() => Err(Error::new(
                ErrorKind::Bug,
                "a database thread panicked; this is a defect in Thermocline, please report it",
            )),
            Err(_) => Err(Error::new(
                ErrorKind::Cancelled,
                "the runtime is shutting down",
            )),
        }
    })
}
