//! Rows in a directory of Parquet files.

mod directory;
mod listing;
mod mapped;
mod read;
mod write;

use std::fmt;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use thermocline_formats::soa::{ArrowSchemaGen, ToArrow};
use thermocline_formats::{Codec, ParquetOptions, PartitionBy, Predicate};

use self::directory::Directory;
use self::listing::Listing;
use super::arrow_conversion::check_predicate;
use super::{BatchPersistence, MemoryStats, SoAPersistence};
use crate::env::Env;
use crate::error::Result;

/// Keeps a set of rows in a directory of Parquet files, durably.
///
/// A change is there completely or not at all, whatever happens meanwhile:
/// files are written aside, synced and renamed, and a small file `_thermocline`
/// that lists them is replaced last. It also has lengths and checksums, so that
/// a truncated or damaged file is an error that names it. A directory has one
/// writer at a time; another is told that it is
/// [`Locked`](crate::ErrorKind::Locked). Readers need no lock, in any process.
///
/// Other programs read the directory as a set of Parquet files with Hive
/// partitions (`status=2/at_month=2024-03/part-….parquet`). A column that
/// partitions by its own value stands in the path and not in the files, as Hive
/// wants it. PyArrow, Spark and others take the directory as it is; Polars and DuckDB take the pattern
/// `…/**/*.parquet`. While a change is under way, or after a crash in it, other programs
/// may see files of before and after; the next change clears them away. Files
/// that are not in the list are never read, changed or removed.
///
/// Rows come back in the order in which they were saved and appended, partition
/// by partition. Each append is at least one file;
/// [`compact`](Self::compact) makes few of many.
///
/// Settings may be given in any order, except that
/// [`with_options`](Self::with_options) replaces all settings of files that
/// were given before it:
///
/// ```
/// # use thermocline_tiers::soa::{self, *};
/// # #[derive(Debug, PartialEq)]
/// # struct Readings { station: Vec<String>, celsius: Vec<f64> }
/// # impl ArrowSchemaGen for Readings {
/// #     fn arrow_schema() -> SchemaRef {
/// #         soa::schema([soa::field::<String>("station"), soa::field::<f64>("celsius")])
/// #     }
/// #     fn arrow_field_names() -> Vec<&'static str> { vec!["station", "celsius"] }
/// #     fn arrow_field_types() -> Vec<DataType> { vec![DataType::Utf8, DataType::Float64] }
/// # }
/// # impl ToArrow for Readings {
/// #     fn to_record_batch(&self) -> soa::Result<RecordBatch> {
/// #         soa::batch(&Self::arrow_schema(), vec![
/// #             soa::to_column("station", &self.station)?,
/// #             soa::to_column("celsius", &self.celsius)?,
/// #         ])
/// #     }
/// #     fn from_record_batch(batch: &RecordBatch) -> soa::Result<Self> {
/// #         Ok(Self {
/// #             station: soa::from_column(batch, "station")?,
/// #             celsius: soa::from_column(batch, "celsius")?,
/// #         })
/// #     }
/// # }
/// # futures::executor::block_on(async {
/// use thermocline_tiers::Codec;
/// use thermocline_tiers::persistence::{ParquetPersistence, SoAPersistence};
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path();
/// let mut readings = ParquetPersistence::<Readings>::new(path)
///     .with_compression(Codec::Zstd(9))
///     .with_partition_by("station".parse()?)
///     .with_row_group_rows(50_000);
/// let july = Readings {
///     station: vec!["EWR".into(), "JFK".into()],
///     celsius: vec![31.1, 28.9],
/// };
/// readings.save(&july).await?;
///
/// let again = ParquetPersistence::<Readings>::new(path);
/// assert_eq!(again.load().await?, Some(july));
/// assert!(path.join("station=EWR").is_dir());
/// # Ok::<_, thermocline_tiers::Error>(())
/// # }).unwrap();
/// ```
pub struct ParquetPersistence<T> {
    path: PathBuf,
    env: Env,
    options: ParquetOptions,
    partition_by: PartitionBy,
    rows: PhantomData<fn() -> T>,
}

