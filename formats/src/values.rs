//! The values of an array, seen through the few kinds that statistics and predicates know.

use std::cmp::Ordering;

use arrow::array::{
    Array, ArrowPrimitiveType, AsArray, FixedSizeBinaryArray, GenericByteArray, PrimitiveArray,
};
use arrow::datatypes::{
    ByteArrayType, DataType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type,
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

use crate::Bound;
use crate::stats::compare_floats;

/// One value that isn't null; the borrowed counterpart of [`Bound`].
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Bool(bool),
    Int(i128),
    Float(f64),
    Bytes(&'a [u8]),
}

impl Value<'_> {
    /// Compares in the order of [`Bound::compare`].
    #[inline]
    pub(crate) fn compare(&self, bound: &Bound) -> Option<Ordering> {
        match (self, bound) {
            (Self::Bool(a), Bound::Bool(b)) => Some(a.cmp(b)),
            (Self::Int(a), Bound::Int(b)) => Some(a.cmp(b)),
            (Self::Float(a), Bound::Float(b)) => Some(compare_floats(*a, *b)),
            (Self::Bytes(a), Bound::Bytes(b)) => Some((*a).cmp(b.as_slice())),
            _ => None,
        }
    }

    pub(crate) fn to_bound(self) -> Bound {
        match self {
            Self::Bool(value) => Bound::Bool(value),
            Self::Int(value) => Bound::Int(value),
            Self::Float(value) => Bound::Float(value),
            Self::Bytes(value) => Bound::Bytes(value.to_vec()),
        }
    }
}

/// Which variant of [`Bound`] and [`Value`] a column type maps to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Int,
    Float,
    Bytes,
}

impl Kind {
    /// `None` for nested types, which can't be compared.
    pub(crate) fn of(data_type: &DataType) -> Option<Self> {
        use DataType as T;

        match data_type {
            T::Boolean => Some(Self::Bool),
            T::Float16 | T::Float32 | T::Float64 => Some(Self::Float),
            T::Utf8 | T::LargeUtf8 | T::Binary | T::LargeBinary | T::FixedSizeBinary(_) => {
                Some(Self::Bytes)
            }
            T::Dictionary(_, value) => Self::of(value),
            T::Decimal32(_, _) | T::Decimal64(_, _) | T::Decimal128(_, _) => Some(Self::Int),
            T::Date32 | T::Date64 | T::Time32(_) | T::Time64(_) | T::Timestamp(_, _) => {
                Some(Self::Int)
            }
            other if other.is_integer() => Some(Self::Int),
            _ => None,
        }
    }

    pub(crate) fn of_bound(bound: &Bound) -> Self {
        match bound {
            Bound::Bool(_) => Self::Bool,
            Bound::Int(_) => Self::Int,
            Bound::Float(_) => Self::Float,
            Bound::Bytes(_) => Self::Bytes,
        }
    }
}

