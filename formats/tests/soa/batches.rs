//! Batches that fit, and every way in which one may not.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, RecordBatch, UInt32Array, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema};
use thermocline_derive::SoA;
use thermocline_formats::soa::{ArrowSchemaGen, ToArrow};
use thermocline_formats::{Error, Mismatch};

use crate::orders::{OrderSoA, orders};

#[derive(Debug, Clone, PartialEq, SoA)]
struct Reading {
    station: u64,
    celsius: Option<f64>,
    note: Option<String>,
}

fn readings() -> ReadingSoA {
    let row = |station, celsius, note: Option<&str>| Reading {
        station,
        celsius,
        note: note.map(str::to_owned),
    };
    [
        row(1, Some(0.5), None),
        row(2, None, Some("")),
        row(3, None, None),
    ]
    .into_iter()
    .collect()
}

fn batch() -> RecordBatch {
    readings().to_record_batch().unwrap()
}

fn refused(batch: &RecordBatch) -> Error {
    ReadingSoA::from_record_batch(batch).unwrap_err()
}

#[test]
fn the_schema_follows_the_struct() {
    let names = ["station", "celsius", "note"];
    assert_eq!(ReadingSoA::arrow_field_names(), names);
    let schema = Schema::new(vec![
        Field::new("station", DataType::UInt64, false),
        Field::new("celsius", DataType::Float64, true),
        Field::new("note", DataType::Utf8, true),
    ]);
    assert_eq!(*ReadingSoA::arrow_schema(), schema);
    assert_eq!(
        ReadingSoA::arrow_field_types(),
        [DataType::UInt64, DataType::Float64, DataType::Utf8]
    );
    assert_eq!(*batch().schema(), schema);
    assert!(Arc::ptr_eq(
        &ReadingSoA::arrow_schema(),
        &ReadingSoA::arrow_schema()
    ));
}

#[test]
fn an_empty_set_is_an_empty_batch_and_an_empty_set() {
    let batch = ReadingSoA::new().to_record_batch().unwrap();
    assert_eq!((batch.num_rows(), batch.num_columns()), (0, 3));
    assert_eq!(
        ReadingSoA::from_record_batch(&batch).unwrap(),
        ReadingSoA::new()
    );
}

#[test]
fn columns_are_matched_by_name_in_any_order() {
    let swapped = batch().project(&[2, 0, 1]).unwrap();
    assert_eq!(ReadingSoA::from_record_batch(&swapped).unwrap(), readings());
    // Two columns of one type can't be confused.
    let orders = OrderSoA::from_iter(orders(5));
    let batch = orders.to_record_batch().unwrap();
    let backwards: Vec<_> = (0..batch.num_columns()).rev().collect();
    let swapped = batch.project(&backwards).unwrap();
    assert_eq!(OrderSoA::from_record_batch(&swapped).unwrap(), orders);
}

#[test]
fn a_slice_of_a_batch_has_its_rows_only() {
    let middle = ReadingSoA::from_record_batch(&batch().slice(1, 1)).unwrap();
    assert_eq!(middle.to_rows(), readings().to_rows()[1..2]);
}

#[test]
fn a_missing_column_is_an_error_unless_it_is_optional() {
    let error = refused(&batch().project(&[1, 2]).unwrap());
    let missing = Mismatch::MissingColumn {
        column: "station".into(),
    };
    assert_eq!(error.mismatch(), Some(&missing));
    let without_note = ReadingSoA::from_record_batch(&batch().project(&[0, 1]).unwrap()).unwrap();
    assert_eq!(without_note.view(1).unwrap().note, None);
    assert_eq!(without_note.len(), 3);
}

fn with(name: &str, column: ArrayRef) -> RecordBatch {
    let mut columns: Vec<(String, ArrayRef)> = Vec::new();
    for (field, array) in batch().schema().fields().iter().zip(batch().columns()) {
        columns.push((field.name().clone(), Arc::clone(array)));
    }
    match columns.iter_mut().find(|(found, _)| found == name) {
        Some((_, array)) => *array = column,
        None => columns.push((name.to_owned(), column)),
    }
    RecordBatch::try_from_iter(columns).unwrap()
}

#[test]
fn an_extra_column_is_an_error() {
    let error = refused(&with("humidity", Arc::new(Int64Array::from(vec![1, 2, 3]))));
    let extra = Mismatch::ExtraColumn {
        column: "humidity".into(),
    };
    assert_eq!(error.mismatch(), Some(&extra));
    assert_eq!(error.column(), Some("humidity"));
}

#[test]
fn a_retyped_column_is_an_error_even_if_its_values_would_fit() {
    let error = refused(&with("station", Arc::new(UInt32Array::from(vec![1, 2, 3]))));
    let differs = Mismatch::TypeDiffers {
        column: "station".into(),
        expected: DataType::UInt64,
        found: DataType::UInt32,
    };
    assert_eq!(error.mismatch(), Some(&differs));
}

#[test]
fn a_null_is_never_read_as_zero() {
    let error = refused(&with(
        "station",
        Arc::new(UInt64Array::from(vec![Some(1), None, None])),
    ));
    let null = Mismatch::NullInRequired {
        column: "station".into(),
        row: 1,
    };
    assert_eq!(error.mismatch(), Some(&null));
    // A column may be called nullable as long as no null is there.
    let array: ArrayRef = Arc::new(UInt64Array::from(vec![Some(7), Some(8), Some(9)]));
    let read = ReadingSoA::from_record_batch(&with("station", array)).unwrap();
    assert_eq!(read.station_raw_array(), [7, 8, 9]);
}

#[test]
fn a_column_that_stands_there_twice_is_an_error() {
    let twice = batch().project(&[0, 1, 2, 0]).unwrap();
    let duplicate = Mismatch::DuplicateColumn {
        column: "station".into(),
    };
    assert_eq!(refused(&twice).mismatch(), Some(&duplicate));
}

#[test]
fn a_batch_that_is_handed_over_is_read_like_one_that_is_lent() {
    assert_eq!(ReadingSoA::try_from(batch()).unwrap(), readings());
    assert!(ReadingSoA::try_from(batch().project(&[1]).unwrap()).is_err());
    assert_eq!(batch().column(0).len(), 3);
}
