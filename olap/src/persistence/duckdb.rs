//! The backend itself.

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parking_lot::Mutex;
use thermocline_tiers::persistence::{BatchPersistence, MemoryStats, SoAPersistence};
use thermocline_tiers::soa::{ArrowSchemaGen, ToArrow};
use thermocline_tiers::{Predicate, Result};

use super::database::Database;
use super::query::DuckDBQuery;
use super::runner::{Runner, execute};
use super::set::{Mode, Set, check_name};
use super::transaction::DuckDBTransaction;

/// Keeps a set of rows in a DuckDB table, in memory or in a file, with all of DuckDB's SQL.
///
/// The table is there from the first save or append on, and has a column for each of the type's,
/// `NOT NULL` where it is not an `Option`. Rows go in column by column, and each change is one
/// transaction. A new `Option` field of the type becomes a column with the next change. Rows come
/// back in the order in which they were saved and appended.
///
/// The database is an ordinary one: `duckdb` and its clients in other languages open the file, once
/// it is closed here. It is DuckDB that reads and writes the file; the store's own seams for files
/// and time are not used. Its SQL may do whatever DuckDB can, files and network included: text that
/// others wrote belongs to [`Sql`](crate::Sql) over a store.
///
/// Every value comes back bit for bit, in the types of the [table](crate#types) of this crate: where
/// SQL keeps a column under another type, it is converted back. A float of 16 bits keeps its value,
/// but not the payload of a NaN, and an instant too far away for microseconds is an error if it was
/// of seconds or milliseconds with a zone.
///
/// ```
/// # use thermocline_tiers::soa::{self, *};
/// # macro_rules! columns {
/// #     ($name:ident { $($field:ident: $ty:ty),* }) => {
/// #         #[derive(Debug, PartialEq)]
/// #         struct $name { $($field: Vec<$ty>),* }
/// #         impl ArrowSchemaGen for $name {
/// #             fn arrow_schema() -> SchemaRef {
/// #                 soa::schema([$(soa::field::<$ty>(stringify!($field))),*])
/// #             }
/// #             fn arrow_field_names() -> Vec<&'static str> { vec![$(stringify!($field)),*] }
/// #             fn arrow_field_types() -> Vec<DataType> { vec![] }
/// #         }
/// #         impl ToArrow for $name {
/// #             fn to_record_batch(&self) -> soa::Result<RecordBatch> {
/// #                 soa::batch(&Self::arrow_schema(), vec![
/// #                     $(soa::to_column(stringify!($field), &self.$field)?),*
/// #                 ])
/// #             }
/// #             fn from_record_batch(batch: &RecordBatch) -> soa::Result<Self> {
/// #                 Ok(Self { $($field: soa::from_column(batch, stringify!($field))?),* })
/// #             }
/// #         }
/// #     };
/// # }
/// # columns!(Readings { station: String, celsius: f64 });
/// # columns!(Warmest { station: String, place: i64 });
/// # futures::executor::block_on(async {
/// use thermocline_olap::persistence::DuckDBPersistence;
/// use thermocline_tiers::persistence::SoAPersistence;
///
/// let mut readings = DuckDBPersistence::<Readings>::new(None, "readings")?;
/// readings.save(&Readings {
///     station: vec!["EWR".into(), "JFK".into()],
///     celsius: vec![31.1, 28.9],
/// }).await?;
///
/// // `station` and `place` are the columns of `Warmest`.
/// let warmest: Warmest = readings
///     .sql("SELECT station, rank() OVER (ORDER BY celsius DESC) AS place FROM readings
///           WHERE celsius > ? ORDER BY place LIMIT 1")
///     .bind(20.0)
///     .rows()
///     .await?;
/// assert_eq!(warmest, Warmest { station: vec!["EWR".into()], place: vec![1] });
/// # Ok::<_, thermocline_tiers::Error>(())
/// # }).unwrap();
/// ```
pub struct DuckDBPersistence<T> {
    pub(super) set: Arc<Set>,
    runner: Runner,
    rows: PhantomData<fn() -> T>,
}

