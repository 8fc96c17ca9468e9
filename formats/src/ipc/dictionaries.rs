//! One dictionary for all batches of a file.
//!
//! An Arrow IPC file has one dictionary a column, and readers differ in whether they take deltas.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, SchemaRef};

use crate::schema::{has_dictionary, with_schema};
use crate::{Error, Result};

/// Joins the batches so that each dictionary column has one dictionary, with the values that rows
/// refer to.
pub(super) fn unify(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<RecordBatch> {
    if let [batch] = batches {
        return Ok(batch.clone());
    }
    let rows = batches.iter().map(RecordBatch::num_rows).sum();
    let mut columns = Vec::with_capacity(schema.fields().len());
    for (index, field) in schema.fields().iter().enumerate() {
        let failed = |error| {
            Error::invalid(format!(
                "column `{}` can't be written to one segment, most likely because it has more \
                 distinct values than its dictionary's key type can number; use a wider key type",
                field.name()
            ))
            .on_column(field.name())
            .with_source(error)
        };
        let plain = plain_type(field.data_type());
        let dictionary = has_dictionary(&Fields::from(vec![Arc::clone(field)]));
        let mut parts = Vec::with_capacity(batches.len());
        for column in batches
            .iter()
            .filter_map(|batch| batch.columns().get(index))
        {
            parts.push(if dictionary {
                cast(column, &plain).map_err(failed)?
            } else {
                Arc::clone(column)
            });
        }
        let parts: Vec<_> = parts.iter().map(AsRef::as_ref).collect();
        let joined = concat(&parts).map_err(failed)?;
        columns.push(if dictionary {
            cast(&joined, field.data_type()).map_err(failed)?
        } else {
            joined
        });
    }
    with_schema(schema, columns, rows)
}

/// The type with every dictionary replaced by its values.
fn plain_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Dictionary(_, value) => value.as_ref().clone(),
        DataType::List(item) => DataType::List(plain_field(item)),
        DataType::LargeList(item) => DataType::LargeList(plain_field(item)),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(plain_field).collect()),
        other => other.clone(),
    }
}

fn plain_field(field: &FieldRef) -> FieldRef {
    Arc::new(Field::clone(field).with_data_type(plain_type(field.data_type())))
}
