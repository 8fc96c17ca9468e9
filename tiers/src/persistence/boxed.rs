//! A backend that is chosen while the program runs.

use std::fmt;
use std::marker::PhantomData;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use thermocline_formats::Predicate;
use thermocline_formats::soa::ToArrow;

use super::{BatchPersistence, MemoryStats, SoAPersistence};
use crate::error::Result;

/// A typed persistence over any backend.
///
/// ```
/// # use thermocline_tiers::soa::{self, *};
/// # #[derive(Debug, PartialEq)]
/// # struct Readings { celsius: Vec<f64> }
/// # impl ArrowSchemaGen for Readings {
/// #     fn arrow_schema() -> SchemaRef { soa::schema([soa::field::<f64>("celsius")]) }
/// #     fn arrow_field_names() -> Vec<&'static str> { vec!["celsius"] }
/// #     fn arrow_field_types() -> Vec<DataType> { vec![DataType::Float64] }
/// # }
/// # impl ToArrow for Readings {
/// #     fn to_record_batch(&self) -> soa::Result<RecordBatch> {
/// #         soa::batch(&Self::arrow_schema(), vec![soa::to_column("celsius", &self.celsius)?])
/// #     }
/// #     fn from_record_batch(batch: &RecordBatch) -> soa::Result<Self> {
/// #         Ok(Self { celsius: soa::from_column(batch, "celsius")? })
/// #     }
/// # }
/// # futures::executor::block_on(async {
/// use thermocline_tiers::persistence::{
///     ArrowPersistence, DynPersistence, ParquetPersistence, SoAPersistence,
/// };
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path();
/// # let durable = true;
/// let mut readings: DynPersistence<Readings> = if durable {
///     DynPersistence::new(ParquetPersistence::new(path))
/// } else {
///     DynPersistence::new(ArrowPersistence::new())
/// };
/// readings.save(&Readings { celsius: vec![21.5] }).await?;
/// assert_eq!(readings.count().await?, 1);
/// # Ok::<_, thermocline_tiers::Error>(())
/// # }).unwrap();
/// ```
pub struct DynPersistence<T> {
    backend: Box<dyn BatchPersistence>,
    rows: PhantomData<fn() -> T>,
}

impl<T: ToArrow + Send + Sync> DynPersistence<T> {
    /// The typed face of a backend that keeps `T`s.
    #[must_use]
    pub fn new(backend: impl SoAPersistence<T> + 'static) -> Self {
        Self {
            backend: Box::new(backend),
            rows: PhantomData,
        }
    }

    /// The backend.
    #[must_use]
    pub fn into_inner(self) -> Box<dyn BatchPersistence> {
        self.backend
    }
}

impl<T> fmt::Debug for DynPersistence<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynPersistence")
            .field("schema", &self.backend.schema())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl<T> BatchPersistence for DynPersistence<T> {
    fn schema(&self) -> SchemaRef {
        self.backend.schema()
    }

    async fn save_batches(&mut self, batches: Vec<RecordBatch>) -> Result<()> {
        self.backend.save_batches(batches).await
    }

    async fn append_batches(&mut self, batches: Vec<RecordBatch>) -> Result<()> {
        self.backend.append_batches(batches).await
    }

    async fn scan_batches(&self, predicate: &Predicate) -> Result<Option<Vec<RecordBatch>>> {
        self.backend.scan_batches(predicate).await
    }

    async fn load_batches(&self) -> Result<Option<Vec<RecordBatch>>> {
        self.backend.load_batches().await
    }

    async fn count_rows(&self) -> Result<usize> {
        self.backend.count_rows().await
    }

    async fn remove_all(&mut self) -> Result<()> {
        self.backend.remove_all().await
    }

    async fn batch_stats(&self) -> Result<MemoryStats> {
        self.backend.batch_stats().await
    }
}

impl<T: ToArrow + Send + Sync> SoAPersistence<T> for DynPersistence<T> {}
