//! Equality of what is stored, not of what it means.

use arrow::array::{Array, ArrayData, ArrayRef, AsArray, OffsetSizeTrait, RecordBatch};
use arrow::datatypes::DataType;

/// Whether two batches have the same column names and types and, row for row, the same nulls and
/// the same bits in every value: `-0.0` differs from `0.0`, and one NaN from another.
///
/// What lies under a null, how a dictionary is laid out, and metadata don't count.
///
/// ```
/// use std::sync::Arc;
///
/// use arrow::array::{ArrayRef, Float64Array, RecordBatch};
/// use thermocline_formats::same_bits;
///
/// let batch = |value: f64| {
///     let column = Arc::new(Float64Array::from(vec![value])) as ArrayRef;
///     RecordBatch::try_from_iter([("x", column)]).unwrap()
/// };
/// assert!(same_bits(&batch(f64::NAN), &batch(f64::NAN)));
/// assert!(!same_bits(&batch(0.0), &batch(-0.0)));
/// ```
#[must_use]
pub fn same_bits(a: &RecordBatch, b: &RecordBatch) -> bool {
    let (left, right) = (a.schema_ref().fields(), b.schema_ref().fields());
    a.num_rows() == b.num_rows()
        && left.len() == right.len()
        && left.iter().zip(right).all(|(a, b)| a.name() == b.name())
        && a.columns()
            .iter()
            .zip(b.columns())
            .all(|(a, b)| same_values(a, b))
}

fn same_values(a: &ArrayRef, b: &ArrayRef) -> bool {
    if a.len() != b.len() || !same_shape(a.data_type(), b.data_type()) || !same_nulls(a, b) {
        return false;
    }
    if let Some(width) = a.data_type().primitive_width() {
        return same_primitives(a, b, width);
    }
    match a.data_type() {
        DataType::Struct(_) => {
            let (a, b) = (a.as_struct(), b.as_struct());
            // A child under a null parent may be anything.
            (0..a.len()).filter(|row| a.is_valid(*row)).all(|row| {
                a.columns()
                    .iter()
                    .zip(b.columns())
                    .all(|(a, b)| same_values(&a.slice(row, 1), &b.slice(row, 1)))
            })
        }
        DataType::List(_) => same_lists::<i32>(a, b),
        DataType::LargeList(_) => same_lists::<i64>(a, b),
        DataType::Dictionary(_, _) => {
            let (left, right) = (a.as_any_dictionary(), b.as_any_dictionary());
            if a.logical_null_count() == a.len() {
                return true;
            }
            let nulls = a.logical_nulls();
            let (keys, other_keys) = (left.normalized_keys(), right.normalized_keys());
            keys.into_iter()
                .zip(other_keys)
                .enumerate()
                .all(|(row, (key, other))| {
                    nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
                        || same_values(
                            &left.values().slice(key, 1),
                            &right.values().slice(other, 1),
                        )
                })
        }
        // Arrow's equality of the other types is that of their bits.
        _ => a.as_ref() == b.as_ref(),
    }
}

/// The same types, leaving out the names and metadata of nested fields.
fn same_shape(a: &DataType, b: &DataType) -> bool {
    a.equals_datatype(b)
}

fn same_nulls(a: &ArrayRef, b: &ArrayRef) -> bool {
    match (a.logical_nulls(), b.logical_nulls()) {
        (None, None) => true,
        (Some(nulls), None) | (None, Some(nulls)) => nulls.null_count() == 0,
        (Some(a), Some(b)) => a.iter().eq(b.iter()),
    }
}

/// Compares values of `width` bytes each.
fn same_primitives(a: &ArrayRef, b: &ArrayRef, width: usize) -> bool {
    let (left, right) = (a.to_data(), b.to_data());
    let (Some(left), Some(right)) = (stored(&left, width), stored(&right, width)) else {
        return false;
    };
    if a.null_count() == 0 {
        return left == right;
    }
    let pairs = left.chunks_exact(width).zip(right.chunks_exact(width));
    pairs
        .enumerate()
        .all(|(row, (left, right))| a.is_null(row) || left == right)
}

fn stored(data: &ArrayData, width: usize) -> Option<&[u8]> {
    let start = data.offset() * width;
    data.buffers()
        .first()?
        .get(start..start + data.len() * width)
}

fn same_lists<O: OffsetSizeTrait>(a: &ArrayRef, b: &ArrayRef) -> bool {
    let (a, b) = (a.as_list::<O>(), b.as_list::<O>());
    (0..a.len())
        .filter(|row| a.is_valid(*row))
        .all(|row| same_values(&a.value(row), &b.value(row)))
}
