use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, TimestampNanosecondArray,
};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use proptest::prelude::*;

use super::*;
use crate::ErrorKind;
use crate::testing::arbitrary_batch;

fn flights() -> RecordBatch {
    let hour = 3_600_000_000_000_i64;
    let carriers = StringArray::from(vec![Some("UA"), Some("AA"), None, Some("UA"), Some("A/A")]);
    // 2013-01-01T00 and a month later.
    let start = 1_356_998_400_000_000_000_i64;
    let times = TimestampNanosecondArray::from(vec![
        start,
        start + hour,
        start,
        start + 31 * 24 * hour,
        start - 1,
    ]);
    RecordBatch::try_from_iter_with_nullable([
        ("carrier", Arc::new(carriers) as ArrayRef, true),
        ("time_hour", Arc::new(times) as ArrayRef, true),
        (
            "id",
            Arc::new(Int64Array::from_iter_values(0..5)) as ArrayRef,
            true,
        ),
    ])
    .unwrap()
}

fn by(text: &str) -> PartitionBy {
    text.parse().unwrap()
}

fn split(text: &str) -> Vec<(String, Vec<i64>)> {
    let parts = by(text).split(&flights()).unwrap();
    parts
        .into_iter()
        .map(|(key, batch)| {
            let ids = batch
                .column_by_name("id")
                .unwrap()
                .as_primitive::<Int64Type>();
            (key.to_string(), ids.values().to_vec())
        })
        .collect()
}

#[test]
fn text_is_read_and_printed_the_same() {
    for text in [
        "",
        "carrier",
        "carrier, month(time_hour), bucket(16, id)",
        "year(a), day(b), hour(c), truncate(10, d)",
        r#""odd, name", bucket(2, "say ""hi""")"#,
        r#""month(x)""#,
    ] {
        assert_eq!(by(text).to_string(), text);
    }
    assert_eq!(by("  Month( t ) ,c ").to_string(), "month(t), c");
    assert!(by(" ").is_none());
    for bad in [
        "a,",
        ",",
        "week(a)",
        "month()",
        "month(a",
        "bucket(0, a)",
        "bucket(a)",
        "a b",
        "\"a",
    ] {
        let error = bad.parse::<PartitionBy>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{bad}");
    }
}

#[test]
fn rows_are_divided_in_order() {
    assert_eq!(
        split("carrier, month(time_hour)"),
        [
            (
                "carrier=__HIVE_DEFAULT_PARTITION__/time_hour_month=2013-01".to_owned(),
                vec![2]
            ),
            ("carrier=A%2FA/time_hour_month=2012-12".to_owned(), vec![4]),
            ("carrier=AA/time_hour_month=2013-01".to_owned(), vec![1]),
            ("carrier=UA/time_hour_month=2013-01".to_owned(), vec![0]),
            ("carrier=UA/time_hour_month=2013-02".to_owned(), vec![3]),
        ]
    );
    assert_eq!(
        split("year(time_hour)"),
        [
            ("time_hour_year=2012".to_owned(), vec![4]),
            ("time_hour_year=2013".to_owned(), vec![0, 1, 2, 3]),
        ]
    );
    assert_eq!(
        split("truncate(2, id)"),
        [
            ("id_trunc=0".to_owned(), vec![0, 1]),
            ("id_trunc=2".to_owned(), vec![2, 3]),
            ("id_trunc=4".to_owned(), vec![4]),
        ]
    );
    assert_eq!(split("hour(time_hour)").len(), 4);
}

#[test]
fn rows_that_stand_together_are_not_copied() {
    let batch = flights();
    let whole = PartitionBy::none().split(&batch).unwrap();
    assert!(Arc::ptr_eq(whole[0].1.column(2), batch.column(2)));
    let one = by("bucket(1, id)").split(&batch).unwrap();
    assert!(Arc::ptr_eq(one[0].1.column(2), batch.column(2)));
    let parts = by("truncate(2, id)").split(&batch).unwrap();
    let start = |batch: &RecordBatch| batch.column(2).to_data().buffers()[0].as_ptr();
    assert_eq!(start(&parts[1].1), start(&batch).wrapping_add(16));
    assert!(by("id").split(&batch.slice(0, 0)).unwrap().is_empty());
}

