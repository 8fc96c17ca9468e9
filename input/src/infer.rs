//! Types for columns of text, chosen by what their sampled values look like.

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit, TimestampNanosecondType};

const MICROS: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);
const NANOS: DataType = DataType::Timestamp(TimeUnit::Nanosecond, None);

/// The narrowest of integer, float, boolean, date, timestamp and text that keeps every value.
///
/// Numbers with leading zeros (postcodes) and numbers with more digits than a float holds
/// (identifiers) stay text. A timestamp with an offset is turned to UTC.
pub(crate) fn column_type(values: &StringArray) -> DataType {
    if values.null_count() == values.len() {
        return DataType::Utf8;
    }
    let all = |test: fn(&str) -> bool| values.iter().flatten().all(test);
    if all(is_integer) {
        return [DataType::Int64, DataType::UInt64]
            .into_iter()
            .find(|integer| fits(values, integer))
            .unwrap_or(DataType::Utf8);
    }
    if all(is_number) && fits(values, &DataType::Float64) {
        return DataType::Float64;
    }
    if all(|v| v.eq_ignore_ascii_case("true") || v.eq_ignore_ascii_case("false")) {
        return DataType::Boolean;
    }
    temporal_type(values).unwrap_or(DataType::Utf8)
}

/// Date or timestamp, if all values (and at least one) look like it.
pub(crate) fn temporal_type(values: &StringArray) -> Option<DataType> {
    let all = |test: fn(&str) -> bool| {
        values.null_count() < values.len() && values.iter().flatten().all(test)
    };
    if all(|v| v.len() == 10 && starts_with_date(v)) && fits(values, &DataType::Date32) {
        return Some(DataType::Date32);
    }
    let is_timestamp = |v: &str| {
        starts_with_date(v)
            && v.as_bytes()
                .get(10)
                .is_some_and(|c| matches!(c, b'T' | b't' | b' '))
    };
    if !all(is_timestamp) || !fits(values, &MICROS) {
        return None;
    }
    // Microseconds, unless a value has digits below them.
    let finer = match cast(values, &NANOS) {
        Ok(nanos) => {
            nanos.null_count() == values.null_count()
                && nanos
                    .as_primitive::<TimestampNanosecondType>()
                    .iter()
                    .flatten()
                    .any(|t| t % 1000 != 0)
        }
        Err(_) => false,
    };
    Some(if finer { NANOS } else { MICROS })
}

fn fits(values: &StringArray, to: &DataType) -> bool {
    let values: &dyn Array = values;
    cast(values, to).is_ok_and(|cast: ArrayRef| cast.null_count() == values.null_count())
}

/// Digits with an optional sign, without leading zeros.
fn is_integer(value: &str) -> bool {
    let digits = value.strip_prefix(['-', '+']).unwrap_or(value);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && !has_leading_zero(digits)
}

/// What a float can be without losing a digit that somebody may care for.
fn is_number(value: &str) -> bool {
    let digits = value.strip_prefix(['-', '+']).unwrap_or(value);
    if ["nan", "inf", "infinity"]
        .iter()
        .any(|special| digits.eq_ignore_ascii_case(special))
    {
        return true;
    }
    let looks = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'-' | b'+'));
    let whole = digits.split(['.', 'e', 'E']).next().unwrap_or_default();
    looks && whole.len() <= 15 && !has_leading_zero(whole)
}

fn has_leading_zero(digits: &str) -> bool {
    digits.len() > 1 && digits.starts_with('0')
}

/// `YYYY-MM-DD…`
fn starts_with_date(value: &str) -> bool {
    value
        .bytes()
        .take(10)
        .enumerate()
        .filter(|(i, b)| match i {
            4 | 7 => *b == b'-',
            _ => b.is_ascii_digit(),
        })
        .count()
        == 10
}
