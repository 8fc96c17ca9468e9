//! The object-safe core of a persistence.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use thermocline_formats::Predicate;

use super::MemoryStats;
use crate::error::Result;

/// A place that keeps one set of rows, as record batches of one schema.
///
/// Every method may be called through `dyn`. A typed face for it is
/// [`SoAPersistence`](super::SoAPersistence), which needs no code: for a backend
/// that keeps `OrderSoA`s, `impl SoAPersistence<OrderSoA> for MyBackend {}`.
///
/// A set that was never saved is told apart from one without rows. Batches that
/// come back have the [`schema`](Self::schema) exactly; batches that go in are
/// matched to it by name.
#[async_trait]
pub trait BatchPersistence: Send + Sync {
    /// The columns of every batch.
    fn schema(&self) -> SchemaRef;

    /// Makes these rows the set; afterwards, nothing else is in it. A failure
    /// leaves the set as it was.
    ///
    /// # Errors
    /// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) when a batch does
    /// not fit; and what the backend's storage says.
    async fn save_batches(&mut self, batches: Vec<RecordBatch>) -> Result<()>;

    /// Adds rows behind those that are there. A set that was never saved is
    /// saved by it. A failure leaves the set as it was.
    ///
    /// # Errors
    /// As [`save_batches`](Self::save_batches).
    async fn append_batches(&mut self, batches: Vec<RecordBatch>) -> Result<()>;

    /// The rows that match; `None` when the set was never saved.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when the condition does
    /// not fit the columns, [`Corrupt`](crate::ErrorKind::Corrupt) when what is
    /// stored is damaged.
    async fn scan_batches(&self, predicate: &Predicate) -> Result<Option<Vec<RecordBatch>>>;

    /// All rows; `None` when the set was never saved.
    ///
    /// # Errors
    /// As [`scan_batches`](Self::scan_batches).
    async fn load_batches(&self) -> Result<Option<Vec<RecordBatch>>> {
        self.scan_batches(&Predicate::True).await
    }

    /// Number of rows.
    ///
    /// # Errors
    /// What the backend's storage says.
    async fn count_rows(&self) -> Result<usize>;

    /// Forgets the set, as if it had never been saved.
    ///
    /// # Errors
    /// What the backend's storage says.
    async fn remove_all(&mut self) -> Result<()>;

    /// How much room the set takes.
    ///
    /// # Errors
    /// What the backend's storage says.
    async fn batch_stats(&self) -> Result<MemoryStats>;
}

#[async_trait]
impl<P: BatchPersistence + ?Sized> BatchPersistence for Box<P> {
    fn schema(&self) -> SchemaRef {
        (**self).schema()
    }

    async fn save_batches(&mut self, batches: Vec<RecordBatch>) -> Result<()> {
        (**self).save_batches(batches).await
    }

    async fn append_batches(&mut self, batches: Vec<RecordBatch>) -> Result<()> {
        (**self).append_batches(batches).await
    }

    async fn scan_batches(&self, predicate: &Predicate) -> Result<Option<Vec<RecordBatch>>> {
        (**self).scan_batches(predicate).await
    }

    async fn load_batches(&self) -> Result<Option<Vec<RecordBatch>>> {
        (**self).load_batches().await
    }

    async fn count_rows(&self) -> Result<usize> {
        (**self).count_rows().await
    }

    async fn remove_all(&mut self) -> Result<()> {
        (**self).remove_all().await
    }

    async fn batch_stats(&self) -> Result<MemoryStats> {
        (**self).batch_stats().await
    }
}
