//! Partition values as the text that stands in a path.

use arrow::datatypes::{DataType, TimeUnit};

use super::Transform;
use super::calendar::{MILLISECONDS_PER_DAY, SECONDS_PER_DAY, SECONDS_PER_HOUR, date, per_second};
use super::transform::Part;

/// Text that tells all parts of one field apart, in the form that Iceberg and Hive print.
pub(super) fn text(transform: Transform, data_type: &DataType, part: Part<'_>) -> String {
    match part {
        Part::Bool(value) => value.to_string(),
        Part::Bytes(bytes) => bytes_text(data_type, bytes),
        Part::Int(value) => match transform {
            Transform::Year | Transform::Bucket(_) => value.to_string(),
            Transform::Month => {
                format!(
                    "{:04}-{:02}",
                    value.div_euclid(12) + 1970,
                    value.rem_euclid(12) + 1
                )
            }
            Transform::Day => day_text(value),
            Transform::Hour => format!(
                "{}-{:02}",
                day_text(value.div_euclid(24)),
                value.rem_euclid(SECONDS_PER_DAY / SECONDS_PER_HOUR)
            ),
            Transform::Identity | Transform::Truncate(_) => int_text(data_type, value),
        },
    }
}

/// Strings stand for themselves, binary values for their hexadecimal digits.
fn bytes_text(data_type: &DataType, bytes: &[u8]) -> String {
    let is_text = match data_type {
        DataType::Dictionary(_, value) => value.is_string(),
        other => other.is_string(),
    };
    match std::str::from_utf8(bytes) {
        Ok(text) if is_text => text.to_owned(),
        _ => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

fn int_text(data_type: &DataType, value: i128) -> String {
    match data_type {
        DataType::Date32 => day_text(value),
        DataType::Date64 if value.rem_euclid(MILLISECONDS_PER_DAY) == 0 => {
            day_text(value.div_euclid(MILLISECONDS_PER_DAY))
        }
        DataType::Date64 => moment_text(TimeUnit::Millisecond, value),
        DataType::Timestamp(unit, _) => moment_text(*unit, value),
        DataType::Time32(unit) | DataType::Time64(unit) => clock_text(*unit, value),
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale) => decimal_text(*scale, value),
        _ => value.to_string(),
    }
}

fn day_text(days: i128) -> String {
    let date = date(days);
    format!("{:04}-{:02}-{:02}", date.year, date.month, date.day)
}

fn moment_text(unit: TimeUnit, value: i128) -> String {
    let per_day = per_second(unit) * SECONDS_PER_DAY;
    let day = day_text(value.div_euclid(per_day));
    format!("{day}T{}", clock_text(unit, value.rem_euclid(per_day)))
}

/// The time of day, with as many decimals as the unit has if they aren't all zero.
fn clock_text(unit: TimeUnit, value: i128) -> String {
    let per_second = per_second(unit);
    let (seconds, fraction) = (value.div_euclid(per_second), value.rem_euclid(per_second));
    let (minutes, second) = (seconds.div_euclid(60), seconds.rem_euclid(60));
    let (hour, minute) = (minutes.div_euclid(60), minutes.rem_euclid(60));
    let clock = format!("{hour:02}:{minute:02}:{second:02}");
    let digits = match unit {
        TimeUnit::Second => 0,
        TimeUnit::Millisecond => 3,
        TimeUnit::Microsecond => 6,
        TimeUnit::Nanosecond => 9,
    };
    if fraction == 0 {
        clock
    } else {
        format!("{clock}.{fraction:0digits$}")
    }
}

fn decimal_text(scale: i8, value: i128) -> String {
    let digits = usize::try_from(scale).unwrap_or_default();
    if digits == 0 {
        return value.to_string();
    }
    let all = format!("{:0width$}", value.unsigned_abs(), width = digits + 1);
    let (whole, fraction) = all.split_at(all.len() - digits);
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_people_write_them() {
        let int =
            |transform, data_type: &DataType, value| text(transform, data_type, Part::Int(value));
        let millis = DataType::Timestamp(TimeUnit::Millisecond, None);
        assert_eq!(
            int(Transform::Identity, &millis, 1_510_871_468_050),
            "2017-11-16T22:31:08.050"
        );
        assert_eq!(
            int(Transform::Identity, &millis, -1),
            "1969-12-31T23:59:59.999"
        );
        assert_eq!(int(Transform::Hour, &millis, -1), "1969-12-31-23");
        assert_eq!(int(Transform::Month, &millis, -1), "1969-12");
        assert_eq!(
            int(Transform::Identity, &DataType::Decimal128(9, 2), -5),
            "-0.05"
        );
        assert_eq!(
            int(Transform::Identity, &DataType::UInt64, u64::MAX.into()),
            "18446744073709551615"
        );
        assert_eq!(
            text(
                Transform::Identity,
                &DataType::Binary,
                Part::Bytes(&[0, 255])
            ),
            "00ff"
        );
    }
}
