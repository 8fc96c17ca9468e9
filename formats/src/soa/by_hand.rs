//! For those who write [`ToArrow`](super::ToArrow) by hand: single columns of a batch, by name.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::{Field, Schema, SchemaRef};

use super::columns::array_of;
use super::{AnyColumn, FieldColumn, Place, SoaField, Source, field_of};
use crate::schema::Mismatch;
use crate::{Error, Result};

/// The field of a column of `T`s.
#[must_use]
pub fn field<T: SoaField>(name: &str) -> Field {
    field_of::<T::Column>(name)
}

/// The schema of these fields.
#[must_use]
pub fn schema(fields: impl IntoIterator<Item = Field>) -> SchemaRef {
    Arc::new(Schema::new(fields.into_iter().collect::<Vec<_>>()))
}

/// A column as an Arrow array. The values are copied; a [`Column`](super::Column) doesn't need to.
///
/// # Errors
///
/// [`Unsupported`](crate::ErrorKind::Unsupported) if the column is too large for one array.
pub fn to_column<T: SoaField + Clone>(name: &str, values: &[T]) -> Result<ArrayRef> {
    let mut column = T::Column::default();
    column.reserve(values.len());
    values.iter().cloned().for_each(|value| column.push(value));
    array_of(&column, &Place::root().child(name))
}

/// A batch of columns that stand in the order of `schema`.
///
/// # Errors
///
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the columns have different lengths or don't
/// fit the schema.
pub fn batch(schema: &SchemaRef, columns: Vec<ArrayRef>) -> Result<RecordBatch> {
    let rows = columns.first().map_or(0, Array::len);
    let mut pairs = schema.fields().iter().zip(&columns);
    if let Some((field, column)) = pairs.find(|(_, column)| column.len() != rows) {
        let (name, found) = (field.name(), column.len());
        return Err(Error::invalid(format!(
            "column `{name}` has {found} rows where the first column has {rows}; \
             all columns must be equally long"
        ))
        .on_column(name));
    }
    RecordBatch::try_new(Arc::clone(schema), columns)
        .map_err(|error| Error::invalid("the columns don't fit the schema").with_source(error))
}

/// The values of the column of a batch that is called `name`. A column of `Option`s that the batch
/// lacks is all `None`.
///
/// # Errors
///
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the column is missing, stands there twice,
/// has another type, or has a null where `T` takes none.
pub fn from_column<T: SoaField>(batch: &RecordBatch, name: &str) -> Result<Vec<T>> {
    let fields = batch.schema_ref().fields();
    if fields
        .iter()
        .filter(|field| field.name() == name)
        .nth(1)
        .is_some()
    {
        return Err(Error::from_mismatch(Mismatch::DuplicateColumn {
            column: name.to_owned(),
        }));
    }
    let source = Source::new(fields, batch.columns(), batch.num_rows(), Place::root());
    let column: T::Column = source.column(name)?;
    Ok(column.values().map(T::Column::to_value).collect())
}

/// Checks that a batch has no column but these.
///
/// # Errors
///
/// [`InvalidInput`](crate::ErrorKind::InvalidInput), with an
/// [`ExtraColumn`](crate::Mismatch::ExtraColumn) that names the first other one.
pub fn check_names(batch: &RecordBatch, names: &[&str]) -> Result<()> {
    let mut fields = batch.schema_ref().fields().iter();
    match fields.find(|field| !names.contains(&field.name().as_str())) {
        None => Ok(()),
        Some(extra) => Err(Error::from_mismatch(Mismatch::ExtraColumn {
            column: extra.name().clone(),
        })),
    }
}
