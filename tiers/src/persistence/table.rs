//! The typed face of a table.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use thermocline_formats::Predicate;
use thermocline_formats::soa::ToArrow;

use super::arrow_conversion::{conform_batch, rows};
use crate::error::{Error, ErrorKind, Result};
use crate::log::{Durability, Receipt};
use crate::scan::ScanOptions;
use crate::snapshot::Snapshot;
use crate::store::Store;
use crate::table::{Table, TableOptions};

/// A table whose rows are `T`s, such as an `OrderSoA`. Made by
/// [`Store::typed`].
///
/// The rows are in any mixture of tiers and come back the same from each.
/// Cloning is cheap; all methods may be called from many tasks at the same time.
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
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use thermocline_tiers::{Predicate, Selection, Store, Tier};
///
/// # let dir = tempfile::tempdir().unwrap();
/// let store = Store::open_or_create(dir.path()).await?;
/// let readings = store.typed::<Readings>("readings").await?;
/// readings.append(&Readings { celsius: vec![21.5, 23.0, 19.0] }).await?;
/// readings.table().move_to(&Selection::All, Tier::Cold).await?;
///
/// let warm = readings.scan(&Predicate::gt("celsius", 20.0)).await?;
/// assert_eq!(warm, Readings { celsius: vec![21.5, 23.0] });
/// # Ok::<_, thermocline_tiers::Error>(())
/// # }).unwrap();
/// ```
pub struct TypedTable<T> {
    store: Store,
    table: Table,
    rows: PhantomData<fn() -> T>,
}

impl Store {
    /// The table `name` with rows of the type `T`. It is created if there is
    /// none. Nullable columns that `T` has and the table has not, new `Option`
    /// fields, are added to it; older rows have null there.
    ///
    /// # Errors
    /// [`SchemaMismatch`](ErrorKind::SchemaMismatch), naming the column, when
    /// the table differs from `T` in any other way.
    pub async fn typed<T: ToArrow>(&self, name: &str) -> Result<TypedTable<T>> {
        self.typed_with(name, |options| options).await
    }

    /// As [`typed`](Self::typed), with a say in how the table is created:
    /// `options` gets those with the columns of `T` and adds partitions, order,
    /// event time or rules. A table that is there keeps its own.
    ///
    /// # Errors
    /// As [`typed`](Self::typed), and what [`create_table`](Self::create_table)
    /// says.
    pub async fn typed_with<T: ToArrow>(
        &self,
        name: &str,
        options: impl FnOnce(TableOptions) -> TableOptions + Send,
    ) -> Result<TypedTable<T>> {
        let table = match self.table(name) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let options = options(TableOptions::new(T::arrow_schema()));
                match self.create_table(name, options).await {
                    // Another task was faster.
                    Err(error) if error.kind() == ErrorKind::AlreadyExists => self.table(name)?,
                    created => created?,
                }
            }
            found => found?,
        };
        evolve(&table, &T::arrow_schema()).await?;
        Ok(TypedTable {
            store: self.clone(),
            table,
            rows: PhantomData,
        })
    }
}

/// Adds the nullable columns that a type has and a table has not, and refuses
/// every other difference.
fn evolve<'a>(table: &'a Table, wanted: &'a SchemaRef) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let found = table.schema()?;
        let named = |column: &str, message: String| {
            Error::new(ErrorKind::SchemaMismatch, message).on_column(column)
        };
        // Before anything is added.
        conform_batch(&RecordBatch::new_empty(Arc::clone(&found)), wanted).map_err(|error| {
            let column = error.column().unwrap_or_default().to_owned();
            named(
                &column,
                format!("table `{}` does not fit its type: {error}", table.name()),
            )
            .because(error)
        })?;
        for field in found.fields() {
            let name = field.name();
            let differs = wanted
                .field_with_name(name)
                .is_ok_and(|wanted| wanted.is_nullable() != field.is_nullable());
            if differs {
                let (is, way_out) = if field.is_nullable() {
                    ("may be null", "make the field an `Option`")
                } else {
                    ("is never null", "make the field no `Option`")
                };
                let table = table.name();
                let message = format!("column `{name}` of table `{table}` {is}; {way_out}");
                return Err(named(name, message));
            }
        }
        for field in wanted.fields() {
            if found.field_with_name(field.name()).is_err() {
                match table.add_column(field.as_ref().clone()).await {
                    // Another task was faster.
                    Err(_) if table.schema()?.field_with_name(field.name()).is_ok() => {}
                    added => added?,
                }
            }
        }
        Ok(())
    })
}

