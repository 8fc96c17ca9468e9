//! Which rows a predicate holds for.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow::buffer::BooleanBuffer;
use arrow::compute::kernels::boolean;

use super::compare::{compare, is_in};
use super::{CompareOp, Predicate};
use crate::values::{Kind, Value, for_each_value};
use crate::{Bound, Error, Result};

impl Predicate {
    /// Evaluates the condition for every row: true, false, or null where it is unknown.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the batch lacks a column, if a value's
    /// kind doesn't fit its column, or if a column is nested.
    pub fn evaluate(&self, batch: &RecordBatch) -> Result<BooleanArray> {
        let rows = batch.num_rows();
        match self {
            Self::True => Ok(constant(true, rows)),
            Self::Compare { column, op, value } => {
                let array = find(batch, column)?;
                check_kind(column, array, value)?;
                let quick = compare(array, *op, value);
                Ok(quick.unwrap_or_else(|| compare_each(array, *op, value)))
            }
            Self::In { column, values } => {
                let array = find(batch, column)?;
                for value in values {
                    check_kind(column, array, value)?;
                }
                if values.is_empty() {
                    return Ok(constant(false, rows));
                }
                if let Some(answers) = is_in(array, values) {
                    return Ok(answers);
                }
                let mut sorted: Vec<&Bound> = values.iter().collect();
                sorted.sort_by(|a, b| a.compare(b).unwrap_or(Ordering::Equal));
                Ok(test(array, |found| {
                    let place = sorted.binary_search_by(|value| {
                        found
                            .compare(value)
                            .map_or(Ordering::Less, Ordering::reverse)
                    });
                    place.is_ok()
                }))
            }
            Self::IsNull { column } => nulls(find(batch, column)?, true),
            Self::IsNotNull { column } => nulls(find(batch, column)?, false),
            Self::StartsWith { column, prefix } => {
                let array = find(batch, column)?;
                check_kind(column, array, &Bound::Bytes(Vec::new()))?;
                Ok(test(
                    array,
                    |found| matches!(found, Value::Bytes(bytes) if bytes.starts_with(prefix)),
                ))
            }
            Self::And(parts) => parts.iter().try_fold(constant(true, rows), |all, part| {
                boolean::and_kleene(&all, &part.evaluate(batch)?).map_err(failed)
            }),
            Self::Or(parts) => parts.iter().try_fold(constant(false, rows), |any, part| {
                boolean::or_kleene(&any, &part.evaluate(batch)?).map_err(failed)
            }),
            Self::Not(inner) => boolean::not(&inner.evaluate(batch)?).map_err(failed),
        }
    }
}

impl CompareOp {
    /// Whether the comparison is true of two values in this order.
    pub(super) fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Eq => order.is_eq(),
            Self::Ne => order.is_ne(),
            Self::Lt => order.is_lt(),
            Self::Le => order.is_le(),
            Self::Gt => order.is_gt(),
            Self::Ge => order.is_ge(),
        }
    }
}

/// Compares value by value, whatever their type.
pub(super) fn compare_each(array: &ArrayRef, op: CompareOp, value: &Bound) -> BooleanArray {
    test(array, |found| {
        found.compare(value).is_some_and(|order| op.holds(order))
    })
}

fn constant(value: bool, rows: usize) -> BooleanArray {
    let bits = if value {
        BooleanBuffer::new_set(rows)
    } else {
        BooleanBuffer::new_unset(rows)
    };
    BooleanArray::new(bits, None)
}

fn find<'a>(batch: &'a RecordBatch, column: &str) -> Result<&'a ArrayRef> {
    batch.column_by_name(column).ok_or_else(|| {
        Error::invalid(format!("there is no column `{column}` to compare")).on_column(column)
    })
}

fn check_kind(column: &str, array: &ArrayRef, value: &Bound) -> Result<()> {
    let data_type = array.data_type();
    match Kind::of(data_type) {
        Some(kind) if kind == Kind::of_bound(value) => Ok(()),
        Some(_) => Err(Error::invalid(format!(
            "column `{column}` has type {data_type} and can't be compared with {value:?}"
        ))
        .on_column(column)),
        None => Err(Error::invalid(format!(
            "column `{column}` has type {data_type}, which can't be compared; only whether it is \
             null can be asked"
        ))
        .on_column(column)),
    }
}

fn test(array: &ArrayRef, mut holds: impl FnMut(Value<'_>) -> bool) -> BooleanArray {
    let mut bits = vec![false; array.len()];
    for_each_value(array.as_ref(), |row, value| {
        if let Some(bit) = bits.get_mut(row) {
            *bit = holds(value);
        }
    });
    BooleanArray::new(BooleanBuffer::from(bits), array.logical_nulls())
}

fn nulls(array: &ArrayRef, wanted: bool) -> Result<BooleanArray> {
    let answer = if wanted {
        boolean::is_null(array)
    } else {
        boolean::is_not_null(array)
    };
    answer.map_err(failed)
}

fn failed(error: arrow::error::ArrowError) -> Error {
    Error::invalid("the condition can't be evaluated").with_source(error)
}
