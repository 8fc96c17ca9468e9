//! One version of each table of a place.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::{Archive, ArchivedTable};
use crate::cold::At;
use crate::error::Result;
use crate::extensions::Extensions;
use crate::snapshot::{Snapshot, SnapshotSource};

/// One version of each table of an [`Archive`], which a query engine can read. It stays
/// what it is while others write.
#[derive(Clone)]
pub struct ArchiveSnapshot {
    tables: Arc<[ArchivedTable]>,
    snapshot: Snapshot,
    extensions: Arc<Extensions>,
}

impl Archive {
    /// Pins one version of each table.
    ///
    /// # Errors
    /// As [`tables`](Self::tables), and when one of them cannot be read;
    /// [`Expired`](crate::ErrorKind::Expired) when files of that version were removed since.
    pub async fn snapshot(&self, at: At) -> Result<ArchiveSnapshot> {
        let tables = self.tables(at).await?.into_iter();
        let tables: Result<Vec<_>> = tables.map(|(_, table)| table).collect();
        ArchiveSnapshot::of(tables?).await
    }
}

impl ArchiveSnapshot {
    /// These versions, to be read together.
    ///
    /// # Errors
    /// As [`ArchivedTable::snapshot`].
    pub async fn of(tables: Vec<ArchivedTable>) -> Result<Self> {
        let mut pinned = Vec::with_capacity(tables.len());
        for table in &tables {
            pinned.push(table.snapshot().await?);
        }
        Ok(Self {
            tables: tables.into(),
            snapshot: Snapshot::of(pinned),
            extensions: Arc::default(),
        })
    }

    /// Its tables, by name.
    #[must_use]
    pub fn tables(&self) -> &[ArchivedTable] {
        &self.tables
    }

    /// The same as a snapshot of a store, with cold rows only.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }
}

impl SnapshotSource for ArchiveSnapshot {
    fn pin(&self) -> BoxFuture<'_, Result<Snapshot>> {
        Box::pin(async { Ok(self.snapshot.clone()) })
    }

    fn extensions(&self) -> &Extensions {
        &self.extensions
    }
}

impl fmt::Debug for ArchiveSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArchiveSnapshot")
            .field("tables", &self.tables)
            .finish_non_exhaustive()
    }
}
