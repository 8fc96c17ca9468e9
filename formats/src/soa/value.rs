//! The types of values that a column holds.

use std::fmt;

use arrow::{
    array::{
        Array, BinaryArray, BooleanArray, FixedSizeBinaryArray, GenericByteArray, PrimitiveArray,
        StringArray,
    },
    buffer::{Buffer, NullBuffer, OffsetBuffer},
    datatypes::{
        ArrowNativeType, ArrowPrimitiveType, ByteArrayType, DataType, Float32Type, Float64Type,
        Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
    },
    error::ArrowError,
};

/// A value that Arrow has a type for: booleans, integers, floats, `String`, `Vec<u8>` (binary) and
/// `[u8; N]` (fixed-size binary). Every value comes back as it went in, NaN payloads and -0.0
/// included.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a column",
    label = "not a column type",
    note = "a column is a bool, an integer of 8 to 64 bits, f32, f64, String, Vec<u8>, [u8; N], \
            or an Option of one of these"
)]
pub trait SoaValue: Sized + Clone + fmt::Debug + PartialEq {
    /// The Arrow array that holds such values.
    type Array: Array + 'static;

    /// The type of that array.
    #[must_use]
    fn data_type() -> DataType;

    /// An array of these values.
    ///
    /// # Errors
    ///
    /// If they don't fit into one array.
    fn encode(values: &[Self]) -> Result<Self::Array, ArrowError>;

    /// An array of these values, with a null for each `None`.
    ///
    /// # Errors
    ///
    /// If they don't fit into one array.
    fn encode_nullable(values: &[Option<Self>]) -> Result<Self::Array, ArrowError>;

    /// The values of an array without nulls; those that are null all the same are left out.
    #[must_use]
    fn decode(array: &Self::Array) -> Vec<Self> {
        Self::decode_nullable(array).into_iter().flatten().collect()
    }

    /// The values of an array, with `None` for each null.
    #[must_use]
    fn decode_nullable(array: &Self::Array) -> Vec<Option<Self>>;
}

macro_rules! primitive {
    ($($native:ty => $arrow:ty),+ $(,)?) => {$(
        impl SoaValue for $native {
            type Array = PrimitiveArray<$arrow>;

            fn data_type() -> DataType {
                <$arrow>::DATA_TYPE
            }

            fn encode(values: &[Self]) -> Result<Self::Array, ArrowError> {
                Ok(PrimitiveArray::new(values.to_vec().into(), None))
            }

            fn encode_nullable(values: &[Option<Self>]) -> Result<Self::Array, ArrowError> {
                Ok(values.iter().copied().collect())
            }

            fn decode(array: &Self::Array) -> Vec<Self> {
                array.values().to_vec()
            }

            fn decode_nullable(array: &Self::Array) -> Vec<Option<Self>> {
                array.iter().collect()
            }
        }
    )+};
}

primitive! {
    i8 => Int8Type,
    i16 => Int16Type,
    i32 => Int32Type,
    i64 => Int64Type,
    u8 => UInt8Type,
    u16 => UInt16Type,
    u32 => UInt32Type,
    u64 => UInt64Type,
    f32 => Float32Type,
    f64 => Float64Type,
}

impl SoaValue for bool {
    type Array = BooleanArray;

    fn data_type() -> DataType {
        DataType::Boolean
    }

    fn encode(values: &[Self]) -> Result<Self::Array, ArrowError> {
        Ok(BooleanArray::new(values.into(), None))
    }

    fn encode_nullable(values: &[Option<Self>]) -> Result<Self::Array, ArrowError> {
        Ok(values.iter().copied().collect())
    }

    fn decode(array: &Self::Array) -> Vec<Self> {
        array.values().iter().collect()
    }

    fn decode_nullable(array: &Self::Array) -> Vec<Option<Self>> {
        array.iter().collect()
    }
}

impl SoaValue for String {
    type Array = StringArray;

    fn data_type() -> DataType {
        DataType::Utf8
    }

    fn encode(values: &[Self]) -> Result<Self::Array, ArrowError> {
        byte_array(values.iter().map(String::as_bytes), None)
    }