/// Calls `see` with the row and the value of every row that isn't null, in order. Does nothing
/// for types without a [`Kind`].
pub(crate) fn for_each_value<'a>(array: &'a dyn Array, mut see: impl FnMut(usize, Value<'a>)) {
    use DataType as T;

    match array.data_type() {
        T::Boolean => {
            for (row, value) in array.as_boolean().iter().enumerate() {
                if let Some(value) = value {
                    see(row, Value::Bool(value));
                }
            }
        }
        T::Int8 => integers::<Int8Type>(array, see),
        T::Int16 => integers::<Int16Type>(array, see),
        T::Int32 => integers::<Int32Type>(array, see),
        T::Int64 => integers::<Int64Type>(array, see),
        T::UInt8 => integers::<UInt8Type>(array, see),
        T::UInt16 => integers::<UInt16Type>(array, see),
        T::UInt32 => integers::<UInt32Type>(array, see),
        T::UInt64 => integers::<UInt64Type>(array, see),
        T::Date32 => integers::<Date32Type>(array, see),
        T::Date64 => integers::<Date64Type>(array, see),
        T::Time32(TimeUnit::Second) => integers::<Time32SecondType>(array, see),
        T::Time32(_) => integers::<Time32MillisecondType>(array, see),
        T::Time64(TimeUnit::Microsecond) => integers::<Time64MicrosecondType>(array, see),
        T::Time64(_) => integers::<Time64NanosecondType>(array, see),
        T::Timestamp(TimeUnit::Second, _) => integers::<TimestampSecondType>(array, see),
        T::Timestamp(TimeUnit::Millisecond, _) => integers::<TimestampMillisecondType>(array, see),
        T::Timestamp(TimeUnit::Microsecond, _) => integers::<TimestampMicrosecondType>(array, see),
        T::Timestamp(TimeUnit::Nanosecond, _) => integers::<TimestampNanosecondType>(array, see),
        T::Decimal32(_, _) => integers::<Decimal32Type>(array, see),
        T::Decimal64(_, _) => integers::<Decimal64Type>(array, see),
        T::Decimal128(_, _) => integers::<Decimal128Type>(array, see),
        T::Float16 => primitives::<Float16Type>(array, |row, value| {
            see(row, Value::Float(value.to_f64()));
        }),
        T::Float32 => primitives::<Float32Type>(array, |row, value| {
            see(row, Value::Float(value.into()));
        }),
        T::Float64 => primitives::<Float64Type>(array, |row, value| see(row, Value::Float(value))),
        T::Utf8 => bytes(array.as_string::<i32>(), see),
        T::LargeUtf8 => bytes(array.as_string::<i64>(), see),
        T::Binary => bytes(array.as_binary::<i32>(), see),
        T::LargeBinary => bytes(array.as_binary::<i64>(), see),
        T::FixedSizeBinary(_) => fixed_bytes(array.as_fixed_size_binary(), see),
        T::Dictionary(_, _) => dictionary(array, see),
        _ => {}
    }
}

fn primitives<T: ArrowPrimitiveType>(array: &dyn Array, mut see: impl FnMut(usize, T::Native)) {
    let array: &PrimitiveArray<T> = array.as_primitive();
    if array.null_count() == 0 {
        for (row, value) in array.values().iter().enumerate() {
            see(row, *value);
        }
    } else {
        for (row, value) in array.iter().enumerate() {
            if let Some(value) = value {
                see(row, value);
            }
        }
    }
}

fn integers<'a, T>(array: &'a dyn Array, mut see: impl FnMut(usize, Value<'a>))
where
    T: ArrowPrimitiveType,
    T::Native: Into<i128>,
{
    primitives::<T>(array, |row, value| see(row, Value::Int(value.into())));
}

fn bytes<'a, T: ByteArrayType>(
    array: &'a GenericByteArray<T>,
    mut see: impl FnMut(usize, Value<'a>),
) {
    for (row, value) in array.iter().enumerate() {
        if let Some(value) = value {
            see(row, Value::Bytes(value.as_ref()));
        }
    }
}

fn fixed_bytes<'a>(array: &'a FixedSizeBinaryArray, mut see: impl FnMut(usize, Value<'a>)) {
    for (row, value) in array.iter().enumerate() {
        if let Some(value) = value {
            see(row, Value::Bytes(value));
        }
    }
}

/// The values that rows refer to; a dictionary may hold others.
fn dictionary<'a>(array: &'a dyn Array, mut see: impl FnMut(usize, Value<'a>)) {
    let dictionary = array.as_any_dictionary();
    let mut values = vec![None; dictionary.values().len()];
    let mut keep = |index: usize, value| {
        if let Some(slot) = values.get_mut(index) {
            *slot = Some(value);
        }
    };
    // Strings are the only values that a supported dictionary has.
    match dictionary.values().data_type() {
        DataType::Utf8 => bytes(dictionary.values().as_string::<i32>(), &mut keep),
        DataType::LargeUtf8 => bytes(dictionary.values().as_string::<i64>(), &mut keep),
        _ => return,
    }
    if values.is_empty() {
        return;
    }
    for (row, key) in dictionary.normalized_keys().into_iter().enumerate() {
        if dictionary.is_valid(row)
            && let Some(Some(value)) = values.get(key)
        {
            see(row, *value);
        }
    }
}
