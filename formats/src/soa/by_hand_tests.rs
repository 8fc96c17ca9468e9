//! Columns of every type there and back, and every way in which a batch may not fit.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, Int64Array, StringArray, UInt64Array},
    datatypes::{DataType, Schema},
};
use proptest::prelude::*;

use super::{RecordBatch, SoaField, batch, field, from_column, schema, to_column};
use crate::{ErrorKind, schema::Mismatch};

fn round_trip<T: SoaField + Clone>(column: &[T]) -> Vec<T> {
    let schema = schema([field::<T>("c")]);
    let batch = batch(&schema, vec![to_column("c", column).unwrap()]).unwrap();
    assert_eq!(batch.num_rows(), column.len());
    from_column(&batch, "c").unwrap()
}

fn one_column(name: &str, column: impl Array + 'static) -> RecordBatch {
    RecordBatch::try_from_iter([(name, Arc::new(column) as ArrayRef)]).unwrap()
}

macro_rules! every_value_comes_back {
    ($($name:ident: $type:ty),+ $(,)?) => {
        proptest! {$(
            #[test]
            fn $name(column: Vec<$type>, optional: Vec<Option<$type>>) {
                prop_assert_eq!(round_trip(&column), column);
                prop_assert_eq!(round_trip(&optional), optional);
            }
        )+}
    };
}

every_value_comes_back! {
    every_bool_comes_back: bool,
    every_i8_comes_back: i8,
    every_i16_comes_back: i16,
    every_i32_comes_back: i32,
    every_i64_comes_back: i64,
    every_u8_comes_back: u8,
    every_u16_comes_back: u16,
    every_u32_comes_back: u32,
    every_u64_comes_back: u64,
    every_text_comes_back: String,
    all_bytes_come_back: Vec<u8>,
    all_fixed_bytes_come_back: [u8; 3],
}

proptest! {
    #[test]
    fn every_bit_of_a_float_comes_back(wide: Vec<Option<u64>>, narrow: Vec<u32>) {
        let column: Vec<_> = wide.iter().map(|bits| bits.map(f64::from_bits)).collect();
        let bits: Vec<_> = round_trip(&column).iter().map(|v| v.map(f64::to_bits)).collect();
        prop_assert_eq!(bits, wide);
        let column: Vec<_> = narrow.iter().copied().map(f32::from_bits).collect();
        let bits: Vec<_> = round_trip(&column).into_iter().map(f32::to_bits).collect();
        prop_assert_eq!(bits, narrow);
    }
}

#[test]
fn values_at_the_edges_come_back() {
    assert_eq!(
        round_trip(&[u64::MAX, i64::MAX as u64 + 1, 0]),
        [u64::MAX, 1 << 63, 0]
    );
    let nan = f64::from_bits(0x7ff8_dead_beef_0001);
    let bits: Vec<_> = round_trip(&[nan, -0.0])
        .into_iter()
        .map(f64::to_bits)
        .collect();
    assert_eq!(bits, [0x7ff8_dead_beef_0001, 1 << 63]);
    let texts = [String::new(), "ü".repeat(2 << 20), "\0".into()];
    assert_eq!(round_trip(&texts), texts);
    let optional = [None, Some(Vec::<u8>::new()), None];
    assert_eq!(
        round_trip(&optional),
        optional,
        "an empty value is not a null"
    );
}

#[test]
fn the_arrow_types_are_those_of_the_rust_types() {
    for (found, data_type, nullable) in [
        (field::<u64>("c"), DataType::UInt64, false),
        (field::<Option<String>>("c"), DataType::Utf8, true),
        (field::<Vec<u8>>("c"), DataType::Binary, false),
        (
            field::<Option<[u8; 16]>>("c"),
            DataType::FixedSizeBinary(16),
            true,
        ),
    ] {
        assert_eq!(
            (found.data_type(), found.is_nullable()),
            (&data_type, nullable)
        );
    }
    let array = to_column("c", &[1_u64, 2]).unwrap();
    assert_eq!(
        array.as_any().downcast_ref(),
        Some(&UInt64Array::from(vec![1, 2]))
    );
}

