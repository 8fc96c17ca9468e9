//! Types that every engine over a lakehouse reads, for those that only Arrow has.
//!
//! Delta Lake knows no unsigned integers, no half floats, no times of day, no
//! binary values of one width, and timestamps in microseconds only. Of decimals, some
//! engines know those of 128 bits only. A column of such a type is stored as the next
//! type that holds every value of it, and comes back bit for bit.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float16Array, Float32Array, GenericListArray, OffsetSizeTrait,
    StructArray, make_array,
};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{
    DataType, Field, FieldRef, Fields, Float16Type, Float32Type, Schema, TimeUnit,
};
use half::f16;

use crate::{Error, Result};

/// What a column of this type is stored as where only the types of Delta Lake are known.
///
/// ```
/// use arrow::datatypes::DataType;
/// use thermocline_formats::open_type;
///
/// assert_eq!(open_type(&DataType::UInt8), DataType::Int16);
/// assert_eq!(open_type(&DataType::UInt64), DataType::Int64);
/// assert_eq!(open_type(&DataType::Utf8), DataType::Utf8);
/// ```
#[must_use]
pub fn open_type(data_type: &DataType) -> DataType {
    use DataType as T;

    match data_type {
        T::UInt8 => T::Int16,
        T::UInt16 | T::Time32(_) => T::Int32,
        T::UInt32 | T::UInt64 | T::Time64(_) | T::Date64 => T::Int64,
        T::Timestamp(TimeUnit::Second | TimeUnit::Millisecond | TimeUnit::Nanosecond, _) => {
            T::Int64
        }
        T::Float16 => T::Float32,
        T::FixedSizeBinary(_) => T::Binary,
        // The same bytes in Parquet; only the embedded Arrow schema says another width.
        T::Decimal32(precision, scale) | T::Decimal64(precision, scale) => {
            T::Decimal128(*precision, *scale)
        }
        T::List(item) => T::List(open_field(item)),
        T::LargeList(item) => T::LargeList(open_field(item)),
        T::Struct(fields) => T::Struct(fields.iter().map(open_field).collect()),
        other => other.clone(),
    }
}

fn open_field(field: &FieldRef) -> FieldRef {
    let open = open_type(field.data_type());
    if open == *field.data_type() {
        return Arc::clone(field);
    }
    Arc::new(Field::clone(field).with_data_type(open))
}

/// The columns of a schema as they are stored.
pub(super) fn open_schema(schema: &Schema) -> Schema {
    let fields: Fields = schema.fields().iter().map(open_field).collect();
    Schema::new_with_metadata(fields, schema.metadata().clone())
}

/// A column as it is stored.
pub(super) fn open_column(column: &ArrayRef) -> Result<ArrayRef> {
    convert(column, &open_type(column.data_type()))
}

/// Brings a stored column back to the type that it had, or to its stored one. A value that the
/// type cannot hold, which no writer of ours stores, is an error.
///
/// # Errors
///
/// [`Corrupt`](crate::ErrorKind::Corrupt) if a value does not fit, or the types have nothing to
/// do with each other.
pub fn from_open_type(column: &ArrayRef, wanted: &DataType) -> Result<ArrayRef> {
    convert(column, wanted)
}

fn convert(column: &ArrayRef, wanted: &DataType) -> Result<ArrayRef> {
    use DataType as T;

    let found = column.data_type();
    if found == wanted {
        return Ok(Arc::clone(column));
    }
    match (found, wanted) {
        (T::Float16, T::Float32) => {
            let wide: Float32Array = column.as_primitive::<Float16Type>().unary(widened);
            Ok(Arc::new(wide))
        }
        (T::Float32, T::Float16) => {
            let narrow: Float16Array = column.as_primitive::<Float32Type>().unary(narrowed);
            Ok(Arc::new(narrow))
        }
        (T::List(_), T::List(item)) => list::<i32>(column, item),
        (T::LargeList(_), T::LargeList(item)) => list::<i64>(column, item),
        (T::Struct(_), T::Struct(fields)) => structs(column.as_struct(), fields),
        _ if same_bits_stand_for(found, wanted) => {
            let data = column.to_data().into_builder().data_type(wanted.clone());
            Ok(make_array(data.build().map_err(misfit)?))
        }
        _ => {
            let strict = CastOptions {
                safe: false,
                ..CastOptions::default()
            };
            cast_with_options(column, wanted, &strict).map_err(misfit)
        }
    }
}

fn misfit(error: arrow::error::ArrowError) -> Error {
    Error::corrupt("a stored column doesn't have the type that the table gives it")
        .with_source(error)
}

/// Numbers of one width, one of which says nothing of what it counts.
fn same_bits_stand_for(a: &DataType, b: &DataType) -> bool {
    use DataType as T;

    let plain = |t: &T| matches!(t, T::Int32 | T::Int64);
    let counts = |t: &T| {
        matches!(
            t,
            T::UInt64 | T::Time32(_) | T::Time64(_) | T::Date64 | T::Timestamp(_, _)
        )
    };
    let one_unit = matches!(
        (a, b),
        (T::Timestamp(a, _), T::Timestamp(b, _)) if a == b
    );
    one_unit
        || (((plain(a) && counts(b)) || (counts(a) && plain(b)))
            && a.primitive_width() == b.primitive_width())
}

fn list<O: OffsetSizeTrait>(column: &ArrayRef, item: &FieldRef) -> Result<ArrayRef> {
    let list = column.as_list::<O>();
    let values = convert(list.values(), item.data_type())?;
    let nulls = list.nulls().cloned();
    let list =
        GenericListArray::<O>::try_new(Arc::clone(item), list.offsets().clone(), values, nulls);
    Ok(Arc::new(list.map_err(misfit)?))
}

fn structs(column: &StructArray, fields: &Fields) -> Result<ArrayRef> {
    let columns = column
        .columns()
        .iter()
        .zip(fields)
        .map(|(column, field)| convert(column, field.data_type()))
        .collect::<Result<Vec<_>>>()?;
    let nulls = column.nulls().cloned();
    let made = StructArray::try_new_with_length(fields.clone(), columns, nulls, column.len());
    Ok(Arc::new(made.map_err(misfit)?))
}

/// Where a conversion of NaN may change its bits, these keep them.
fn widened(value: f16) -> f32 {
    if !value.is_nan() {
        return value.to_f32();
    }
    let bits = u32::from(value.to_bits());
    f32::from_bits((bits & 0x8000) << 16 | 0x7f80_0000 | (bits & 0x03ff) << 13)
}

fn narrowed(value: f32) -> f16 {
    if !value.is_nan() {
        return f16::from_f32(value);
    }
    let bits = value.to_bits();
    let mantissa = (bits >> 13) & 0x03ff;
    let kept = (bits >> 16) & 0x8000 | 0x7c00 | if mantissa == 0 { 0x0200 } else { mantissa };
    f16::from_bits(u16::try_from(kept).unwrap_or(0x7e00))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_float_comes_back_bit_for_bit() {
        for bits in 0..=u16::MAX {
            let back = narrowed(widened(f16::from_bits(bits)));
            assert_eq!(back.to_bits(), bits);
        }
    }

    #[test]
    fn a_value_that_the_type_cannot_hold_is_damage() {
        let stored: ArrayRef = Arc::new(arrow::array::Int16Array::from(vec![256]));
        let error = from_open_type(&stored, &DataType::UInt8).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Corrupt);
    }
}