impl<T: ArrowSchemaGen> ParquetPersistence<T> {
    /// The set in the directory `path`. Nothing is created before something is
    /// saved.
    #[must_use]
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().to_path_buf(),
            env: Env::real(),
            options: ParquetOptions::default(),
            partition_by: PartitionBy::none(),
            rows: PhantomData,
        }
    }

    /// Sets how pages are compressed; Zstandard, level 3, unless said.
    #[must_use]
    pub fn with_compression(mut self, codec: Codec) -> Self {
        self.options.codec = codec;
        self
    }

    /// Sets the size of a page in bytes, before compression.
    #[must_use]
    pub fn with_page_size(mut self, bytes: usize) -> Self {
        self.options.page_bytes = bytes;
        self
    }

    /// Sets the most rows of a row group.
    #[must_use]
    pub fn with_row_group_rows(mut self, rows: usize) -> Self {
        self.options.row_group_rows = rows;
        self
    }

    /// Sets all that can be set of a Parquet file, in place of what was set
    /// before.
    #[must_use]
    pub fn with_options(mut self, options: ParquetOptions) -> Self {
        self.options = options;
        self
    }

    /// Sets how rows are divided into files.
    #[must_use]
    pub fn with_partition_by(mut self, partition_by: PartitionBy) -> Self {
        self.partition_by = partition_by;
        self
    }

    /// Replaces the outside world: files, time, identifiers, threads.
    #[must_use]
    pub fn with_env(mut self, env: Env) -> Self {
        self.env = env;
        self
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes all rows anew, in one file for each partition, with the settings
    /// of now. A set that was never saved stays so.
    ///
    /// # Errors
    /// As [`BatchPersistence::load_batches`] and
    /// [`BatchPersistence::save_batches`]; the set is then as it was.
    pub async fn compact(&mut self) -> Result<()> {
        let directory = self.directory();
        self.env.blocking(move || directory.compact()).await
    }

    fn directory(&self) -> Directory {
        Directory {
            path: self.path.clone(),
            env: self.env.clone(),
            options: self.options.clone(),
            partition_by: self.partition_by.clone(),
            schema: T::arrow_schema(),
        }
    }

    /// What the directory lists; `None` when nothing was saved.
    async fn saved(&self) -> Result<Option<Listing>> {
        let directory = self.directory();
        let listing = self.env.blocking(move || directory.listing()).await?;
        Ok(listing.filter(|listing| listing.saved))
    }
}

impl<T> fmt::Debug for ParquetPersistence<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParquetPersistence")
            .field("path", &self.path)
            .field("options", &self.options)
            .field("partition_by", &self.partition_by)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl<T: ArrowSchemaGen> BatchPersistence for ParquetPersistence<T> {
    fn schema(&self) -> SchemaRef {
        T::arrow_schema()
    }

    async fn save_batches(&mut self, batches: Vec<RecordBatch>) -> Result<()> {
        let directory = self.directory();
        self.env
            .blocking(move || directory.write(&batches, write::Mode::Replace))
            .await
    }

    async fn append_batches(&mut self, batches: Vec<RecordBatch>) -> Result<()> {
        let directory = self.directory();
        self.env
            .blocking(move || directory.write(&batches, write::Mode::Append))
            .await
    }

    async fn scan_batches(&self, predicate: &Predicate) -> Result<Option<Vec<RecordBatch>>> {
        check_predicate(predicate, &self.schema())?;
        let directory = self.directory();
        let predicate = predicate.clone();
        self.env.blocking(move || directory.read(&predicate)).await
    }

    async fn count_rows(&self) -> Result<usize> {
        Ok(self.batch_stats().await?.total_rows)
    }

    async fn remove_all(&mut self) -> Result<()> {
        let directory = self.directory();
        self.env.blocking(move || directory.clear()).await
    }

    async fn batch_stats(&self) -> Result<MemoryStats> {
        let listing = self.saved().await?;
        let files = listing.map(|listing| listing.files).unwrap_or_default();
        let sum = |figures: &mut dyn Iterator<Item = u64>| {
            usize::try_from(figures.sum::<u64>()).unwrap_or(usize::MAX)
        };
        Ok(MemoryStats::new(
            sum(&mut files.iter().map(|file| file.seal.file_len)),
            sum(&mut files.iter().map(|file| file.stats.rows)),
            files.len(),
        ))
    }
}

impl<T: ToArrow + Send + Sync> SoAPersistence<T> for ParquetPersistence<T> {}
