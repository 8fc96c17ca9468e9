//! A batch against its table's schema.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayData, ArrayRef, AsArray, OffsetSizeTrait, RecordBatch, RecordBatchOptions,
    make_array, new_null_array,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{
    DataType, Decimal32Type, Decimal64Type, Decimal128Type, Field, Fields, SchemaRef,
};

use super::Mismatch;
use super::types::join;
use crate::{Error, Result};

/// Checks that a batch has exactly the columns of its table: the same names in the same order, the
/// same types, and no null where the table allows none, nested fields included.
///
/// Metadata is not compared. The batch that comes back shares the columns of the one that went in
/// and carries the table's schema.
///
/// # Errors
///
/// [`InvalidInput`](crate::ErrorKind::InvalidInput); [`Error::mismatch`] says in which way the
/// batch differs.
pub fn check_batch(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let found = batch.schema_ref();
    if !Arc::ptr_eq(found, schema) {
        check_columns(found.fields(), schema.fields()).map_err(Error::from_mismatch)?;
    }
    let mut columns = Vec::with_capacity(batch.num_columns());
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        // The batch may call nullable what the table doesn't, as long as no null is there.
        check_nulls(field, column, field.name(), None).map_err(Error::from_mismatch)?;
        check_decimals(column, field.name())?;
        columns.push(retyped(column, field)?);
    }
    with_schema(schema, columns, batch.num_rows())
}

/// Brings a batch of an older version of the table to the newer schema: columns that were appended
/// since read as null.
///
/// # Errors
///
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the batch's columns are not the newer
/// schema's first ones, or if a column that is missing may not be null.
pub fn adapt_batch(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let found = batch.schema_ref();
    if Arc::ptr_eq(found, schema) || found == schema {
        return Ok(batch.clone());
    }
    let known: Fields = schema
        .fields()
        .iter()
        .take(batch.num_columns())
        .cloned()
        .collect();
    check_columns(found.fields(), &known).map_err(Error::from_mismatch)?;
    let mut columns = Vec::with_capacity(schema.fields().len());
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        check_nulls(field, column, field.name(), None).map_err(Error::from_mismatch)?;
        columns.push(retyped(column, field)?);
    }
    for field in schema.fields().iter().skip(batch.num_columns()) {
        if !field.is_nullable() {
            return Err(Error::from_mismatch(Mismatch::MissingColumn {
                column: field.name().clone(),
            }));
        }
        columns.push(new_null_array(field.data_type(), batch.num_rows()));
    }
    with_schema(schema, columns, batch.num_rows())
}

/// Puts columns that were checked before under the table's schema.
pub(crate) fn with_schema(
    schema: &SchemaRef,
    columns: Vec<ArrayRef>,
    rows: usize,
) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
        .map_err(|error| Error::invalid("the columns don't fit the table").with_source(error))
}

fn check_columns(found: &Fields, expected: &Fields) -> Result<(), Mismatch> {
    if found.is_empty() {
        return Err(Mismatch::NoColumns);
    }
    let mut names = HashSet::new();
    if let Some(twice) = found.iter().find(|field| !names.insert(field.name())) {
        return Err(Mismatch::DuplicateColumn {
            column: twice.name().clone(),
        });
    }
    if let Some(missing) = expected.iter().find(|field| !names.contains(field.name())) {
        return Err(Mismatch::MissingColumn {
            column: missing.name().clone(),
        });
    }
    if let Some(extra) = found
        .iter()
        .find(|field| expected.find(field.name()).is_none())
    {
        return Err(Mismatch::ExtraColumn {
            column: extra.name().clone(),
        });
    }
    for (index, (want, have)) in expected.iter().zip(found).enumerate() {
        if want.name() != have.name() {
            return Err(Mismatch::OrderDiffers {
                column: want.name().clone(),
                expected: index,
                found: found.find(want.name()).map_or(index, |(at, _)| at),
            });
        }
    }
    for (want, have) in expected.iter().zip(found) {
        if !same_type(want.data_type(), have.data_type()) {
            return Err(Mismatch::TypeDiffers {
                column: want.name().clone(),
                expected: want.data_type().clone(),
                found: have.data_type().clone(),
            });
        }
    }
    Ok(())
}

/// Equal types, apart from the metadata and nullability of nested fields and the name that a
/// library gives to a list's item.
fn same_type(a: &DataType, b: &DataType) -> bool {
    match (a, b) {
        (DataType::List(a), DataType::List(b))
        | (DataType::LargeList(a), DataType::LargeList(b)) => {
            same_type(a.data_type(), b.data_type())
        }
        (DataType::Struct(a), DataType::Struct(b)) => {
            a.len() == b.len()
                && a.iter()
                    .zip(b)
                    .all(|(a, b)| a.name() == b.name() && same_type(a.data_type(), b.data_type()))
        }
        _ => a == b,
    }
}