    fn encode_nullable(values: &[Option<Self>]) -> Result<Self::Array, ArrowError> {
        byte_array(
            values
                .iter()
                .map(|v| v.as_deref().unwrap_or_default().as_bytes()),
            nulls(values),
        )
    }

    fn decode_nullable(array: &Self::Array) -> Vec<Option<Self>> {
        array.iter().map(|value| value.map(str::to_owned)).collect()
    }
}

impl SoaValue for Vec<u8> {
    type Array = BinaryArray;

    fn data_type() -> DataType {
        DataType::Binary
    }

    fn encode(values: &[Self]) -> Result<Self::Array, ArrowError> {
        byte_array(values.iter().map(Self::as_slice), None)
    }

    fn encode_nullable(values: &[Option<Self>]) -> Result<Self::Array, ArrowError> {
        byte_array(
            values.iter().map(|v| v.as_deref().unwrap_or_default()),
            nulls(values),
        )
    }

    fn decode_nullable(array: &Self::Array) -> Vec<Option<Self>> {
        array
            .iter()
            .map(|value| value.map(<[u8]>::to_vec))
            .collect()
    }
}

impl<const N: usize> SoaValue for [u8; N] {
    type Array = FixedSizeBinaryArray;

    fn data_type() -> DataType {
        DataType::FixedSizeBinary(const { width(N) })
    }

    fn encode(values: &[Self]) -> Result<Self::Array, ArrowError> {
        let bytes = Buffer::from_vec(values.as_flattened().to_vec());
        FixedSizeBinaryArray::try_new(const { width(N) }, bytes, None)
    }

    fn encode_nullable(values: &[Option<Self>]) -> Result<Self::Array, ArrowError> {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.unwrap_or([0; N]))
            .collect();
        FixedSizeBinaryArray::try_new(const { width(N) }, Buffer::from_vec(bytes), nulls(values))
    }

    fn decode_nullable(array: &Self::Array) -> Vec<Option<Self>> {
        // The type of the array says that every value has this width.
        array
            .iter()
            .map(|value| value.and_then(|bytes| bytes.try_into().ok()))
            .collect()
    }
}

/// The width of a fixed-size binary as Arrow counts it, checked while the program is compiled.
const fn width(n: usize) -> i32 {
    assert!(
        n > 0,
        "a column of [u8; 0] holds nothing; use a bool or leave it out"
    );
    assert!(
        n <= 0x7fff_ffff,
        "a column of [u8; N] holds less than 2 GiB a value"
    );
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        reason = "checked in the line above"
    )]
    let width = n as i32;
    width
}

/// The validity of an optional column, if anything in it is null.
fn nulls<T>(values: &[Option<T>]) -> Option<NullBuffer> {
    let nulls: NullBuffer = values.iter().map(Option::is_some).collect();
    Some(nulls).filter(|nulls| nulls.null_count() > 0)
}

fn byte_array<'a, T: ByteArrayType<Offset = i32>>(
    values: impl Iterator<Item = &'a [u8]> + Clone,
    nulls: Option<NullBuffer>,
) -> Result<GenericByteArray<T>, ArrowError> {
    let offsets = OffsetBuffer::<i32>::try_from_lengths(values.clone().map(<[u8]>::len))
        .map_err(|overflow| ArrowError::from_external_error(Box::new(overflow)))?;
    let mut bytes = Vec::with_capacity(offsets.last().as_usize());
    for value in values {
        bytes.extend_from_slice(value);
    }
    GenericByteArray::try_new(offsets, bytes.into(), nulls)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_more_than_two_gib_are_refused_before_they_are_copied() {
        let mebibyte = vec![b'x'; 1 << 20];
        let fits = std::iter::repeat_n(mebibyte.as_slice(), 3);
        assert_eq!(
            byte_array::<arrow::datatypes::BinaryType>(fits, None)
                .unwrap()
                .len(),
            3
        );
        let too_large = std::iter::repeat_n(mebibyte.as_slice(), 2048);
        let error = byte_array::<arrow::datatypes::BinaryType>(too_large, None).unwrap_err();
        assert!(error.to_string().contains("2147483648"), "{error}");
    }
}
