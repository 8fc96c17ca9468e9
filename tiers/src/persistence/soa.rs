//! The typed face of a persistence.

use std::future::Future;

use thermocline_formats::Predicate;
use thermocline_formats::soa::ToArrow;

use super::arrow_conversion::rows;
use super::{BatchPersistence, MemoryStats};
use crate::error::Result;

/// A place that keeps one set of rows of the type `T`, such as an `OrderSoA`.
///
/// All methods are there already, made of those of [`BatchPersistence`]. Their
/// futures are `Send`, so that they may run on any runtime's threads.
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
/// use thermocline_tiers::Predicate;
/// use thermocline_tiers::persistence::{ArrowPersistence, SoAPersistence};
///
/// let mut readings = ArrowPersistence::<Readings>::new();
/// assert_eq!(readings.load().await?, None);
/// readings.save(&Readings { celsius: vec![21.5, 23.0] }).await?;
/// readings.append(&Readings { celsius: vec![19.0] }).await?;
///
/// let warm = readings.scan(&Predicate::gt("celsius", 20.0)).await?;
/// assert_eq!(warm, Some(Readings { celsius: vec![21.5, 23.0] }));
/// # Ok::<_, thermocline_tiers::Error>(())
/// # }).unwrap();
/// ```
pub trait SoAPersistence<T: ToArrow + Send + Sync>: BatchPersistence {
    /// Makes `data` the set; afterwards, nothing else is in it.
    ///
    /// # Errors
    /// What [`ToArrow::to_record_batch`] and [`BatchPersistence::save_batches`]
    /// say; the set is then as it was.
    fn save(&mut self, data: &T) -> impl Future<Output = Result<()>> + Send {
        let batch = data.to_record_batch();
        async move { self.save_batches(vec![batch?]).await }
    }

    /// Adds the rows of `data` behind those that are there.
    ///
    /// # Errors
    /// As [`save`](Self::save).
    fn append(&mut self, data: &T) -> impl Future<Output = Result<()>> + Send {
        let batch = data.to_record_batch();
        async move { self.append_batches(vec![batch?]).await }
    }

    /// All rows: a set without rows when such a one was saved, `None` when none
    /// ever was.
    ///
    /// # Errors
    /// What [`BatchPersistence::scan_batches`] and
    /// [`ToArrow::from_record_batch`] say.
    fn load(&self) -> impl Future<Output = Result<Option<T>>> + Send {
        async move {
            let batches = self.load_batches().await?;
            batches.map(|all| rows(&self.schema(), &all)).transpose()
        }
    }

    /// The whole set, if the condition holds for it. It is loaded to be asked;
    /// for a choice of rows, [`scan`](Self::scan) reads less.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    fn query(
        &self,
        predicate: impl Fn(&T) -> bool + Send,
    ) -> impl Future<Output = Result<Option<T>>> + Send {
        async move { Ok(self.load().await?.filter(|all| predicate(all))) }
    }

    /// The rows that match a condition on columns. It is handed down to where
    /// the rows are: files and parts of files that no row can match in are not
    /// read. `None` when the set was never saved.
    ///
    /// # Errors
    /// As [`load`](Self::load);
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when the condition does
    /// not fit the columns.
    fn scan(&self, predicate: &Predicate) -> impl Future<Output = Result<Option<T>>> + Send {
        async move {
            let batches = self.scan_batches(predicate).await?;
            batches.map(|some| rows(&self.schema(), &some)).transpose()
        }
    }

    /// Number of rows.
    ///
    /// # Errors
    /// What the backend's storage says.
    fn count(&self) -> impl Future<Output = Result<usize>> + Send {
        self.count_rows()
    }

    /// Forgets the set, as if it had never been saved.
    ///
    /// # Errors
    /// What the backend's storage says.
    fn clear(&mut self) -> impl Future<Output = Result<()>> + Send {
        self.remove_all()
    }

    /// How much room the set takes.
    ///
    /// # Errors
    /// What the backend's storage says.
    fn memory_stats(&self) -> impl Future<Output = Result<MemoryStats>> + Send {
        self.batch_stats()
    }
}
