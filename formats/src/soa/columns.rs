//! Structs of columns, and batches.

use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Schema, SchemaRef};

use super::{AnyColumn, FieldColumn, Place, Source};
use crate::{Error, Result};

/// A struct whose rows can be kept as columns. `#[derive(SoA)]` implements it.
pub trait Row: Sized + 'static {
    /// The columns of the struct: `OrderSoA` for `Order`.
    type Columns: Columns<Row = Self>;
}

/// The rows of a struct, as one column for each field. `#[derive(SoA)]` implements it for the
/// struct that it makes; that struct has all of this as methods of its own.
///
/// All columns have the same number of rows. Nothing here panics for a row that isn't there.
pub trait Columns: Clone + Debug + Default + PartialEq + Send + Sync + 'static {
    /// The struct.
    type Row: Row<Columns = Self>;

    /// A row where it stands.
    type View<'a>: Clone + Debug + PartialEq;

    /// A row that can be changed where it stands.
    type Mut<'a>;

    /// The fields of the Arrow schema, in the order of the struct.
    fn fields() -> Vec<Field>;

    /// Shows every column with its name in the schema, in that order.
    fn each<'a>(&'a self, visit: &mut dyn FnMut(&'static str, &'a dyn AnyColumn));

    /// Shows every column, to change all in the same way.
    fn each_mut(&mut self, visit: &mut dyn FnMut(&mut dyn AnyColumn));

    /// Takes the columns from where they are by name.
    ///
    /// # Errors
    ///
    /// As [`from_batch`] has them.
    fn from_source(source: &Source<'_>) -> Result<Self>;

    /// The number of rows.
    fn len(&self) -> usize;

    /// Adds a row at the end.
    fn push(&mut self, row: Self::Row);

    /// A row where it stands. For a row that isn't there, all its values are placeholders.
    fn at(&self, row: usize) -> Self::View<'_>;

    /// Replaces a row; says whether there is such a row.
    fn set(&mut self, row: usize, value: Self::Row) -> bool;

    /// A row, to change it; `None` if there is no such row.
    fn view_mut(&mut self, row: usize) -> Option<Self::Mut<'_>>;

    /// What stands in a row that can be changed.
    fn read<'a>(row: &'a Self::Mut<'_>) -> Self::View<'a>;

    /// A copy of a row.
    fn to_row(view: Self::View<'_>) -> Self::Row;

    /// Whether there are no rows.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A row where it stands, if there is such a row.
    fn view(&self, row: usize) -> Option<Self::View<'_>> {
        (row < self.len()).then(|| self.at(row))
    }

    /// A copy of a row, if there is such a row.
    fn get(&self, row: usize) -> Option<Self::Row> {
        self.view(row).map(Self::to_row)
    }

    /// Makes room for so many more rows.
    fn reserve(&mut self, additional: usize) {
        self.each_mut(&mut |column| column.reserve(additional));
    }

    /// Keeps the first `rows` rows.
    fn truncate(&mut self, rows: usize) {
        self.each_mut(&mut |column| column.truncate(rows));
    }

    /// Removes a row, puts the last one in its place, and gives back what was there; `None` if
    /// there is no such row.
    fn swap_remove(&mut self, row: usize) -> Option<Self::Row> {
        let removed = self.get(row)?;
        self.each_mut(&mut |column| column.swap_remove(row));
        Some(removed)
    }

    /// Sorts the rows by a key. Rows with equal keys stay in their order.
    fn sort_by_key<K: Ord>(&mut self, key: impl FnMut(Self::View<'_>) -> K) {
        let keys: Vec<K> = (0..self.len()).map(|row| self.at(row)).map(key).collect();
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by(|a, b| keys.get(*a).cmp(&keys.get(*b)));
        self.each_mut(&mut |column| column.reorder(&order));
    }

    /// The bytes that the columns' buffers take, room for more rows included.
    fn memory_size(&self) -> usize {
        let mut bytes = 0;
        self.each(&mut |_, column| bytes += column.memory_size());
        bytes
    }
}

/// The schema of columns.
#[must_use]
pub fn schema_of<C: Columns>() -> SchemaRef {
    Arc::new(Schema::new(C::fields()))
}

/// All rows as one batch. Buffers are shared with the batch where the columns have Arrow's layout:
/// for numbers, and all that is held as numbers, nothing is copied.
///
/// # Errors
///
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a value that its column's Arrow type can't
/// hold, and if the columns have different lengths;
/// [`Unsupported`](crate::ErrorKind::Unsupported) if texts, bytes or lists exceed what one array
/// holds. The error names the column.
pub fn to_batch<C: Columns>(columns: &C, schema: SchemaRef) -> Result<RecordBatch> {
    let arrays = arrays_of(columns, &Place::root())?;
    let options = RecordBatchOptions::new().with_row_count(Some(columns.len()));
    RecordBatch::try_new_with_options(schema, arrays, &options)
        .map_err(|error| Error::invalid("the columns don't fit the schema").with_source(error))
}

/// The rows of a batch. Columns are matched by name, in any order. Buffers are shared with the
/// batch where the columns have Arrow's layout; the first change copies those that the batch, or
/// someone else, still holds.
///
/// # Errors
///
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a column that is missing and not optional,
/// that the struct doesn't have, that stands there twice, has another type, or a null where it
/// takes none; [`Error::mismatch`] tells these apart. The same kind for a value that the field's
/// type doesn't have, such as an unknown code of an enum; [`Error::invalid_row`] has its row.
/// The error names the column.
pub fn from_batch<C: Columns>(batch: &RecordBatch) -> Result<C> {
    let (schema, rows) = (batch.schema_ref(), batch.num_rows());
    Source::new(schema.fields(), batch.columns(), rows, Place::root()).read()
}

/// A column without nulls of its own as an array.
pub(super) fn array_of(column: &dyn AnyColumn, place: &Place<'_>) -> Result<ArrayRef> {
    column.to_array(None, place)
}

/// The columns of a struct that stands at `place`, as arrays of equal length.
pub(super) fn arrays_of<C: Columns>(columns: &C, place: &Place<'_>) -> Result<Vec<ArrayRef>> {
    check_lengths(columns)?;
    let mut arrays = Ok(Vec::new());
    columns.each(&mut |name, column| {
        if let Ok(done) = &mut arrays {
            match array_of(column, &place.child(name)) {
                Ok(array) => done.push(array),
                Err(error) => arrays = Err(error),
            }
        }
    });
    arrays
}

/// Checks that all columns have as many rows as the first.
///
/// # Errors
///
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) that names the first column that has not.
pub fn check_lengths<C: Columns>(columns: &C) -> Result<()> {
    let mut wrong = None;
    let mut first: Option<(&str, usize)> = None;
    columns.each(&mut |name, column| {
        let (first_name, rows) = *first.get_or_insert((name, column.len()));
        if column.len() != rows && wrong.is_none() {
            wrong = Some(
                Error::invalid(format!(
                    "column `{name}` has {} rows where column `{first_name}` has {rows}; all \
                     columns must be equally long",
                    column.len()
                ))
                .on_column(name),
            );
        }
    });
    wrong.map_or(Ok(()), Err)
}

/// Adds a row to all columns, or to none: if `add` panics, as only a type's own conversion can, what
/// it has added is taken away again, so that the columns stay equally long.
pub fn whole<C: Columns>(columns: &mut C, add: impl FnOnce(&mut C)) {
    struct Undo<'a, C: Columns> {
        columns: &'a mut C,
        rows: Option<usize>,
    }

    impl<C: Columns> Drop for Undo<'_, C> {
        fn drop(&mut self) {
            if let Some(rows) = self.rows {
                self.columns.truncate(rows);
            }
        }
    }

    let rows = Some(columns.len());
    let mut undo = Undo { columns, rows };
    add(undo.columns);
    undo.rows = None;
}

/// The field of a column that is called `name`.
#[must_use]
pub fn field_of<C: FieldColumn>(name: &str) -> Field {
    Field::new(name, C::data_type(), C::NULLABLE)
}
