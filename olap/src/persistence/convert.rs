//! What SQL gives back as what a type wants.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use thermocline_tiers::persistence::arrow_conversion::conform_batch;
use thermocline_tiers::soa::ToArrow;
use thermocline_tiers::{Error, ErrorKind, Result};

/// The rows of a table whose columns were made for this schema.
///
/// # Errors
/// [`SchemaMismatch`](ErrorKind::SchemaMismatch) when they were not.
pub(super) fn stored(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    conform_batch(&retyped(batch, schema, |_, _| false)?, schema)
}

/// The answer of any query as typed rows. Whole numbers may come in another width than the type
/// has, as those of `count` and `sum` do; each is checked.
pub(crate) fn answer<T: ToArrow>(batches: &[RecordBatch]) -> Result<T> {
    let schema = T::arrow_schema();
    let batches = batches
        .iter()
        .map(|batch| {
            let batch = retyped(batch, &schema, both_whole)?;
            conform_batch(&batch, &schema).map_err(misfit)
        })
        .collect::<Result<Vec<_>>>()?;
    let batch = arrow::compute::concat_batches(&schema, &batches)?;
    Ok(T::from_record_batch(&batch)?)
}

fn misfit(error: Error) -> Error {
    let column = error.column().unwrap_or_default().to_owned();
    let message = format!("the answer does not fit its type: {error}");
    Error::new(error.kind(), message)
        .on_column(column)
        .because(error)
}

/// The same batch, with the columns that SQL had to keep as another type in their own, and those
/// that `may` be converted.
fn retyped(
    batch: &RecordBatch,
    schema: &SchemaRef,
    may: fn(&DataType, &DataType) -> bool,
) -> Result<RecordBatch> {
    let mut fields = Vec::with_capacity(batch.num_columns());
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(batch.num_columns());
    for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        let found = column.data_type();
        let wanted = schema.field_with_name(field.name()).ok();
        let wanted = wanted
            .map(Field::data_type)
            .filter(|wanted| *wanted != found)
            .filter(|wanted| same_type(&as_sql(wanted), found) || may(found, wanted));
        let column = match wanted {
            None => Arc::clone(column),
            Some(wanted) => converted(field.name(), column, wanted)?,
        };
        fields.push(Field::new(
            field.name(),
            column.data_type().clone(),
            field.is_nullable(),
        ));
        columns.push(column);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(
        Arc::new(Schema::new(fields)),
        columns,
        &options,
    )?)
}

fn converted(name: &str, column: &ArrayRef, wanted: &DataType) -> Result<ArrayRef> {
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    cast_with_options(column, wanted, &options).map_err(|error| {
        Error::new(
            ErrorKind::TypeConversion,
            format!("a value of column `{name}` is no {wanted}: {error}"),
        )
        .on_column(name)
        .because(error)
    })
}

/// Whether both are types of whole numbers.
fn both_whole(a: &DataType, b: &DataType) -> bool {
    let whole = |data_type: &DataType| {
        data_type.is_integer() || matches!(data_type, DataType::Decimal128(_, 0))
    };
    whole(a) && whole(b)
}

/// The type under which SQL gives back a column that was made for `data_type`; see the table in
/// the crate's documentation.
fn as_sql(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Float16 => DataType::Float32,
        DataType::LargeUtf8 | DataType::Dictionary(_, _) => DataType::Utf8,
        DataType::LargeBinary | DataType::FixedSizeBinary(_) => DataType::Binary,
        DataType::Date64 => DataType::Timestamp(TimeUnit::Millisecond, None),
        DataType::Time32(_) => DataType::Time64(TimeUnit::Microsecond),
        DataType::Timestamp(TimeUnit::Nanosecond, Some(_)) => {
            DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()))
        }
        DataType::Timestamp(_, Some(_)) => {
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
        }
        DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale) => {
            DataType::Decimal128(*precision, *scale)
        }
        DataType::List(item) | DataType::LargeList(item) => {
            let item = item.as_ref().clone();
            let inner = as_sql(item.data_type());
            DataType::List(Arc::new(item.with_data_type(inner)))
        }
        DataType::Struct(fields) => {
            let fields = fields.iter().map(|field| {
                let inner = as_sql(field.data_type());
                field.as_ref().clone().with_data_type(inner)
            });
            DataType::Struct(fields.collect())
        }
        other => other.clone(),
    }
}

/// Equal types, apart from nullability and the name of a list's item.
fn same_type(a: &DataType, b: &DataType) -> bool {
    match (a, b) {
        (DataType::List(a), DataType::List(b)) => same_type(a.data_type(), b.data_type()),
        (DataType::Struct(a), DataType::Struct(b)) => {
            a.len() == b.len()
                && a.iter()
                    .zip(b)
                    .all(|(a, b)| a.name() == b.name() && same_type(a.data_type(), b.data_type()))
        }
        _ => a == b,
    }
}