#[test]
fn fields_must_fit_the_schema() {
    let schema = Schema::new(vec![
        Field::new("f", DataType::Float64, true),
        Field::new("d", DataType::Date32, true),
        Field::new("d_month", DataType::Int32, true),
        Field::new("flag", DataType::Boolean, true),
    ]);
    for (text, fits) in [
        ("d", true),
        ("flag", true),
        ("month(d), d", true),
        ("bucket(4, d)", true),
        ("missing", false),
        ("f", false),
        ("bucket(4, f)", false),
        ("hour(d)", false),
        ("truncate(4, d)", false),
        ("bucket(4, flag)", false),
        ("month(d), d_month", false),
        ("d, d", false),
    ] {
        assert_eq!(by(text).check(&schema).is_ok(), fits, "{text}");
    }
    let zero = PartitionField {
        column: "d".to_owned(),
        transform: Transform::Bucket(0),
    };
    assert!(PartitionBy::new(vec![zero]).check(&schema).is_err());
}

#[test]
fn a_value_too_long_for_a_directory_is_refused() {
    let long = Arc::new(StringArray::from(vec!["x".repeat(300)])) as ArrayRef;
    let batch = RecordBatch::try_from_iter([("c", long)]).unwrap();
    assert_eq!(by("c").split(&batch).unwrap_err().column(), Some("c"));
    assert_eq!(
        by("truncate(8, c)").split(&batch).unwrap()[0].0.to_string(),
        "c_trunc=xxxxxxxx"
    );
}

#[test]
fn null_and_the_text_of_null_are_two_partitions() {
    let words = StringArray::from(vec![None, Some("__HIVE_DEFAULT_PARTITION__"), Some("")]);
    let batch =
        RecordBatch::try_from_iter_with_nullable([("c", Arc::new(words) as ArrayRef, true)]);
    let parts = by("c").split(&batch.unwrap()).unwrap();
    let paths: Vec<_> = parts.iter().map(|(key, _)| key.to_string()).collect();
    assert_eq!(
        paths,
        [
            "c=__HIVE_DEFAULT_PARTITION__",
            "c=",
            "c=%5FHIVE_DEFAULT_PARTITION__"
                .replace("%5F", "%5F_")
                .as_str()
        ]
    );
    for (key, _) in &parts {
        assert_eq!(key.to_string().parse::<PartitionKey>().unwrap(), *key);
    }
}

#[test]
fn paths_that_are_none_are_refused() {
    for bad in ["carrier", "a=1/", "a=%", "a=%zz", "a=%ff", "a=1//b=2"] {
        assert!(bad.parse::<PartitionKey>().is_err(), "{bad}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn every_row_goes_into_exactly_one_partition_by_any_flat_column(seed: u64, rows in 1_usize..30) {
        let batch = arbitrary_batch(seed & !15, rows);
        let schema = batch.schema();
        for field in schema.fields() {
            let field = PartitionField { column: field.name().clone(), transform: Transform::Identity };
            let by = PartitionBy::new(vec![field]);
            prop_assert_eq!(&by.to_string().parse::<PartitionBy>().unwrap(), &by);
            if by.check(&schema).is_err() {
                continue;
            }
            let Ok(parts) = by.split(&batch) else { continue };
            let total: usize = parts.iter().map(|(_, part)| part.num_rows()).sum();
            prop_assert_eq!(total, rows);
            let mut keys: Vec<_> = parts.iter().map(|(key, _)| key.clone()).collect();
            keys.dedup();
            prop_assert_eq!(keys.len(), parts.len());
            for key in keys {
                prop_assert_eq!(key.to_string().parse::<PartitionKey>().unwrap(), key);
            }
        }
    }

    #[test]
    fn any_text_can_be_parsed_without_a_panic(text: String) {
        let _ = text.parse::<PartitionBy>();
        if let Ok(key) = text.parse::<PartitionKey>() {
            prop_assert_eq!(key.to_string().parse::<PartitionKey>().unwrap(), key);
        }
    }
}