impl<T: ToArrow> TypedTable<T> {
    /// The table below, for everything that does not concern the type: moves,
    /// segments, seals.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The store that it is in.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Adds rows, and waits until they are on disk.
    ///
    /// # Errors
    /// What [`ToArrow::to_record_batch`] and [`Table::append`] say. A column
    /// that was added since the table was opened is a
    /// [`SchemaMismatch`](ErrorKind::SchemaMismatch).
    pub async fn append(&self, rows: &T) -> Result<Receipt> {
        self.append_with(rows, Durability::Disk).await
    }

    /// Adds rows, and waits until they are as safe as `durability` says.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn append_with(
        &self,
        rows: &T,
        durability: Durability,
    ) -> impl Future<Output = Result<Receipt>> + Send {
        let batch = self.in_order(rows);
        let table = self.table.clone();
        async move { table.append_with(batch?, durability).await }
    }

    /// The rows as a batch in the table's order of columns.
    fn in_order(&self, rows: &T) -> Result<RecordBatch> {
        let batch = rows.to_record_batch()?;
        let schema = self.table.schema()?;
        let columns = schema.fields().iter().map(|field| {
            let schema = batch.schema_ref();
            schema.index_of(field.name()).map_err(|_| {
                Error::new(
                    ErrorKind::SchemaMismatch,
                    format!(
                        "table `{}` has a column `{}` that its type has not; open it with a type \
                         that has",
                        self.table.name(),
                        field.name()
                    ),
                )
                .on_column(field.name())
            })
        });
        let columns = columns.collect::<Result<Vec<_>>>()?;
        Ok(batch.project(&columns)?)
    }

    /// All rows, of one snapshot, in no promised order.
    ///
    /// # Errors
    /// When a file cannot be read, or a value is none of the type.
    pub async fn load(&self) -> Result<T> {
        self.scan(&Predicate::True).await
    }

    /// The rows that match, of one snapshot, in no promised order. Segments,
    /// blocks and pages that no row can match in are not read.
    ///
    /// # Errors
    /// As [`load`](Self::load); [`InvalidInput`](ErrorKind::InvalidInput) when
    /// the condition does not fit the columns.
    pub async fn scan(&self, predicate: &Predicate) -> Result<T> {
        self.scan_at(&self.store.snapshot(), predicate).await
    }

    /// The rows that match, as a snapshot sees them.
    ///
    /// # Errors
    /// As [`scan`](Self::scan).
    pub async fn scan_at(&self, snapshot: &Snapshot, predicate: &Predicate) -> Result<T> {
        let batches: Vec<_> = self.batches(snapshot, predicate)?.try_collect().await?;
        rows(&T::arrow_schema(), &batches)
    }

    /// The rows that match, some at a time, so that a table larger than memory
    /// can be gone through.
    ///
    /// # Errors
    /// When the table was dropped, or the condition does not fit the columns;
    /// the stream as [`load`](Self::load).
    pub fn stream(&self, predicate: &Predicate) -> Result<BoxStream<'static, Result<T>>>
    where
        T: 'static,
    {
        let schema = T::arrow_schema();
        let batches = self.batches(&self.store.snapshot(), predicate)?;
        Ok(batches.map(move |batch| rows(&schema, &[batch?])).boxed())
    }

    /// Number of rows.
    ///
    /// # Errors
    /// When the table was dropped.
    pub fn count(&self) -> Result<usize> {
        let rows = self.in_snapshot(&self.store.snapshot())?.rows();
        Ok(usize::try_from(rows).unwrap_or(usize::MAX))
    }

    fn in_snapshot(&self, snapshot: &Snapshot) -> Result<crate::snapshot::TableSnapshot> {
        snapshot.table(self.table.name()).cloned().ok_or_else(|| {
            Error::not_found(format!(
                "the snapshot has no table `{}`; it was dropped",
                self.table.name()
            ))
        })
    }

    fn batches(
        &self,
        snapshot: &Snapshot,
        predicate: &Predicate,
    ) -> Result<BoxStream<'static, Result<RecordBatch>>> {
        super::arrow_conversion::check_predicate(predicate, &T::arrow_schema())?;
        let options = ScanOptions::new().with_predicate(predicate.clone());
        Ok(self.in_snapshot(snapshot)?.scan(options)?.stream())
    }
}

impl<T> Clone for TypedTable<T> {
    fn clone(&self) -> Self {
        Self {
            store: self.store.clone(),
            table: self.table.clone(),
            rows: PhantomData,
        }
    }
}

impl<T> fmt::Debug for TypedTable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedTable")
            .field("table", &self.table)
            .finish_non_exhaustive()
    }
}
