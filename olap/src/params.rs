//! Values for a query's placeholders.

use duckdb_neo::ToValue;
use duckdb_neo::connection::Connection;
use duckdb_neo::logical_type::LogicalType;
use duckdb_neo::types::{
    BlobValue, DateValue, DecimalValue, TimestampNsValue, TimestampTzValue, TimestampValue,
};
use duckdb_neo::value::Value;

use crate::error::readable;
use crate::{Error, Result};

/// A value that takes the place of a `?` or `$1` in a query.
///
/// ```
/// use thermocline_olap::SqlValue;
///
/// assert_eq!(SqlValue::from(7_i32), SqlValue::Int(7));
/// assert_eq!(SqlValue::from(None::<bool>), SqlValue::Null);
/// assert_eq!(SqlValue::from("UA"), SqlValue::Text("UA".to_owned()));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum SqlValue {
    /// SQL's null.
    Null,
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    UInt(u64),
    /// A float of 64 bits.
    Float(f64),
    /// A string.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since 1970-01-01 00:00:00, without a zone.
    Timestamp(i64),
    /// Nanoseconds since 1970-01-01 00:00:00, without a zone.
    TimestampNanos(i64),
    /// Microseconds since 1970-01-01 00:00:00 UTC: an instant.
    Instant(i64),
    /// A decimal: its digits without the point, how many digits it may have (at most 38), and how
    /// many of them stand behind the point.
    Decimal(i128, u8, u8),
}

macro_rules! from {
    ($($source:ty => $variant:ident;)*) => {$(
        impl From<$source> for SqlValue {
            fn from(value: $source) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}
from! {
    bool => Bool;
    i8 => Int;
    i16 => Int;
    i32 => Int;
    i64 => Int;
    u8 => UInt;
    u16 => UInt;
    u32 => UInt;
    u64 => UInt;
    f32 => Float;
    f64 => Float;
    &str => Text;
    String => Text;
    &[u8] => Bytes;
    Vec<u8> => Bytes;
}

impl<T: Into<Self>> From<Option<T>> for SqlValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl SqlValue {
    fn bind(&self, connection: &Connection) -> duckdb_neo::Result<Value> {
        match self {
            Self::Null => {
                // The type that every other type takes in place of its own nulls.
                let null = LogicalType::from_text(connection, "\"NULL\"")?;
                Value::null(connection, &null)
            }
            Self::Bool(value) => value.value(connection),
            Self::Int(value) => value.value(connection),
            Self::UInt(value) => value.value(connection),
            Self::Float(value) => value.value(connection),
            Self::Text(value) => value.value(connection),
            Self::Bytes(value) => BlobValue(value.clone()).value(connection),
            Self::Date(days) => DateValue(*days).value(connection),
            Self::Timestamp(micros) => TimestampValue(*micros).value(connection),
            Self::TimestampNanos(nanos) => TimestampNsValue(*nanos).value(connection),
            Self::Instant(micros) => TimestampTzValue(*micros).value(connection),
            Self::Decimal(value, width, scale) => DecimalValue {
                value: *value,
                width: *width,
                scale: *scale,
            }
            .value(connection),
        }
    }
}

/// The values as DuckDB takes them.
pub(crate) fn bind(connection: &Connection, params: &[SqlValue]) -> Result<Vec<Value>> {
    params
        .iter()
        .zip(1_usize..)
        .map(|(value, position)| {
            value.bind(connection).map_err(|error| {
                let why = readable(&error.message);
                Error::invalid(format!("parameter {position} can't be used: {why}"))
            })
        })
        .collect()
}
