//! How a column's value becomes a partition's.

use arrow::datatypes::{DataType, TimeUnit};

use super::calendar::{
    MILLISECONDS_PER_DAY, SECONDS_PER_DAY, SECONDS_PER_HOUR, date, months_since_1970, per_second,
};
use super::murmur3::murmur3_x86_32;
use super::parse::MAX_NUMBER;
use crate::values::{Kind, Value};
use crate::{Error, Result};

/// A function from a column's values to partition values, as the Iceberg table specification
/// defines it ("Partition Transforms"). Null becomes null.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Transform {
    /// The value itself.
    Identity,
    /// The year of a date or timestamp, in UTC: `2013`.
    Year,
    /// The month of a date or timestamp, in UTC: `2013-01`.
    Month,
    /// The day of a date or timestamp, in UTC: `2013-01-31`.
    Day,
    /// The hour of a timestamp, in UTC: `2013-01-31-05`.
    Hour,
    /// One of this many buckets, numbered from 0, by the Murmur3 hash of the value. Integers,
    /// dates and times are hashed as 64 bits, times and timestamps in microseconds, `u64` by its
    /// bits.
    Bucket(u32),
    /// A number rounded down to a multiple of this width, decimals by their unscaled value;
    /// strings cut to this many characters, and binary values to this many bytes.
    Truncate(u32),
}

/// What a transform makes of a value; equal parts belong to one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Part<'a> {
    Bool(bool),
    Int(i128),
    Bytes(&'a [u8]),
}

impl Transform {
    /// What the names of the field's directories end in.
    pub(super) fn suffix(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Year => Some("year"),
            Self::Month => Some("month"),
            Self::Day => Some("day"),
            Self::Hour => Some("hour"),
            Self::Bucket(_) => Some("bucket"),
            Self::Truncate(_) => Some("trunc"),
        }
    }

    pub(super) fn check(self, column: &str, data_type: &DataType) -> Result<()> {
        use DataType as T;

        let kind = Kind::of(data_type);
        let is_date = matches!(data_type, T::Date32 | T::Date64);
        let is_timestamp = matches!(data_type, T::Timestamp(_, _));
        let is_time = matches!(data_type, T::Time32(_) | T::Time64(_));
        let (fits, wanted) = match self {
            Self::Identity => (
                kind.is_some_and(|kind| kind != Kind::Float),
                "a column of booleans, integers, decimals, dates, times or strings",
            ),
            Self::Year | Self::Month | Self::Day => {
                (is_date || is_timestamp, "a column of dates or timestamps")
            }
            Self::Hour => (is_timestamp, "a column of timestamps"),
            Self::Bucket(_) => (
                matches!(kind, Some(Kind::Int | Kind::Bytes)),
                "a column of integers, decimals, dates, times or strings",
            ),
            Self::Truncate(_) => (
                matches!(kind, Some(Kind::Int | Kind::Bytes))
                    && !is_date
                    && !is_time
                    && !is_timestamp,
                "a column of integers, decimals or strings",
            ),
        };
        if !fits {
            return Err(Error::invalid(format!(
                "the table can't be partitioned like that by column `{column}` of type \
                 {data_type}: it takes {wanted}"
            ))
            .on_column(column));
        }
        match self {
            Self::Bucket(number) | Self::Truncate(number)
                if !(1..=MAX_NUMBER).contains(&number) =>
            {
                Err(Error::invalid(format!(
                    "the number before partition column `{column}` must be from 1 to {MAX_NUMBER}"
                ))
                .on_column(column))
            }
            _ => Ok(()),
        }
    }

    /// Applies the transform to a value of a column that passed [`check`](Self::check).
    pub(super) fn apply<'a>(self, data_type: &DataType, value: Value<'a>) -> Part<'a> {
        match (self, value) {
            (Self::Bucket(count), value) => {
                let hash = hash(data_type, value) & 0x7fff_ffff;
                Part::Int(i128::from(hash % count.max(1)))
            }
            (Self::Truncate(width), Value::Int(value)) => {
                Part::Int(value - value.rem_euclid(i128::from(width.max(1))))
            }
            (Self::Truncate(width), Value::Bytes(bytes)) => Part::Bytes(cut(
                data_type,
                bytes,
                usize::try_from(width).unwrap_or(usize::MAX),
            )),
            (Self::Year, Value::Int(value)) => Part::Int(date(days(data_type, value)).year),
            (Self::Month, Value::Int(value)) => {
                Part::Int(months_since_1970(date(days(data_type, value))))
            }
            (Self::Day, Value::Int(value)) => Part::Int(days(data_type, value)),
            (Self::Hour, Value::Int(value)) => {
                Part::Int(seconds(data_type, value).div_euclid(SECONDS_PER_HOUR))
            }
            (_, Value::Bool(value)) => Part::Bool(value),
            (_, Value::Int(value)) => Part::Int(value),
            (_, Value::Bytes(bytes)) => Part::Bytes(bytes),
            // `check` lets no transform take floats.
            (_, Value::Float(_)) => Part::Bytes(&[]),
        }
    }
}

fn seconds(data_type: &DataType, value: i128) -> i128 {
    match data_type {
        DataType::Timestamp(unit, _) => value.div_euclid(per_second(*unit)),
        _ => days(data_type, value) * SECONDS_PER_DAY,
    }
}

