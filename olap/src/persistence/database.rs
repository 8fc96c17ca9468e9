//! A DuckDB database and the connections to it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use duckdb_neo::connection::{Connection, SettingScope};
use duckdb_neo::environment::{Environment, StorageLocation};
use duckdb_neo::instance::{AttachBuilder, Instance, InstanceBuilder};
use parking_lot::Mutex;
use thermocline_tiers::{Error, ErrorKind, Result};

use super::error::failed;
use super::insert::{self, Pending};

/// Connections that are kept while nobody uses them.
const MOST_IDLE: usize = 8;

/// A database, in memory or in a file.
#[derive(Debug)]
pub(super) struct Database {
    idle: Mutex<Vec<Connection>>,
    /// Rows that a statement is about to insert.
    pub(super) pending: Arc<Pending>,
    pub(super) file: Option<PathBuf>,
    instance: Instance,
}

impl Database {
    pub(super) fn open(path: Option<&Path>) -> Result<Self> {
        let location = match path {
            None => StorageLocation::InMemory,
            Some(path) => StorageLocation::OnDisk(text(path)?.to_owned()),
        };
        let mut builder = InstanceBuilder::new()
            // Nothing is fetched from the network unless a statement says so.
            .option("autoinstall_known_extensions", "false")
            // A statement that runs into a bug fails; the ones after it need not.
            .option("disable_database_invalidation", "true");
        if path.is_none() {
            let spill = spill_directory();
            builder = builder.option("temp_directory", text(&spill)?);
        }
        let instance = builder.build(environment()?).map_err(failed)?;
        instance
            .attach(AttachBuilder::new(location).make_default())
            .map_err(failed)?;
        let config = instance.config().map_err(failed)?;
        // Where DuckDB knows zones, it takes the system's; answers are the same everywhere.
        if config.try_get_value("TimeZone").map_err(failed)?.is_some() {
            config
                .set_text("TimeZone", "UTC", SettingScope::Global)
                .map_err(failed)?;
        }
        let pending = Arc::new(Pending::default());
        let connection = instance.connect().map_err(failed)?;
        insert::register(&connection, Arc::clone(&pending)).map_err(failed)?;
        Ok(Self {
            idle: Mutex::new(vec![connection]),
            pending,
            file: path.map(Path::to_path_buf),
            instance,
        })
    }

    pub(super) fn take(&self) -> Result<Connection> {
        match self.idle.lock().pop() {
            Some(connection) => Ok(connection),
            None => self.connect(),
        }
    }

    /// A connection of its own, for a statement that changes what it has.
    pub(super) fn connect(&self) -> Result<Connection> {
        self.instance.connect().map_err(failed)
    }

    pub(super) fn give_back(&self, connection: Connection) {
        let mut idle = self.idle.lock();
        if idle.len() < MOST_IDLE {
            idle.push(connection);
        }
    }
}

/// The environment of all databases of this process: within one, DuckDB notices that a file is
/// open already.
fn environment() -> Result<&'static Environment> {
    static ENVIRONMENT: OnceLock<Environment> = OnceLock::new();
    if let Some(environment) = ENVIRONMENT.get() {
        return Ok(environment);
    }
    let environment = Environment::new().map_err(failed)?;
    Ok(ENVIRONMENT.get_or_init(|| environment))
}

/// A directory that no other database spills to; DuckDB makes it when it needs it.
fn spill_directory() -> PathBuf {
    static DATABASES: AtomicU64 = AtomicU64::new(0);
    let database = DATABASES.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!(
        "thermocline-duckdb-{}-{database}",
        std::process::id()
    ))
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| {
        Error::new(
            ErrorKind::InvalidInput,
            format!(
                "`{}` cannot be a path of a database: it must be Unicode",
                path.display()
            ),
        )
    })
}