/// Finds the first null that the table forbids. `parents` marks, for nested columns, the values
/// whose parent is there; under a parent that is null, anything may stand.
fn check_nulls(
    field: &Field,
    column: &ArrayRef,
    path: &str,
    parents: Option<&NullBuffer>,
) -> Result<(), Mismatch> {
    if !has_required(field) {
        return Ok(());
    }
    let own = column.logical_nulls();
    if !field.is_nullable()
        && let Some(nulls) = own.as_ref().filter(|nulls| nulls.null_count() > 0)
    {
        let row = (0..nulls.len()).find(|row| {
            nulls.is_null(*row) && parents.is_none_or(|parents| parents.is_valid(*row))
        });
        if let Some(row) = row {
            return Err(Mismatch::NullInRequired {
                column: path.to_owned(),
                row,
            });
        }
    }
    match field.data_type() {
        DataType::Struct(fields) => {
            let present = NullBuffer::union(own.as_ref(), parents);
            for (child, values) in fields.iter().zip(column.as_struct().columns()) {
                check_nulls(child, values, &join(path, child.name()), present.as_ref())?;
            }
            Ok(())
        }
        DataType::List(item) => check_items::<i32>(item, column, path, own.as_ref(), parents),
        DataType::LargeList(item) => check_items::<i64>(item, column, path, own.as_ref(), parents),
        _ => Ok(()),
    }
}

/// Whether the field or one inside it may not be null.
fn has_required(field: &Field) -> bool {
    !field.is_nullable()
        || match field.data_type() {
            DataType::Struct(fields) => fields.iter().any(|field| has_required(field)),
            DataType::List(item) | DataType::LargeList(item) => has_required(item),
            _ => false,
        }
}

fn check_items<O: OffsetSizeTrait>(
    item: &Field,
    column: &ArrayRef,
    path: &str,
    own: Option<&NullBuffer>,
    parents: Option<&NullBuffer>,
) -> Result<(), Mismatch> {
    let list = column.as_list::<O>();
    let present = NullBuffer::union(own, parents);
    for row in 0..list.len() {
        if present.as_ref().is_some_and(|present| present.is_null(row)) {
            continue;
        }
        let path = join(path, item.name());
        check_nulls(item, &list.value(row), &path, None).map_err(|mismatch| match mismatch {
            Mismatch::NullInRequired { column, .. } => Mismatch::NullInRequired { column, row },
            other => other,
        })?;
    }
    Ok(())
}

/// Finds decimals with more digits than their type has. Arrow lets them be, but Parquet stores no
/// more bits than the digits need.
fn check_decimals(column: &ArrayRef, path: &str) -> Result<()> {
    let checked = match column.data_type() {
        DataType::Decimal32(precision, _) => column
            .as_primitive::<Decimal32Type>()
            .validate_decimal_precision(*precision),
        DataType::Decimal64(precision, _) => column
            .as_primitive::<Decimal64Type>()
            .validate_decimal_precision(*precision),
        DataType::Decimal128(precision, _) => column
            .as_primitive::<Decimal128Type>()
            .validate_decimal_precision(*precision),
        DataType::List(item) => {
            return check_decimals(column.as_list::<i32>().values(), &join(path, item.name()));
        }
        DataType::LargeList(item) => {
            return check_decimals(column.as_list::<i64>().values(), &join(path, item.name()));
        }
        DataType::Struct(fields) => {
            let mut children = fields.iter().zip(column.as_struct().columns());
            return children
                .try_for_each(|(field, child)| check_decimals(child, &join(path, field.name())));
        }
        _ => return Ok(()),
    };
    checked.map_err(|error| {
        Error::invalid(format!(
            "column `{path}` has a decimal with too many digits for its type"
        ))
        .on_column(path)
        .with_source(error)
    })
}

/// The same array under the table's type, which differs at most in the metadata, nullability and
/// item names of nested fields. Shares the buffers.
pub(crate) fn retyped(column: &ArrayRef, field: &Field) -> Result<ArrayRef> {
    if column.data_type() == field.data_type() {
        return Ok(Arc::clone(column));
    }
    let data = relabel(&column.to_data(), field.data_type())?;
    Ok(make_array(data))
}

fn relabel(data: &ArrayData, data_type: &DataType) -> Result<ArrayData> {
    let children: Vec<&DataType> = match data_type {
        DataType::List(item) | DataType::LargeList(item) => vec![item.data_type()],
        DataType::Struct(fields) => fields.iter().map(|field| field.data_type()).collect(),
        _ => return Ok(data.clone()),
    };
    let children = data
        .child_data()
        .iter()
        .zip(children)
        .map(|(child, data_type)| relabel(child, data_type))
        .collect::<Result<Vec<_>>>()?;
    data.clone()
        .into_builder()
        .data_type(data_type.clone())
        .child_data(children)
        .build()
        .map_err(|error| {
            Error::invalid("the nested columns don't fit the table").with_source(error)
        })
}
