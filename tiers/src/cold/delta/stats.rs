//! Statistics of a file, as other readers compare ("Per-file Statistics" in the protocol).

use arrow::datatypes::{DataType, Schema, TimeUnit};
use chrono::{DateTime, Datelike, Days, NaiveDate};
use serde_json::{Map, Value, json};
use thermocline_formats::{Bound, SegmentStats};

/// Years that every reader's dates have.
const YEARS: std::ops::RangeInclusive<i32> = 1..=9999;

/// Decimals with more digits are not exact in JSON for every reader.
const EXACT_DIGITS: u8 = 15;

/// The statistics of a file with these columns, as JSON text. A limit is left out
/// where another reader could take it for something else.
pub(crate) fn stats(schema: &Schema, stats: &SegmentStats) -> String {
    let (mut mins, mut maxes, mut nulls) = (Map::new(), Map::new(), Map::new());
    for (field, column) in schema.fields().iter().zip(&stats.columns) {
        if field.data_type().is_nested() {
            continue;
        }
        let name = field.name();
        nulls.insert(name.clone(), column.nulls.into());
        // JSON has no NaN, which is the greatest float for others.
        if column.nans > 0 {
            continue;
        }
        let min = column
            .min
            .as_ref()
            .and_then(|b| least(field.data_type(), b));
        let max = column
            .max
            .as_ref()
            .and_then(|b| greatest(field.data_type(), b));
        if reordered(field.data_type(), column.max.as_ref()) {
            continue;
        }
        if let Some(min) = min {
            mins.insert(name.clone(), min);
        }
        if let Some(max) = max {
            maxes.insert(name.clone(), max);
        }
    }
    let mut all = json!({"numRecords": stats.rows, "nullCount": nulls});
    if let Some(all) = all.as_object_mut() {
        all.insert("minValues".to_owned(), mins.into());
        all.insert("maxValues".to_owned(), maxes.into());
    }
    all.to_string()
}

/// Unsigned 64-bit numbers are stored by their bits: above the signed ones, others see
/// negative numbers.
fn reordered(data_type: &DataType, max: Option<&Bound>) -> bool {
    *data_type == DataType::UInt64
        && !matches!(max, Some(Bound::Int(max)) if i64::try_from(*max).is_ok())
}

fn least(data_type: &DataType, bound: &Bound) -> Option<Value> {
    match (data_type, bound) {
        (DataType::Timestamp(TimeUnit::Microsecond, zone), Bound::Int(micros)) => moment(
            i64::try_from(*micros).ok()?.div_euclid(1000),
            zone.is_some(),
        ),
        // Cut at a character, which only makes it less.
        (data_type, Bound::Bytes(bytes)) if is_text(data_type) => {
            let text = match std::str::from_utf8(bytes) {
                Ok(text) => text,
                Err(error) => std::str::from_utf8(bytes.get(..error.valid_up_to())?).ok()?,
            };
            Some(text.into())
        }
        _ => either(data_type, bound, -0.0),
    }
}

fn greatest(data_type: &DataType, bound: &Bound) -> Option<Value> {
    match (data_type, bound) {
        (DataType::Timestamp(TimeUnit::Microsecond, zone), Bound::Int(micros)) => {
            let micros = i64::try_from(*micros).ok()?;
            let millis = micros.div_euclid(1000) + i64::from(micros.rem_euclid(1000) > 0);
            moment(millis, zone.is_some())
        }
        (data_type, Bound::Bytes(bytes)) if is_text(data_type) => {
            std::str::from_utf8(bytes).ok().map(Value::from)
        }
        _ => either(data_type, bound, 0.0),
    }
}

/// Zero has two signs and one order for us; for some readers -0.0 is less. So a limit of
/// zero has the sign that rules out neither.
fn either(data_type: &DataType, bound: &Bound, zero: f64) -> Option<Value> {
    use DataType as T;

    match (data_type, bound) {
        (T::Date32, Bound::Int(days)) => date(*days),
        (T::Decimal32(p, s) | T::Decimal64(p, s) | T::Decimal128(p, s), Bound::Int(value)) => {
            decimal(*p, *s, *value)
        }
        (T::Boolean, _) => None,
        (_, Bound::Int(value)) => i64::try_from(*value).ok().map(Value::from),
        (T::Float32 | T::Float64, Bound::Float(value)) if value.is_finite() => {
            Some(json!(if *value == 0.0 { zero } else { *value }))
        }
        _ => None,
    }
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_text(values),
        other => matches!(other, DataType::Utf8 | DataType::LargeUtf8),
    }
}

fn date(days: i128) -> Option<Value> {
    let epoch = NaiveDate::from_ymd_opt(1970, 1, 1)?;
    let distance = Days::new(u64::try_from(days.unsigned_abs()).ok()?);
    let date = if days < 0 {
        epoch.checked_sub_days(distance)?
    } else {
        epoch.checked_add_days(distance)?
    };
    YEARS
        .contains(&date.year())
        .then(|| date.format("%Y-%m-%d").to_string().into())
}

fn moment(millis: i64, in_utc: bool) -> Option<Value> {
    let at = DateTime::from_timestamp_millis(millis)?;
    let text = at.format("%Y-%m-%dT%H:%M:%S%.3f").to_string();
    let zone = if in_utc { "Z" } else { "" };
    YEARS
        .contains(&at.year())
        .then(|| format!("{text}{zone}").into())
}

fn decimal(precision: u8, scale: i8, value: i128) -> Option<Value> {
    if precision > EXACT_DIGITS {
        return None;
    }
    let digits = usize::try_from(scale).ok()?;
    let all = format!("{:0width$}", value.unsigned_abs(), width = digits + 1);
    let (whole, fraction) = all.split_at(all.len() - digits);
    let sign = if value < 0 { "-" } else { "" };
    serde_json::from_str(&format!(
        "{sign}{whole}.{}",
        if fraction.is_empty() { "0" } else { fraction }
    ))
    .ok()
}
