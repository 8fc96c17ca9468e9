//! SQL on everything that has snapshots.

use thermocline_tiers::SnapshotSource;

use crate::{Error, ErrorKind, Result, SqlEngine, SqlOptions, SqlQuery};

/// SQL over all tiers of a store, or of a reader of one.
///
/// Each table of the snapshot is there under its name, in any mixture of tiers, and all tables of
/// one query are seen as of the same moment.
///
/// ```no_run
/// use thermocline_olap::{Sql, SqlValue};
/// use thermocline_tiers::Store;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let store = Store::open("flights.store").await?;
/// let late = store
///     .sql("SELECT carrier, count(*) FROM flights WHERE dep_delay > ? GROUP BY carrier")
///     .bind(60)
///     .collect()
///     .await?;
/// # drop(late);
/// # Ok(())
/// # }
/// ```
pub trait Sql: SnapshotSource {
    /// A query about the newest snapshot, run when it is awaited.
    fn sql<'a>(&'a self, query: &'a str) -> SqlQuery<'a>;

    /// The engine that this source's queries run on; it is started now if it was not yet.
    ///
    /// # Errors
    ///
    /// As [`SqlEngine::new`].
    fn sql_engine(&self) -> Result<SqlEngine>;

    /// Starts this source's engine with these options.
    ///
    /// # Errors
    ///
    /// [`InvalidQuery`](ErrorKind::InvalidQuery) if it runs already with other options: set them
    /// before the first query, or make an engine of your own with [`SqlEngine::new`].
    fn start_sql(&self, options: SqlOptions) -> Result<SqlEngine>;
}

impl<S: SnapshotSource> Sql for S {
    fn sql<'a>(&'a self, query: &'a str) -> SqlQuery<'a> {
        SqlQuery::new(self.sql_engine(), self, query)
    }

    fn sql_engine(&self) -> Result<SqlEngine> {
        engine(self, SqlOptions::default())
    }

    fn start_sql(&self, options: SqlOptions) -> Result<SqlEngine> {
        let engine = engine(self, options.clone())?;
        if *engine.options() != options {
            return Err(Error::new(
                ErrorKind::InvalidQuery,
                "the store's query engine runs already with other options; set them before the \
                 first query",
            ));
        }
        Ok(engine)
    }
}

fn engine<S: SnapshotSource>(source: &S, options: SqlOptions) -> Result<SqlEngine> {
    let engine = source
        .extensions()
        .get_or_try_init::<SqlEngine, Error>(|| SqlEngine::new(options))?;
    Ok(SqlEngine::clone(&engine))
}
