//! Which Arrow type the numbers of a column have.

use arrow::array::ArrowPrimitiveType;
use arrow::datatypes::{
    ArrowNativeType, DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

use crate::soa::encoding::{Date, Decimal, Plain, Timestamp, Unit, Zone};

/// The Arrow type that numbers of the Rust type `T` stand for.
pub trait Logical<T: ArrowNativeType>: 'static {
    /// The kind of Arrow type.
    type Arrow: ArrowPrimitiveType<Native = T>;

    /// The type with its parameters, such as the zone of a timestamp.
    #[must_use]
    fn data_type() -> DataType {
        Self::Arrow::DATA_TYPE
    }
}

macro_rules! plain {
    ($($native:ty => $arrow:ty),+ $(,)?) => {$(
        impl Logical<$native> for Plain {
            type Arrow = $arrow;
        }
    )+};
}

plain! {
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

impl<U: Unit, Z: Zone> Logical<i64> for Timestamp<U, Z> {
    type Arrow = U::Arrow;

    fn data_type() -> DataType {
        DataType::Timestamp(U::UNIT, Z::NAME.map(Into::into))
    }
}

impl Logical<i32> for Date {
    type Arrow = Date32Type;
}

impl<const PRECISION: u8, const SCALE: i8> Logical<i128> for Decimal<PRECISION, SCALE> {
    type Arrow = Decimal128Type;

    fn data_type() -> DataType {
        DataType::Decimal128(PRECISION, SCALE)
    }
}
