//! The statistics of a file, read back: what they say for certain.

use std::sync::Arc;

use arrow::datatypes::{DataType, Schema, SchemaRef, TimeUnit};
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use serde_json::Value;
use thermocline_formats::{Bound, ColumnStats, SegmentStats};

/// Writers cut timestamps to milliseconds.
const LOST_MICROS: i128 = 999;

/// The number of rows that an `add` states.
pub(crate) fn stated_rows(stats: Option<&str>) -> Option<u64> {
    let all: Value = serde_json::from_str(stats?).ok()?;
    all.get("numRecords")?.as_u64()
}

/// The columns that the statistics tell of, and what they tell. Of a column that is not
/// among them nothing is known. `ours` says whether they are by our own writer, whose
/// floats can be relied on.
pub(crate) fn known(
    schema: &Schema,
    stats: Option<&str>,
    ours: bool,
) -> Option<(SchemaRef, SegmentStats)> {
    let all: Value = serde_json::from_str(stats?).ok()?;
    let rows = all.get("numRecords")?.as_u64()?;
    let of = |part: &str, name: &str| all.get(part).and_then(|values| values.get(name)).cloned();
    let (mut fields, mut columns) = (Vec::new(), Vec::new());
    for field in schema.fields() {
        let (name, data_type) = (field.name(), field.data_type());
        let Some(nulls) = of("nullCount", name).and_then(|nulls| nulls.as_u64()) else {
            continue;
        };
        let min = of("minValues", name).and_then(|value| limit(data_type, &value));
        let max = of("maxValues", name).and_then(|value| limit(data_type, &value));
        // NaN is among the values or not; only ours have no limits where it is.
        if data_type.is_floating() && !(ours && min.is_some() && max.is_some()) {
            continue;
        }
        let mut column = ColumnStats::all_null(rows);
        column.nulls = nulls;
        // JSON's numbers are not always read to the last bit.
        column.min = min.map(|min| match min {
            Bound::Float(min) => Bound::Float(min.next_down().next_down()),
            min => min,
        });
        column.max = max.map(|max| match (data_type, max) {
            (_, Bound::Float(max)) => Bound::Float(max.next_up().next_up()),
            (DataType::Timestamp(TimeUnit::Microsecond, _), Bound::Int(micros)) => {
                Bound::Int(micros.saturating_add(LOST_MICROS))
            }
            (_, max) => max,
        });
        (column.min_exact, column.max_exact) = (false, false);
        fields.push(Arc::clone(field));
        columns.push(column);
    }
    Some((
        Arc::new(Schema::new(fields)),
        SegmentStats { rows, columns },
    ))
}

fn limit(data_type: &DataType, value: &Value) -> Option<Bound> {
    use DataType as T;

    match data_type {
        T::Date32 => {
            let date = NaiveDate::parse_from_str(value.as_str()?, "%Y-%m-%d").ok()?;
            let days = date.signed_duration_since(NaiveDate::from_ymd_opt(1970, 1, 1)?);
            Some(Bound::Int(days.num_days().into()))
        }
        T::Timestamp(TimeUnit::Microsecond, _) => micros(value.as_str()?).map(Bound::Int),
        T::Float16 | T::Float32 | T::Float64 => value.as_f64().map(Bound::Float),
        T::Utf8 | T::LargeUtf8 => Some(Bound::Bytes(value.as_str()?.as_bytes().to_vec())),
        T::Dictionary(_, values) => limit(values, value),
        integer if integer.is_integer() => value.as_i64().map(|value| Bound::Int(value.into())),
        // Stored as numbers in their own unit.
        T::Timestamp(..) | T::Time32(_) | T::Time64(_) | T::Date64 => {
            value.as_i64().map(|value| Bound::Int(value.into()))
        }
        _ => None,
    }
}

fn micros(text: &str) -> Option<i128> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.timestamp_micros().into());
    }
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
    Some(local.and_utc().timestamp_micros().into())
}

