use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::same_bits;
use crate::testing::{Random, arbitrary_batch};

fn small() -> RecordBatch {
    let numbers = Arc::new(Int64Array::from(vec![Some(1), None, Some(i64::MIN)])) as ArrayRef;
    let words = Arc::new(StringArray::from(vec!["", "ab", "cde"])) as ArrayRef;
    RecordBatch::try_from_iter([("n", numbers), ("w", words)]).unwrap()
}

#[test]
fn a_payload_is_a_whole_number_of_words() {
    for rows in 0..20 {
        assert_eq!(
            encode_batch(&arbitrary_batch(1, rows)).unwrap().len() % 8,
            0
        );
    }
}

#[test]
fn columns_are_slices_of_an_aligned_payload() {
    let payload = Bytes::from(encode_batch(&small()).unwrap());
    let batch = decode_batch(&small().schema(), &payload).unwrap();
    let values = batch.column(0).to_data().buffers()[0].as_ptr();
    assert!(payload.as_ptr_range().contains(&values));
}

#[test]
fn a_payload_at_any_address_can_be_decoded() {
    let payload = encode_batch(&small()).unwrap();
    for shift in 1..8 {
        let mut moved = vec![0; shift];
        moved.extend(&payload);
        let moved = Bytes::from(moved).slice(shift..);
        assert!(same_bits(
            &decode_batch(&small().schema(), &moved).unwrap(),
            &small()
        ));
    }
}

#[test]
fn a_slice_of_a_batch_takes_only_its_own_rows_along() {
    let column = Arc::new(Int64Array::from_iter_values(0..100_000)) as ArrayRef;
    let batch = RecordBatch::try_from_iter([("x", column)])
        .unwrap()
        .slice(50_000, 10);
    let payload = encode_batch(&batch).unwrap();
    assert!(payload.len() < 500, "{}", payload.len());
    assert!(same_bits(
        &decode_batch(&batch.schema(), &payload.into()).unwrap(),
        &batch
    ));
}

#[test]
fn every_cut_payload_is_refused() {
    let payload = Bytes::from(encode_batch(&small()).unwrap());
    for len in 0..payload.len() {
        let error = decode_batch(&small().schema(), &payload.slice(..len)).unwrap_err();
        assert!(error.is_corrupt(), "cut at {len}: {error}");
    }
    let mut longer = payload.to_vec();
    longer.push(0);
    assert!(decode_batch(&small().schema(), &longer.into()).is_err());
}

#[test]
fn no_flipped_bit_makes_decoding_panic() {
    let batch = arbitrary_batch(5, 3);
    let payload = encode_batch(&batch).unwrap();
    let mut random = Random::new(1);
    for _ in 0..500 {
        let mut flipped = payload.clone();
        let bit = random.below(flipped.len() * 8);
        flipped[bit / 8] ^= 1 << (bit % 8);
        let _ = decode_batch(&batch.schema(), &flipped.into());
    }
}

#[test]
fn a_batch_of_another_schema_is_refused() {
    let payload = Bytes::from(encode_batch(&small()).unwrap());
    let other = Arc::new(Schema::new(vec![
        Field::new("n", DataType::Utf8, true),
        Field::new("w", DataType::Int64, true),
        Field::new("x", DataType::Int64, true),
    ]));
    assert!(decode_batch(&other, &payload).unwrap_err().is_corrupt());
    let required = Arc::new(Schema::new(vec![
        Field::new("n", DataType::Int64, false),
        Field::new("w", DataType::Utf8, true),
    ]));
    assert!(decode_batch(&required, &payload).unwrap_err().is_corrupt());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn batches_of_every_type_come_back_bit_for_bit(seed: u64, rows in 0_usize..70, cut in 0_usize..9) {
        let batch = arbitrary_batch(seed, rows);
        let start = cut.min(rows);
        let batch = batch.slice(start, rows - start);
        let payload = encode_batch(&batch).unwrap();
        let decoded = decode_batch(&batch.schema(), &payload.into()).unwrap();
        prop_assert_eq!(decoded.schema(), batch.schema());
        prop_assert!(same_bits(&decoded, &batch));
    }
}