#[test]
fn columns_are_matched_by_name_in_any_order() {
    let batch = RecordBatch::try_from_iter([
        ("b", Arc::new(Int64Array::from(vec![2])) as ArrayRef),
        (
            "unknown",
            Arc::new(StringArray::from(vec!["x"])) as ArrayRef,
        ),
        ("a", Arc::new(Int64Array::from(vec![1])) as ArrayRef),
    ])
    .unwrap();
    assert_eq!(from_column::<i64>(&batch, "a").unwrap(), [1]);
    assert_eq!(from_column::<i64>(&batch, "b").unwrap(), [2]);
}

#[test]
fn a_slice_of_a_batch_gives_the_rows_of_the_slice() {
    let batch = one_column(
        "a",
        StringArray::from(vec![None, Some("x"), None, Some("y")]),
    );
    let slice = batch.slice(1, 2);
    assert_eq!(
        from_column::<Option<String>>(&slice, "a").unwrap(),
        [Some("x".into()), None]
    );
    assert_eq!(
        from_column::<String>(&batch.slice(3, 1), "a").unwrap(),
        ["y"]
    );
}

#[test]
fn another_type_is_an_error_that_names_the_column() {
    let batch = one_column("a", Int64Array::from(vec![1]));
    let error = from_column::<u64>(&batch, "a").unwrap_err();
    assert_eq!(
        (error.kind(), error.column()),
        (ErrorKind::InvalidInput, Some("a"))
    );
    let differs = Mismatch::TypeDiffers {
        column: "a".into(),
        expected: DataType::UInt64,
        found: DataType::Int64,
    };
    assert_eq!(error.mismatch(), Some(&differs));
    assert!(from_column::<[u8; 8]>(&one_column("a", Int64Array::from(vec![1])), "a").is_err());
}

#[test]
fn a_null_in_a_required_column_is_an_error_that_names_column_and_row() {
    let batch = one_column("a", Int64Array::from(vec![Some(1), None, None]));
    let error = from_column::<i64>(&batch, "a").unwrap_err();
    let null = Mismatch::NullInRequired {
        column: "a".into(),
        row: 1,
    };
    assert_eq!(error.mismatch(), Some(&null));
    assert_eq!(
        error.to_string(),
        "column `a` must not be null, but is null in row 1"
    );
    assert_eq!(
        from_column::<Option<i64>>(&batch, "a").unwrap(),
        [Some(1), None, None]
    );
}

#[test]
fn a_missing_column_is_an_error_or_none() {
    let batch = one_column("a", Int64Array::from(vec![1, 2]));
    let error = from_column::<i64>(&batch, "b").unwrap_err();
    assert_eq!(
        error.mismatch(),
        Some(&Mismatch::MissingColumn { column: "b".into() })
    );
    assert_eq!(
        from_column::<Option<String>>(&batch, "b").unwrap(),
        [None, None]
    );
    assert_eq!(
        from_column::<Option<[u8; 4]>>(&batch, "b").unwrap(),
        [None, None]
    );
}

#[test]
fn a_name_that_stands_there_twice_is_an_error() {
    let column: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let twice = Schema::new(vec![field::<i64>("a"), field::<i64>("a")]);
    let batch = RecordBatch::try_new(Arc::new(twice), vec![Arc::clone(&column), column]).unwrap();
    let error = from_column::<Option<i64>>(&batch, "a").unwrap_err();
    assert_eq!(
        error.mismatch(),
        Some(&Mismatch::DuplicateColumn { column: "a".into() })
    );
}

#[test]
fn columns_of_different_lengths_are_no_batch() {
    let schema = schema([field::<i64>("a"), field::<i64>("b")]);
    let columns = vec![
        to_column("a", &[1_i64, 2]).unwrap(),
        to_column("b", &[1_i64]).unwrap(),
    ];
    let error = batch(&schema, columns).unwrap_err();
    assert_eq!(error.column(), Some("b"));
    assert!(
        error
            .to_string()
            .starts_with("column `b` has 1 rows where the first"),
        "{error}"
    );
}
