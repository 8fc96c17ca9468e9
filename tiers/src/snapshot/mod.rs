//! Snapshots: one consistent view of all tables and tiers.

mod source;
mod table;
mod view;

use std::sync::Arc;

pub use source::SnapshotSource;
pub use table::TableSnapshot;
pub(crate) use view::{TableLayout, TableView, View};

use crate::env::Env;
use crate::lsn::Lsn;

/// One consistent view of all tables and tiers: every write up to
/// [`lsn`](Self::lsn), whole, and nothing of any later one.
///
/// It stays readable and unchanged while rows are appended, moved and dropped,
/// and keeps the files that it can see from being collected by its own
/// process. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Snapshot {
    lsn: Lsn,
    version: u64,
    tables: Arc<[TableSnapshot]>,
}

impl Snapshot {
    pub(crate) fn new(env: &Env, view: &View, lsn: Lsn) -> Self {
        let tables = view
            .tables
            .values()
            .map(|table| TableSnapshot::new(env, Arc::clone(table), lsn));
        Self {
            lsn,
            version: view.version,
            tables: tables.collect(),
        }
    }

    /// Tables that have no store, and so no order of writes.
    pub(crate) fn of(tables: Vec<TableSnapshot>) -> Self {
        Self {
            lsn: Lsn::ZERO,
            version: 0,
            tables: tables.into(),
        }
    }

    /// The last write that it sees.
    #[must_use]
    pub fn lsn(&self) -> Lsn {
        self.lsn
    }

    /// Version of the manifest that it sees. It grows with every move, and with
    /// every table or column that is created or dropped.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Its tables, by name.
    pub fn tables(&self) -> impl Iterator<Item = &TableSnapshot> {
        self.tables.iter()
    }

    /// One of its tables.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&TableSnapshot> {
        self.tables.iter().find(|table| table.name() == name)
    }
}
