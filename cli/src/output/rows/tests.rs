use std::sync::{Arc, Mutex};

use arrow::array::{
    ArrayRef, BinaryArray, Decimal128Array, Float32Array, Float64Array, Int64Array, ListArray,
    StringArray, TimestampMicrosecondArray, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use serde_json::{Value, json};

use super::*;

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(buf);
        Ok(buf.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn written(batch: &RecordBatch, make: impl FnOnce(Target) -> Box<dyn RowSink>) -> String {
    let out = Shared::default();
    let mut sink = make(Target::Stdout(Box::new(out.clone())));
    if batch.num_rows() > 0 {
        sink.write(batch).unwrap();
    }
    sink.finish().unwrap();
    String::from_utf8(out.0.lock().unwrap().clone()).unwrap()
}

fn as_json(batch: &RecordBatch) -> (String, Value) {
    let text = written(batch, |target| {
        Box::new(json::JsonSink::new(&batch.schema(), target))
    });
    let value = serde_json::from_str(&text).unwrap();
    (text, value)
}

fn one(name: &str, column: impl Into<ArrayRef>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable([(name, column.into(), true)]).unwrap()
}

fn array(a: impl arrow::array::Array + 'static) -> ArrayRef {
    Arc::new(a)
}

#[test]
fn json_has_a_text_for_every_float() {
    let floats = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -0.0,
        1.0,
        0.1,
        1e300,
        5e-324,
    ];
    let (text, value) = as_json(&one("x", array(Float64Array::from(floats.to_vec()))));
    let expected = json!([
        "NaN",
        "Infinity",
        "-Infinity",
        -0.0,
        1.0,
        0.1,
        1e300,
        5e-324
    ]);
    let got: Vec<Value> = value
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["x"].clone())
        .collect();
    assert_eq!(Value::from(got), expected);
    assert!(text.contains("-0.0"), "{text}");
    let (text, _) = as_json(&one("x", array(Float32Array::from(vec![0.1_f32]))));
    assert_eq!(text.trim(), r#"[{"x":0.1}]"#);
}

#[test]
fn json_keeps_every_digit_of_integers_and_decimals() {
    let (text, _) = as_json(&one("x", array(UInt64Array::from(vec![u64::MAX]))));
    assert_eq!(text.trim(), r#"[{"x":18446744073709551615}]"#);
    let sum = Decimal128Array::from(vec![350_217_607])
        .with_precision_and_scale(38, 0)
        .unwrap();
    assert_eq!(
        as_json(&one("x", array(sum))).1,
        json!([{"x": 350_217_607}])
    );
}

#[test]
fn json_writes_nulls_times_and_bytes() {
    let nulls = one("x", array(StringArray::from(vec![None, Some("a\"b\n")])));
    assert_eq!(as_json(&nulls).1, json!([{"x": null}, {"x": "a\"b\n"}]));
    let time = TimestampMicrosecondArray::from(vec![1_357_034_400_000_000]);
    assert_eq!(
        as_json(&one("t", array(time))).1,
        json!([{"t": "2013-01-01T10:00:00"}])
    );
    let bytes = BinaryArray::from(vec![b"\x00\xff".as_slice()]);
    assert_eq!(as_json(&one("b", array(bytes))).1, json!([{"b": "00ff"}]));
}

#[test]
fn an_empty_result_is_an_empty_array_and_a_header() {
    let empty = RecordBatch::new_empty(one("x", array(Int64Array::from(vec![1]))).schema());
    assert_eq!(as_json(&empty).1, json!([]));
    let csv = written(&empty, |target| {
        Box::new(csv::CsvSink::new(&empty.schema(), target))
    });
    assert_eq!(csv, "x\n");
}

#[test]
fn two_columns_of_one_name_stay_two() {
    let fields = ["a", "a", "a_1"].map(|n| Field::new(n, DataType::Int64, true));
    let columns = (1..=3).map(|n| array(Int64Array::from(vec![n]))).collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields.to_vec())), columns).unwrap();
    let (_, value) = as_json(&batch);
    assert_eq!(value, json!([{"a": 1, "a_2": 2, "a_1": 3}]));
}

#[test]
fn csv_writes_lists_as_text() {
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None]), None]);
    let batch = one("l", array(list));
    let csv = written(&batch, |target| {
        Box::new(csv::CsvSink::new(&batch.schema(), target))
    });
    assert_eq!(csv, "l\n\"[1, ]\"\n\n".replace("\n\n", "\n\"\"\n"));
}

#[test]
fn a_table_stops_at_its_limit_and_says_so() {
    let batch = one("n", array(Int64Array::from_iter_values(0..10)));
    let text = written(&batch, |target| {
        Box::new(TableSink::new(
            &batch.schema(),
            target,
            crate::output::Paint::plain(),
            2,
        ))
    });
    assert!(text.starts_with("n\n"), "{text}");
    assert!(text.contains("only the first 2 rows"), "{text}");
    assert_eq!(text.lines().count(), 5);
}
