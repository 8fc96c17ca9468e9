//! Small steps between Arrow arrays, batches and columns.

use std::any::type_name;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, new_null_array};
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::datatypes::{Field, Schema, SchemaRef};
use thermocline_formats::soa::ToArrow;
use thermocline_formats::{Predicate, check_batch};

use crate::error::{Error, ErrorKind, Result};

/// The array as what it is, such as a `UInt64Array`.
///
/// ```
/// use arrow::array::{ArrayRef, StringArray, UInt64Array};
/// use thermocline_tiers::persistence::arrow_conversion::downcast_array;
///
/// let column: ArrayRef = std::sync::Arc::new(UInt64Array::from(vec![1, 2]));
/// let ids: &UInt64Array = downcast_array(&column)?;
/// assert_eq!(ids.values(), &[1, 2]);
///
/// let error = downcast_array::<StringArray>(&column).unwrap_err();
/// assert!(error.to_string().starts_with("an array of type UInt64 is not a"));
/// # Ok::<(), thermocline_tiers::Error>(())
/// ```
///
/// # Errors
/// [`TypeConversion`](ErrorKind::TypeConversion) when it is another array.
pub fn downcast_array<A: Array + 'static>(array: &dyn Array) -> Result<&A> {
    array.as_any().downcast_ref().ok_or_else(|| {
        Error::new(
            ErrorKind::TypeConversion,
            format!(
                "an array of type {} is not a {}",
                array.data_type(),
                type_name::<A>()
            ),
        )
    })
}

/// The rows of all batches as one batch with this schema. One batch is passed
/// on as it is, without a copy of its columns.
///
/// Columns are matched by name; a nullable one that a batch lacks is null there.
///
/// # Errors
/// [`SchemaMismatch`](ErrorKind::SchemaMismatch) when a batch does not fit the
/// schema, [`ArrowError`](ErrorKind::ArrowError) when a column gets too large
/// for one array.
pub fn concatenate_batches(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<RecordBatch> {
    let conformed = batches
        .iter()
        .map(|batch| conform_batch(batch, schema))
        .collect::<Result<Vec<_>>>()?;
    match conformed.as_slice() {
        [one] => Ok(one.clone()),
        all => Ok(concat_batches(schema, all)?),
    }
}

/// The same rows under this schema: columns in its order, and nullable columns
/// that the batch lacks as null.
///
/// # Errors
/// [`SchemaMismatch`](ErrorKind::SchemaMismatch), naming the first column that
/// is missing, unknown, there twice, of another type, or null where it must not
/// be.
pub fn conform_batch(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    if Arc::ptr_eq(batch.schema_ref(), schema) {
        return Ok(batch.clone());
    }
    let mut taken = vec![false; batch.num_columns()];
    let mut fields: Vec<Arc<Field>> = Vec::with_capacity(schema.fields().len());
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let found = batch
            .schema_ref()
            .column_with_name(field.name())
            .and_then(|(index, found)| Some((taken.get_mut(index)?, index, found)));
        match found {
            Some((taken, index, found)) => {
                *taken = true;
                fields.push(Arc::new(found.clone()));
                columns.push(Arc::clone(batch.column(index)));
            }
            None if field.is_nullable() => {
                fields.push(Arc::clone(field));
                columns.push(new_null_array(field.data_type(), batch.num_rows()));
            }
            // For the check below to name.
            None => {}
        }
    }
    let rest = batch.schema_ref().fields().iter().zip(batch.columns());
    for ((field, column), taken) in rest.zip(taken) {
        if !taken {
            fields.push(Arc::clone(field));
            columns.push(Arc::clone(column));
        }
    }
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let arranged =
        RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)?;
    Ok(check_batch(&arranged, schema)?)
}

/// The typed rows of some batches.
pub(super) fn rows<T: ToArrow>(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<T> {
    let batch = concatenate_batches(schema, batches)?;
    Ok(T::from_record_batch(&batch)?)
}

/// The rows that match, exactly.
pub(super) fn matching(batch: &RecordBatch, predicate: &Predicate) -> Result<RecordBatch> {
    if *predicate == Predicate::True {
        return Ok(batch.clone());
    }
    let keep: BooleanArray = predicate.evaluate(batch)?;
    Ok(filter_record_batch(batch, &keep)?)
}

/// Refuses a condition that a schema cannot answer, whether there are rows or not.
pub(super) fn check_predicate(predicate: &Predicate, schema: &SchemaRef) -> Result<()> {
    predicate.evaluate(&RecordBatch::new_empty(Arc::clone(schema)))?;
    Ok(())
}
