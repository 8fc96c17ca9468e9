//! The query engine of a store.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use thermocline_tiers::SnapshotSource;

use crate::pins::Pins;
use crate::query::SqlQuery;
use crate::session::Sessions;
use crate::{Error, Result, SqlOptions, lockdown, scan};

/// One in-memory DuckDB that answers queries about snapshots of a store.
///
/// It holds no rows: a query reads the segments where they are. Threads, memory and the directory
/// to spill to are shared by all queries of an engine. [`Sql::sql`](crate::Sql::sql) makes one for
/// each store when it is first used.
///
/// ```
/// use thermocline_olap::{SqlEngine, SqlOptions};
///
/// let engine = SqlEngine::new(SqlOptions::default().with_threads(2))?;
/// assert_eq!(engine.options().threads, Some(2));
/// # Ok::<(), thermocline_olap::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SqlEngine {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: SqlOptions,
    sessions: Sessions,
}

impl SqlEngine {
    /// Starts an engine.
    ///
    /// # Errors
    ///
    /// [`NotAllowed`](crate::ErrorKind::NotAllowed) or
    /// [`InvalidQuery`](crate::ErrorKind::InvalidQuery) if DuckDB refuses one of the options, such
    /// as a memory limit of a few bytes.
    pub fn new(options: SqlOptions) -> Result<Self> {
        let spill = options
            .spill_directory
            .clone()
            .unwrap_or_else(default_spill_directory);
        let spill = spill.to_str().ok_or_else(|| {
            Error::invalid("the directory to spill to must have a name in Unicode")
        })?;
        let instance = lockdown::instance(&options, spill)?;
        let pins = Arc::new(Pins::default());
        scan::register(&instance.connect()?, Arc::clone(&pins))?;
        lockdown::lock(&instance)?;
        Ok(Self {
            shared: Arc::new(Shared {
                options,
                sessions: Sessions::new(instance, pins),
            }),
        })
    }

    /// How the engine was set up.
    #[must_use]
    pub fn options(&self) -> &SqlOptions {
        &self.shared.options
    }

    /// A query about the newest snapshot of `source`. See [`SqlQuery`].
    pub fn sql<'a>(&self, source: &'a dyn SnapshotSource, query: &'a str) -> SqlQuery<'a> {
        SqlQuery::new(Ok(self.clone()), source, query)
    }

    pub(crate) fn sessions(&self) -> &Sessions {
        &self.shared.sessions
    }
}

/// A directory that no other engine spills to. DuckDB makes it when it needs it, and removes its
/// files when they are done with.
fn default_spill_directory() -> PathBuf {
    static ENGINES: AtomicU64 = AtomicU64::new(0);
    let engine = ENGINES.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("thermocline-sql-{}-{engine}", std::process::id()))
}
