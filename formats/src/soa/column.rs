//! Single columns of a batch, by name.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, RecordBatch},
    datatypes::{Field, Schema, SchemaRef},
};

use super::SoaField;
use crate::{Error, Result, schema::Mismatch};

/// The field of a column of `T`s.
#[must_use]
pub fn field<T: SoaField>(name: &str) -> Field {
    Field::new(name, T::data_type(), T::NULLABLE)
}

/// The schema of these fields.
#[must_use]
pub fn schema(fields: impl IntoIterator<Item = Field>) -> SchemaRef {
    Arc::new(Schema::new(fields.into_iter().collect::<Vec<_>>()))
}

/// A column as an Arrow array.
///
/// # Errors
///
/// [`Unsupported`](crate::ErrorKind::Unsupported) if the column is too large for one array.
pub fn to_column<T: SoaField>(name: &str, column: &[T]) -> Result<ArrayRef> {
    T::to_array(column).map_err(|error| {
        Error::unsupported(format!(
            "column `{name}` is too large for one batch; split the rows into smaller ones"
        ))
        .on_column(name)
        .with_source(error)
    })
}

/// A batch of columns that stand in the order of `schema`.
///
/// # Errors
///
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the columns have different lengths or don't
/// fit the schema.
pub fn batch(schema: &SchemaRef, columns: Vec<ArrayRef>) -> Result<RecordBatch> {
    let rows = columns.first().map_or(0, Array::len);
    if let Some((field, column)) = schema
        .fields()
        .iter()
        .zip(&columns)
        .find(|(_, column)| column.len() != rows)
    {
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
    let schema = batch.schema_ref();
    let mut found = schema
        .fields()
        .iter()
        .zip(batch.columns())
        .filter(|(field, _)| field.name() == name);
    match (found.next(), found.next()) {
        (Some((_, column)), None) => T::from_array(name, column),
        (Some(_), Some(_)) => Err(Error::from_mismatch(Mismatch::DuplicateColumn {
            column: name.to_owned(),
        })),
        (None, _) if T::NULLABLE => {
            let nulls = arrow::array::new_null_array(&T::data_type(), batch.num_rows());
            T::from_array(name, &nulls)
        }
        (None, _) => Err(Error::from_mismatch(Mismatch::MissingColumn {
            column: name.to_owned(),
        })),
    }
}