#[cfg(test)]
mod tests {
    use arrow::array::{
        ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
        TimestampMicrosecondArray, UInt64Array,
    };
    use thermocline_formats::Predicate;

    use super::*;
    use crate::cold::delta;

    /// What is read back must not be narrower than what was written.
    #[test]
    fn our_own_statistics_come_back_and_rule_out_no_row_that_is_there() {
        let columns: Vec<(&str, ArrayRef)> = vec![
            (
                "i",
                Arc::new(Int64Array::from(vec![Some(-5), None, Some(7)])),
            ),
            ("u", Arc::new(UInt64Array::from(vec![1, 2, u64::MAX]))),
            ("f", Arc::new(Float64Array::from(vec![0.5, 1.5, 2.5]))),
            // Read back as 110 by a parser that is quick.
            (
                "g",
                Arc::new(Float64Array::from(vec![1.0, 2.0, 110.000_000_000_000_01])),
            ),
            (
                "nan",
                Arc::new(Float64Array::from(vec![0.5, f64::NAN, 2.5])),
            ),
            ("s", Arc::new(StringArray::from(vec!["a", "ü", "z"]))),
            ("d", Arc::new(Date32Array::from(vec![-1, 0, 20_000]))),
            (
                "t",
                Arc::new(TimestampMicrosecondArray::from(vec![-1, 5, 1_000_001])),
            ),
        ];
        let batch = RecordBatch::try_from_iter_with_nullable(
            columns
                .into_iter()
                .map(|(name, column)| (name, column, true)),
        )
        .unwrap();
        let schema = batch.schema();
        let text = delta::stats(&schema, &SegmentStats::of(&batch));
        assert_eq!(stated_rows(Some(&text)), Some(3));
        let (told, stats) = known(&schema, Some(&text), true).unwrap();
        // Nothing is known of a column with NaN.
        assert!(told.column_with_name("nan").is_none());
        let may_match = |p: &Predicate| p.may_match(&told, &stats);
        for there in [
            Predicate::eq("i", -5_i64),
            Predicate::is_null("i"),
            Predicate::eq("u", u64::MAX),
            Predicate::eq("f", 2.5),
            Predicate::gt("g", 110.0),
            Predicate::eq("nan", f64::NAN),
            Predicate::eq("s", "ü"),
            Predicate::eq("t", Bound::Int(1_000_001)),
            Predicate::eq("t", Bound::Int(-1)),
            Predicate::eq("d", Bound::Int(-1)),
        ] {
            assert!(may_match(&there), "{there:?}");
        }
        for gone in [
            Predicate::gt("i", 7_i64),
            Predicate::is_null("s"),
            Predicate::lt("f", 0.499),
            Predicate::gt("s", "ü"),
            Predicate::gt("t", Bound::Int(1_002_000)),
            Predicate::gt("d", Bound::Int(20_000)),
        ] {
            assert!(!may_match(&gone), "{gone:?}");
        }
    }

    #[test]
    fn statistics_of_others_are_taken_only_where_they_are_certain() {
        let schema = Schema::new(
            [
                ("f", DataType::Float64),
                ("i", DataType::Int32),
                ("x", DataType::Int32),
            ]
            .map(|(name, data_type)| arrow::datatypes::Field::new(name, data_type, true))
            .to_vec(),
        );
        let text = r#"{"numRecords":2,"minValues":{"f":1.0,"i":3},"maxValues":{"f":2.0},"nullCount":{"f":0,"i":1}}"#;
        let (told, stats) = known(&schema, Some(text), false).unwrap();
        assert_eq!(told.fields().len(), 1);
        assert!(!Predicate::lt("i", 3).may_match(&told, &stats));
        assert!(Predicate::gt("i", 1_000).may_match(&told, &stats));
        assert!(Predicate::is_null("x").may_match(&told, &stats));
        assert!(Predicate::gt("f", 5.0).may_match(&told, &stats));
        assert!(known(&schema, Some("{}"), false).is_none());
        assert!(known(&schema, Some("not json"), false).is_none());
    }
}