fn days(data_type: &DataType, value: i128) -> i128 {
    match data_type {
        DataType::Date64 => value.div_euclid(MILLISECONDS_PER_DAY),
        DataType::Timestamp(unit, _) => value.div_euclid(per_second(*unit) * SECONDS_PER_DAY),
        _ => value,
    }
}

fn cut<'a>(data_type: &DataType, bytes: &'a [u8], width: usize) -> &'a [u8] {
    let is_text = match data_type {
        DataType::Dictionary(_, value) => value.is_string(),
        other => other.is_string(),
    };
    let end = match std::str::from_utf8(bytes) {
        Ok(text) if is_text => text
            .char_indices()
            .nth(width)
            .map_or(bytes.len(), |(at, _)| at),
        _ => width.min(bytes.len()),
    };
    bytes.get(..end).unwrap_or(bytes)
}

/// Iceberg's 32-bit hash ("Appendix B").
fn hash(data_type: &DataType, value: Value<'_>) -> u32 {
    match value {
        Value::Bytes(bytes) => murmur3_x86_32(bytes),
        Value::Int(value) => match data_type {
            DataType::Decimal32(_, _) | DataType::Decimal64(_, _) | DataType::Decimal128(_, _) => {
                murmur3_x86_32(shortest(&value.to_be_bytes()))
            }
            _ => {
                let scaled = match data_type {
                    DataType::Timestamp(unit, _)
                    | DataType::Time32(unit)
                    | DataType::Time64(unit) => microseconds(*unit, value),
                    DataType::Date64 => value.div_euclid(MILLISECONDS_PER_DAY),
                    _ => value,
                };
                // The low 64 bits: all of every integer type.
                let bytes = scaled.to_le_bytes();
                murmur3_x86_32(bytes.first_chunk::<8>().map_or(&bytes[..], |low| &low[..]))
            }
        },
        Value::Bool(_) | Value::Float(_) => 0,
    }
}

fn microseconds(unit: TimeUnit, value: i128) -> i128 {
    match unit {
        TimeUnit::Nanosecond => value.div_euclid(1_000),
        other => value * (1_000_000 / per_second(other)),
    }
}

/// A big-endian two's complement number without the bytes that only repeat its sign.
fn shortest(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let [first, tail @ ..] = rest
        && let Some(second) = tail.first()
        && ((*first == 0 && second & 0x80 == 0) || (*first == 0xff && second & 0x80 != 0))
    {
        rest = tail;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(
        clippy::cast_possible_wrap,
        reason = "the specification prints signed numbers"
    )]
    fn signed_hash(data_type: &DataType, value: Value<'_>) -> i32 {
        hash(data_type, value) as i32
    }

    #[test]
    fn hashes_are_those_of_the_iceberg_specification() {
        // Iceberg specification, "Appendix B: 32-bit Hash Requirements".
        let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
        let nanos = DataType::Timestamp(TimeUnit::Nanosecond, None);
        let seconds = DataType::Timestamp(TimeUnit::Second, None);
        for (data_type, value, expected) in [
            (DataType::Int32, 34, 2_017_239_379),
            (DataType::Int64, 34, 2_017_239_379),
            (DataType::Decimal128(9, 2), 1420, -500_754_589),
            (DataType::Date32, 17_486, -653_330_422),
            (
                DataType::Time64(TimeUnit::Microsecond),
                81_068_000_000,
                -662_762_989,
            ),
            (micros.clone(), 1_510_871_468_000_000, -2_047_944_441),
            (micros, 1_510_871_468_000_001, -1_207_196_810),
            (nanos, 1_510_871_468_000_001_001, -1_207_196_810),
            (seconds, 1_510_871_468, -2_047_944_441),
        ] {
            assert_eq!(
                signed_hash(&data_type, Value::Int(value)),
                expected,
                "{data_type} {value}"
            );
        }
        let bytes = |bytes| signed_hash(&DataType::Binary, Value::Bytes(bytes));
        assert_eq!(bytes(b"iceberg"), 1_210_000_089);
        assert_eq!(bytes(&[0, 1, 2, 3]), -188_683_207);
        let uuid = 0xf79c_3e09_677c_4bbd_a479_3f34_9cb7_85e7_u128.to_be_bytes();
        assert_eq!(bytes(&uuid), 1_488_055_340);
    }

    #[test]
    fn truncation_is_that_of_the_iceberg_specification() {
        let number = |value| Transform::Truncate(10).apply(&DataType::Int32, Value::Int(value));
        assert_eq!(number(1), Part::Int(0));
        assert_eq!(number(-1), Part::Int(-10));
        let text = Transform::Truncate(3).apply(&DataType::Utf8, Value::Bytes(b"iceberg"));
        assert_eq!(text, Part::Bytes(b"ice"));
        let umlauts = Transform::Truncate(2).apply(&DataType::Utf8, Value::Bytes("äöü".as_bytes()));
        assert_eq!(umlauts, Part::Bytes("äö".as_bytes()));
        let binary = Transform::Truncate(3).apply(&DataType::Binary, Value::Bytes(&[1, 2, 3, 4]));
        assert_eq!(binary, Part::Bytes(&[1, 2, 3]));
    }
}
