use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, Float64Array, Int64Array, RecordBatch, StringArray, UInt64Array,
};
use arrow::compute::concat_batches;
use proptest::prelude::*;

use super::*;
use crate::testing::arbitrary_batch;

fn stats(array: ArrayRef) -> ColumnStats {
    let batch = RecordBatch::try_from_iter([("x", array)]).unwrap();
    SegmentStats::of(&batch).columns.remove(0)
}

#[test]
fn floats_leave_nans_out_and_count_them() {
    let found = stats(Arc::new(Float64Array::from(vec![
        Some(f64::NAN),
        Some(2.5),
        None,
        Some(-1.0),
        Some(-f64::NAN),
    ])));
    assert_eq!((found.nulls, found.nans), (1, 2));
    assert_eq!(found.min, Some(Bound::Float(-1.0)));
    assert_eq!(found.max, Some(Bound::Float(2.5)));

    let only_nan = stats(Arc::new(Float64Array::from(vec![f64::NAN])));
    assert_eq!((only_nan.nans, only_nan.min, only_nan.max), (1, None, None));
}

#[test]
fn unsigned_numbers_keep_their_order_above_the_signed_ones() {
    let found = stats(Arc::new(UInt64Array::from(vec![1, u64::MAX, 7])));
    assert_eq!(found.max, Some(Bound::from(u64::MAX)));
    assert_eq!(found.min, Some(Bound::from(1_u64)));
}

#[test]
fn long_limits_are_cut_to_both_sides() {
    let long = "b".repeat(100);
    let found = stats(Arc::new(StringArray::from(vec![long.as_str()])));
    assert_eq!(found.min, Some(Bound::Bytes(vec![b'b'; 64])));
    let mut up = vec![b'b'; 63];
    up.push(b'c');
    assert_eq!(found.max, Some(Bound::Bytes(up)));
    assert!(!found.min_exact && !found.max_exact);

    let highest = vec![0xff; 65];
    let found = stats(Arc::new(BinaryArray::from(vec![highest.as_slice()])));
    assert_eq!(found.max, None);
    let mut mixed = vec![1];
    mixed.extend([0xff; 70]);
    let found = stats(Arc::new(BinaryArray::from(vec![mixed.as_slice()])));
    assert_eq!(found.max, Some(Bound::Bytes(vec![2])));
}

#[test]
fn a_limit_that_is_unknown_stays_unknown_when_merged() {
    let batch = |values: Vec<&[u8]>| {
        let array = Arc::new(BinaryArray::from(values)) as ArrayRef;
        SegmentStats::of(&RecordBatch::try_from_iter([("x", array)]).unwrap())
    };
    let mut merged = batch(vec![&[0xff; 65]]);
    merged.merge(&batch(vec![b"a"]));
    assert_eq!(merged.columns[0].max, None);
    assert_eq!(merged.columns[0].min, Some(Bound::from("a")));
}

#[test]
fn columns_that_came_later_are_null_before() {
    let old =
        RecordBatch::try_from_iter([("a", Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef)]);
    let new = RecordBatch::try_from_iter([
        ("a", Arc::new(Int64Array::from(vec![3])) as ArrayRef),
        ("b", Arc::new(Int64Array::from(vec![4])) as ArrayRef),
    ]);
    let (old, new) = (
        SegmentStats::of(&old.unwrap()),
        SegmentStats::of(&new.unwrap()),
    );
    let mut one = old.clone();
    one.merge(&new);
    let mut other = new;
    other.merge(&old);
    assert_eq!(one, other);
    assert_eq!((one.rows, one.columns[1].nulls), (3, 2));
    assert_eq!(one.columns[1].max, Some(Bound::from(4_i64)));
}

#[test]
fn bounds_have_sqls_order() {
    assert_eq!(Bound::Float(-0.0), Bound::Float(0.0));
    assert_eq!(Bound::Float(f64::NAN), Bound::Float(-f64::NAN));
    assert!(Bound::Float(f64::NAN) > Bound::Float(f64::INFINITY));
    assert!(Bound::Int(1).compare(&Bound::Float(1.0)).is_none());
    assert_ne!(Bound::Int(1), Bound::Float(1.0));
}

#[test]
fn every_bound_survives_messagepack_and_json() {
    let bounds = vec![
        Bound::Bool(true),
        Bound::Int(i128::MIN),
        Bound::Int(-1),
        Bound::from(u64::MAX),
        Bound::Float(f64::INFINITY),
        Bound::Float(f64::NEG_INFINITY),
        Bound::Float(f64::NAN),
        Bound::Float(0.1),
        Bound::Bytes(vec![0, 0xff, b'"']),
        Bound::Bytes(Vec::new()),
    ];
    let packed = rmp_serde::to_vec_named(&bounds).unwrap();
    assert_eq!(
        rmp_serde::from_slice::<Vec<Bound>>(&packed).unwrap(),
        bounds
    );
    let json = serde_json::to_string(&bounds).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Bound>>(&json).unwrap(), bounds);
    for bad in [
        r#"{"x":"0"}"#,
        r#"{"x":"+1"}"#,
        r#"{"x":"zz"}"#,
        r#"{"w":"no"}"#,
    ] {
        assert!(serde_json::from_str::<Bound>(bad).is_err(), "{bad}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn merging_is_looking_at_all_rows(seed: u64, rows in 0_usize..40, more in 0_usize..40) {
        let (a, b) = (arbitrary_batch(seed, rows), arbitrary_batch(seed ^ 1, more));
        let mut merged = SegmentStats::of(&a);
        merged.merge(&SegmentStats::of(&b));
        let all = SegmentStats::of(&concat_batches(&a.schema(), [&a, &b]).unwrap());
        for (index, (merged, all)) in merged.columns.iter().zip(&all.columns).enumerate() {
            prop_assert_eq!((merged.nulls, merged.nans), (all.nulls, all.nans), "column {}", index);
            // An inexact limit may be wider than the exact one of all rows.
            prop_assert!(merged.min <= all.min || merged.min.is_none(), "column {}", index);
            prop_assert!(merged.max >= all.max || merged.max.is_none(), "column {}", index);
        }
        let json = serde_json::to_string(&all).unwrap();
        prop_assert_eq!(&serde_json::from_str::<SegmentStats>(&json).unwrap(), &all);
        let packed = rmp_serde::to_vec_named(&all).unwrap();
        prop_assert_eq!(&rmp_serde::from_slice::<SegmentStats>(&packed).unwrap(), &all);
    }
}
