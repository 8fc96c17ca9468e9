//! Values of a fixed width.

use arrow::array::{
    Array, ArrowPrimitiveType, BooleanArray, Decimal32Array, Decimal64Array, Decimal128Array,
    PrimitiveArray,
};
use arrow::datatypes::{
    DataType, Date32Type, Decimal32Type, Decimal64Type, Decimal128Type, DecimalType, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, Time64MicrosecondType,
    Time64NanosecondType, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

use super::downcast;
use super::slot::Slot;
use crate::{Error, ErrorKind, Result};

pub(super) fn write(slot: &Slot<'_>, array: &dyn Array) -> Result<()> {
    match array.data_type() {
        DataType::Boolean => write_bool(slot, downcast(array)?),
        DataType::Int8 => copy::<Int8Type>(slot, array),
        DataType::Int16 => copy::<Int16Type>(slot, array),
        DataType::Int32 => copy::<Int32Type>(slot, array),
        DataType::Int64 => copy::<Int64Type>(slot, array),
        DataType::UInt8 => copy::<UInt8Type>(slot, array),
        DataType::UInt16 => copy::<UInt16Type>(slot, array),
        DataType::UInt32 => copy::<UInt32Type>(slot, array),
        DataType::UInt64 => copy::<UInt64Type>(slot, array),
        DataType::Float32 => copy::<Float32Type>(slot, array),
        DataType::Float64 => copy::<Float64Type>(slot, array),
        DataType::Date32 => copy::<Date32Type>(slot, array),
        DataType::Time64(TimeUnit::Microsecond) => copy::<Time64MicrosecondType>(slot, array),
        DataType::Time64(TimeUnit::Nanosecond) => copy::<Time64NanosecondType>(slot, array),
        DataType::Timestamp(TimeUnit::Second, _) => copy::<TimestampSecondType>(slot, array),
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            copy::<TimestampMillisecondType>(slot, array)
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            copy::<TimestampMicrosecondType>(slot, array)
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            copy::<TimestampNanosecondType>(slot, array)
        }
        DataType::Decimal32(precision, _) => {
            write_decimal::<Decimal32Type>(slot, downcast::<Decimal32Array>(array)?, *precision)
        }
        DataType::Decimal64(precision, _) => {
            write_decimal::<Decimal64Type>(slot, downcast::<Decimal64Array>(array)?, *precision)
        }
        DataType::Decimal128(precision, _) => {
            write_decimal::<Decimal128Type>(slot, downcast::<Decimal128Array>(array)?, *precision)
        }
        other => Err(Error::new(
            ErrorKind::Unsupported,
            format!("SQL has no type for {other}"),
        )),
    }
}

/// Rows of `false`.
pub(super) fn write_false(slot: &Slot<'_>, rows: usize) -> Result<()> {
    slot.resize(rows)?;
    // SAFETY: the column is declared BOOLEAN, of one byte a row.
    unsafe { slot.fill(&vec![0_u8; rows]) }
}

/// For types that both sides store alike.
fn copy<T: ArrowPrimitiveType>(slot: &Slot<'_>, array: &dyn Array) -> Result<()> {
    let array = downcast::<PrimitiveArray<T>>(array)?;
    // SAFETY: each type that this is called for above has a SQL type of the same width and
    // encoding: two's complement, IEEE 754, or a count of the same unit from the same epoch.
    unsafe { slot.fill(array.values()) }
}

/// Arrow has a bit for each boolean, DuckDB a byte.
fn write_bool(slot: &Slot<'_>, array: &BooleanArray) -> Result<()> {
    let bytes: Vec<u8> = array.values().iter().map(u8::from).collect();
    // SAFETY: BOOLEAN is a byte of 0 or 1.
    unsafe { slot.fill(&bytes) }
}

/// DuckDB stores a decimal in the narrowest of 16, 32, 64 and 128 bits that its precision needs.
fn write_decimal<T>(slot: &Slot<'_>, array: &PrimitiveArray<T>, precision: u8) -> Result<()>
where
    T: DecimalType + ArrowPrimitiveType,
    T::Native: Into<i128>,
{
    match precision {
        0..=4 => narrow::<T, i16>(slot, array),
        5..=9 => narrow::<T, i32>(slot, array),
        10..=18 => narrow::<T, i64>(slot, array),
        // SAFETY: 128 bits, little-endian, two's complement on both sides.
        _ if size_of::<T::Native>() == size_of::<i128>() => unsafe { slot.fill(array.values()) },
        _ => narrow::<T, i128>(slot, array),
    }
}

fn narrow<T, N>(slot: &Slot<'_>, array: &PrimitiveArray<T>) -> Result<()>
where
    T: DecimalType + ArrowPrimitiveType,
    T::Native: Into<i128>,
    N: Narrow,
{
    let values = array.values();
    // A pass without a way out of it is many times as fast.
    let misfits = values.iter().fold(false, |misfits, value| {
        let value: i128 = (*value).into();
        misfits | (N::cut(value).into() != value)
    });
    if misfits {
        refuse_misfits::<T, N>(array)?;
    }
    let narrowed: Vec<N> = values.iter().map(|value| N::cut((*value).into())).collect();
    // SAFETY: `N` is the width that DuckDB documents for decimals of this precision.
    unsafe { slot.fill(&narrowed) }
}

/// An error if a value doesn't fit; what stands below a null may be anything.
fn refuse_misfits<T, N>(array: &PrimitiveArray<T>) -> Result<()>
where
    T: DecimalType + ArrowPrimitiveType,
    T::Native: Into<i128>,
    N: Narrow,
{
    let mut values = array.iter().flatten().map(Into::<i128>::into);
    let Some(value) = values.find(|value| N::cut(*value).into() != *value) else {
        return Ok(());
    };
    let data_type = array.data_type();
    Err(Error::new(
        ErrorKind::Unsupported,
        format!("the digits {value} don't fit the type {data_type}"),
    ))
}

/// A width that DuckDB stores decimals in.
trait Narrow: Copy + Into<i128> {
    /// The lowest bits.
    fn cut(value: i128) -> Self;
}

macro_rules! narrow {
    ($($native:ty),+) => {$(
        impl Narrow for $native {
            #[inline]
            #[expect(clippy::cast_possible_truncation, reason = "what is cut off is compared")]
            fn cut(value: i128) -> Self {
                value as Self
            }
        }
    )+};
}

narrow!(i16, i32, i64);

impl Narrow for i128 {
    #[inline]
    fn cut(value: i128) -> Self {
        value
    }
}
