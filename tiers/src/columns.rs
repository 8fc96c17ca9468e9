//! Batches under a table's columns.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, UInt32Array, new_null_array};
use arrow::compute::take;
use arrow::datatypes::SchemaRef;
use thermocline_formats::from_open_type;

use crate::error::{Error, Result};

/// The columns of `schema` out of a batch, by name. One that the batch lacks, because
/// it is older, is null; one that another program wrote gets its type back.
pub(crate) fn conform(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    conform_with(batch, schema, &[])
}

/// The same with columns that have one value in all rows, and are not in the batch.
pub(crate) fn conform_with(
    batch: &RecordBatch,
    schema: &SchemaRef,
    constants: &[(String, ArrayRef)],
) -> Result<RecordBatch> {
    let rows = batch.num_rows();
    let constant = |name: &str| constants.iter().find(|(known, _)| known == name);
    let columns = schema
        .fields()
        .iter()
        .map(|field| match constant(field.name()) {
            Some((_, value)) => {
                let first = UInt32Array::from(vec![0; rows]);
                let column = take(value, &first, None).map_err(Error::bug)?;
                Ok(from_open_type(&column, field.data_type())?)
            }
            None => match batch.column_by_name(field.name()) {
                Some(column) => Ok(from_open_type(column, field.data_type())?),
                None => Ok(new_null_array(field.data_type(), rows)),
            },
        })
        .collect::<Result<Vec<_>>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options).map_err(Error::bug)
}