impl<T: ArrowSchemaGen> DuckDBPersistence<T> {
    /// The set in the table `table` of the database in the file `path`, which is created if there is
    /// none; without a path, of a new database in memory.
    ///
    /// Opening a file reads it, so that in an async program a thread for blocking work is the place
    /// for it.
    ///
    /// # Errors
    /// [`Locked`](thermocline_tiers::ErrorKind::Locked) when another process has the file open,
    /// [`Corrupt`](thermocline_tiers::ErrorKind::Corrupt) when it is no database,
    /// [`InvalidInput`](thermocline_tiers::ErrorKind::InvalidInput) for a name that no table can
    /// have.
    pub fn new(path: Option<&str>, table: impl Into<String>) -> Result<Self> {
        let table = table.into();
        check_name(&table)?;
        let database = Arc::new(Database::open(path.map(Path::new))?);
        Ok(Self::of(database, table))
    }

    /// Another set, in another table of the same database, so that one statement can join both.
    ///
    /// # Errors
    /// [`InvalidInput`](thermocline_tiers::ErrorKind::InvalidInput) for a name that no table can
    /// have.
    pub fn sibling<U: ArrowSchemaGen>(
        &self,
        table: impl Into<String>,
    ) -> Result<DuckDBPersistence<U>> {
        let table = table.into();
        check_name(&table)?;
        Ok(DuckDBPersistence::of(Arc::clone(&self.set.database), table))
    }

    fn of(database: Arc<Database>, table: String) -> Self {
        Self {
            runner: Runner::Alone(Arc::clone(&database)),
            set: Arc::new(Set {
                database,
                table,
                schema: T::arrow_schema(),
            }),
            rows: PhantomData,
        }
    }

    /// The table's name.
    #[must_use]
    pub fn table_name(&self) -> &str {
        &self.set.table
    }

    /// A statement about the database.
    pub fn sql(&self, query: &str) -> DuckDBQuery<'_> {
        DuckDBQuery::new(&self.runner, query)
    }

    /// Begins a transaction. What is done through it takes effect when it is committed, and not at
    /// all when it is rolled back or dropped; it sees the database as it is now, and its own
    /// changes.
    ///
    /// # Errors
    /// What the database says.
    pub async fn transaction(&mut self) -> Result<DuckDBTransaction<'_, T>> {
        let database = Arc::clone(&self.set.database);
        let connection = super::runner::blocking(move || {
            let connection = database.take()?;
            execute(&connection, "BEGIN")?;
            Ok(connection)
        })
        .await?;
        let runner = Runner::Together(Arc::new(Mutex::new(Some(connection))));
        Ok(DuckDBTransaction::new(self, runner))
    }
}

impl<T> fmt::Debug for DuckDBPersistence<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DuckDBPersistence")
            .field("table", &self.set.table)
            .field("file", &self.set.database.file)
            .finish_non_exhaustive()
    }
}

/// The methods of the core, for a set and where its statements run.
macro_rules! core {
    ($name:ident<$($lifetime:lifetime,)? T>) => {
        #[async_trait::async_trait]
        impl<$($lifetime,)? T: ArrowSchemaGen> BatchPersistence for $name<$($lifetime,)? T> {
            fn schema(&self) -> SchemaRef {
                Arc::clone(&self.set.schema)
            }

            async fn save_batches(&mut self, batches: Vec<RecordBatch>) -> Result<()> {
                self.set.written(&self.runner, batches, Mode::Replace).await
            }

            async fn append_batches(&mut self, batches: Vec<RecordBatch>) -> Result<()> {
                self.set.written(&self.runner, batches, Mode::Append).await
            }

            async fn scan_batches(
                &self,
                predicate: &Predicate,
            ) -> Result<Option<Vec<RecordBatch>>> {
                predicate.evaluate(&RecordBatch::new_empty(self.schema()))?;
                self.set.scanned(&self.runner, predicate).await
            }

            async fn count_rows(&self) -> Result<usize> {
                self.set.counted(&self.runner).await
            }

            async fn remove_all(&mut self) -> Result<()> {
                self.set.cleared(&self.runner).await
            }

            async fn batch_stats(&self) -> Result<MemoryStats> {
                self.set.sized(&self.runner).await
            }
        }

        impl<$($lifetime,)? T: ToArrow + Send + Sync> SoAPersistence<T> for $name<$($lifetime,)? T> {}
    };
}

core!(DuckDBPersistence<T>);
core!(DuckDBTransaction<'a, T>);
