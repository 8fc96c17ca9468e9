//! The column that says when a row's event happened.

use arrow::datatypes::{DataType, Schema, TimeUnit};
use thermocline_policy::Timestamp;

use crate::error::{Error, Result};

/// A value of a date or timestamp column, given in the column's own unit, as
/// microseconds since the epoch; values out of range saturate.
pub(crate) fn micros(value: i128, data_type: &DataType) -> Option<Timestamp> {
    let scaled = match data_type {
        DataType::Timestamp(TimeUnit::Second, _) => value.saturating_mul(1_000_000),
        DataType::Timestamp(TimeUnit::Millisecond, _) | DataType::Date64 => {
            value.saturating_mul(1_000)
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => value,
        DataType::Timestamp(TimeUnit::Nanosecond, _) => value.div_euclid(1_000),
        DataType::Date32 => value.saturating_mul(86_400_000_000),
        _ => return None,
    };
    let clamped = scaled.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
    i64::try_from(clamped).ok().map(Timestamp)
}

/// Refuses an event-time column that is missing or holds no time.
pub(crate) fn check(schema: &Schema, column: &str) -> Result<()> {
    let Some((_, field)) = schema.column_with_name(column) else {
        return Err(Error::invalid(format!(
            "the event-time column `{column}` is not in the schema; name one of its columns"
        )));
    };
    if micros(0, field.data_type()).is_none() {
        return Err(Error::invalid(format!(
            "the event-time column `{column}` has type {}; use a date or a timestamp",
            field.data_type()
        )));
    }
    Ok(())
}
