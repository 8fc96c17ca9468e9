//! Cold tables without a store: Delta tables at a URL, read one version at a time, and
//! added to in chunks.
//!
//! - [`Archive`] is a place that has such tables
//! - [`ArchivedTable`] is one version of one of them; [`ArchiveSnapshot`] one of each
//! - [`Archiver`] adds the rows of one job, exactly once; [`ReadAhead`] reads more of them meanwhile

mod append;
mod files;
mod find;
mod open;
mod snapshot;
mod table;

use crate::cold::ColdStore;
use crate::env::Env;

pub use append::{ArchiveOptions, ArchiveReport, Archiver, Chunk, ReadAhead};
pub use open::ArchiveBuilder;
pub use snapshot::ArchiveSnapshot;
pub use table::{ArchivedPartition, ArchivedTable};

/// A place with cold tables, without a store: a folder, or a prefix in a bucket. Each of
/// its folders that has a Delta log is a table; a place that has one itself is one table.
///
/// Tables of our own come back in their exact Arrow types, those of other programs in the
/// types that Delta Lake has. Nothing is seen but the cold rows: what a store has of a
/// table in its faster tiers is not here.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # let dir = tempfile::tempdir().unwrap();
/// # let url = dir.path().to_str().unwrap();
/// use std::sync::Arc;
/// use arrow::array::{ArrayRef, Int64Array, RecordBatch};
/// use thermocline_tiers::{Archive, ArchiveOptions, At};
///
/// let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
/// let batch = RecordBatch::try_from_iter([("id", ids)]).unwrap();
///
/// let archive = Archive::builder(url).create_if_missing().open().await?;
/// let options = ArchiveOptions::new(batch.schema());
/// let mut archiver = archive.append("events", "first-job", options).await?;
/// archiver.append(batch).await?;
/// archiver.finish().await?;
///
/// let events = archive.table("events", At::Newest).await?;
/// assert_eq!((events.version(), events.rows()), (1, Some(3)));
/// # Ok::<_, thermocline_tiers::Error>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct Archive {
    env: Env,
    /// As errors and people are told.
    place: String,
    cold: ColdStore,
    /// The same place for a first contact that somebody waits for.
    first: ColdStore,
}

impl Archive {
    /// Says which place is meant, and how it is reached: `s3://bucket/prefix`,
    /// `file:///folder`, a path, and so on, as for
    /// [`StoreBuilder::cold_url`](crate::StoreBuilder::cold_url).
    pub fn builder(url: impl AsRef<str>) -> ArchiveBuilder {
        ArchiveBuilder::new(url.as_ref())
    }

    /// Opens a place for reading.
    ///
    /// # Errors
    /// As [`ArchiveBuilder::open`].
    pub async fn open(url: impl AsRef<str>) -> crate::Result<Self> {
        Self::builder(url).open().await
    }

    /// The place, as it was given.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }
}
