//! Comparing a whole column with one value, without looking at each value's type.

use std::cmp::Ordering;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, GenericByteArray, PrimitiveArray,
};
use arrow::buffer::{BooleanBuffer, Buffer};
use arrow::datatypes::{
    ArrowNativeType, ByteArrayType, DataType, Date32Type, Date64Type, Decimal32Type, Decimal64Type,
    Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

use super::CompareOp;
use crate::Bound;

/// Up to so many values are tried one by one.
const FEW: usize = 8;

/// The answers for the types that have a short way; `None` for the others.
pub(super) fn compare(array: &ArrayRef, op: CompareOp, value: &Bound) -> Option<BooleanArray> {
    use DataType as T;

    Some(match (value, array.data_type()) {
        (Bound::Int(value), T::Int8) => integers::<Int8Type>(array, op, *value),
        (Bound::Int(value), T::Int16) => integers::<Int16Type>(array, op, *value),
        (Bound::Int(value), T::Int32) => integers::<Int32Type>(array, op, *value),
        (Bound::Int(value), T::Int64) => integers::<Int64Type>(array, op, *value),
        (Bound::Int(value), T::UInt8) => integers::<UInt8Type>(array, op, *value),
        (Bound::Int(value), T::UInt16) => integers::<UInt16Type>(array, op, *value),
        (Bound::Int(value), T::UInt32) => integers::<UInt32Type>(array, op, *value),
        (Bound::Int(value), T::UInt64) => integers::<UInt64Type>(array, op, *value),
        (Bound::Int(value), T::Date32) => integers::<Date32Type>(array, op, *value),
        (Bound::Int(value), T::Date64) => integers::<Date64Type>(array, op, *value),
        (Bound::Int(value), T::Decimal32(_, _)) => integers::<Decimal32Type>(array, op, *value),
        (Bound::Int(value), T::Decimal64(_, _)) => integers::<Decimal64Type>(array, op, *value),
        (Bound::Int(value), T::Decimal128(_, _)) => integers::<Decimal128Type>(array, op, *value),
        (Bound::Int(value), T::Timestamp(unit, _)) => match unit {
            TimeUnit::Second => integers::<TimestampSecondType>(array, op, *value),
            TimeUnit::Millisecond => integers::<TimestampMillisecondType>(array, op, *value),
            TimeUnit::Microsecond => integers::<TimestampMicrosecondType>(array, op, *value),
            TimeUnit::Nanosecond => integers::<TimestampNanosecondType>(array, op, *value),
        },
        // NaN has an order of its own, in which `Value::compare` knows its way.
        (Bound::Float(value), _) if value.is_nan() => return None,
        (Bound::Float(value), T::Float32) => {
            let array: &PrimitiveArray<Float32Type> = array.as_primitive();
            floats(array, op, *value, f64::from)
        }
        (Bound::Float(value), T::Float64) => {
            let array: &PrimitiveArray<Float64Type> = array.as_primitive();
            floats(array, op, *value, |found| found)
        }
        (Bound::Bytes(value), T::Utf8) => bytes(array.as_string::<i32>(), op, value),
        (Bound::Bytes(value), T::LargeUtf8) => bytes(array.as_string::<i64>(), op, value),
        (Bound::Bytes(value), T::Binary) => bytes(array.as_binary::<i32>(), op, value),
        (Bound::Bytes(value), T::LargeBinary) => bytes(array.as_binary::<i64>(), op, value),
        _ => return None,
    })
}

fn integers<T>(array: &ArrayRef, op: CompareOp, value: i128) -> BooleanArray
where
    T: ArrowPrimitiveType,
    T::Native: Ord + TryFrom<i128>,
{
    let array: &PrimitiveArray<T> = array.as_primitive();
    let bits = match T::Native::try_from(value) {
        Ok(value) => match op {
            CompareOp::Eq => collect(array.values(), |found| found == value),
            CompareOp::Ne => collect(array.values(), |found| found != value),
            CompareOp::Lt => collect(array.values(), |found| found < value),
            CompareOp::Le => collect(array.values(), |found| found <= value),
            CompareOp::Gt => collect(array.values(), |found| found > value),
            CompareOp::Ge => collect(array.values(), |found| found >= value),
        },
        // Beyond everything that the type can hold, on one side or the other.
        Err(_) => {
            let order = if value < 0 {
                Ordering::Greater
            } else {
                Ordering::Less
            };
            collect(array.values(), |_| op.holds(order))
        }
    };
    BooleanArray::new(bits, array.nulls().cloned())
}

/// A NaN in the column is greater than the value, which is none.
fn floats<T: ArrowPrimitiveType>(
    array: &PrimitiveArray<T>,
    op: CompareOp,
    value: f64,
    widen: impl Fn(T::Native) -> f64,
) -> BooleanArray {
    let bits = match op {
        CompareOp::Eq => collect(array.values(), |found| widen(found) == value),
        CompareOp::Ne => collect(array.values(), |found| widen(found) != value),
        CompareOp::Lt => collect(array.values(), |found| widen(found) < value),
        CompareOp::Le => collect(array.values(), |found| widen(found) <= value),
        CompareOp::Gt => collect(array.values(), |found| {
            widen(found) > value || widen(found).is_nan()
        }),
        CompareOp::Ge => collect(array.values(), |found| {
            widen(found) >= value || widen(found).is_nan()
        }),
    };
    BooleanArray::new(bits, array.nulls().cloned())
}

fn bytes<T: ByteArrayType>(
    array: &GenericByteArray<T>,
    op: CompareOp,
    value: &[u8],
) -> BooleanArray {
    bytes_where(array, |row| match op {
        // Lengths tell most apart.
        CompareOp::Eq => row == value,
        CompareOp::Ne => row != value,
        _ => op.holds(row.cmp(value)),
    })
}

/// The answers whether each row is one of a few values, for the types that have a short way.
pub(super) fn is_in(array: &ArrayRef, values: &[Bound]) -> Option<BooleanArray> {
    if values.len() > FEW {
        return None;
    }
    match array.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Binary | DataType::LargeBinary => {
            let mut bytes = Vec::with_capacity(values.len());
            for value in values {
                let Bound::Bytes(value) = value else {
                    return None;
                };
                bytes.push(value.as_slice());
            }
            let holds = |row: &[u8]| bytes.contains(&row);
            Some(match array.data_type() {
                DataType::Utf8 => bytes_where(array.as_string::<i32>(), holds),
                DataType::LargeUtf8 => bytes_where(array.as_string::<i64>(), holds),
                DataType::Binary => bytes_where(array.as_binary::<i32>(), holds),
                _ => bytes_where(array.as_binary::<i64>(), holds),
            })
        }
        _ => {
            let mut any: Option<BooleanArray> = None;
            for value in values {
                let one = compare(array, CompareOp::Eq, value)?;
                any = Some(match any {
                    None => one,
                    // Both are null for the same rows.
                    Some(any) => {
                        BooleanArray::new(any.values() | one.values(), one.nulls().cloned())
                    }
                });
            }
            any
        }
    }
}

fn bytes_where<T: ByteArrayType>(
    array: &GenericByteArray<T>,
    holds: impl Fn(&[u8]) -> bool,
) -> BooleanArray {
    let data = array.value_data();
    let offsets = array.value_offsets();
    let ends = offsets.get(1..).unwrap_or_default();
    let rows: Vec<&[u8]> = offsets
        .iter()
        .zip(ends)
        .map(|(start, end)| {
            data.get(start.as_usize()..end.as_usize())
                .unwrap_or_default()
        })
        .collect();
    BooleanArray::new(collect(&rows, holds), array.nulls().cloned())
}

/// A bit for each value.
fn collect<V: Copy>(values: &[V], holds: impl Fn(V) -> bool) -> BooleanBuffer {
    let words: Vec<u64> = values
        .chunks(64)
        .map(|chunk| {
            let bits = chunk.iter().enumerate();
            bits.fold(0, |word, (bit, value)| {
                word | u64::from(holds(*value)) << bit
            })
        })
        .collect();
    BooleanBuffer::new(Buffer::from_vec(words), 0, values.len())
}
