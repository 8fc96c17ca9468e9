//! Generic structs.

use std::fmt::Debug;

use thermocline_derive::{SoA, SoAStore};
use thermocline_formats::soa::{ArrowSchemaGen, Columns, Row, SoaField, ToArrow};

#[derive(Debug, Clone, PartialEq, SoA, SoAStore)]
#[soa_store(key = "id")]
struct Sample<T: Clone, const N: usize>
where
    T: Debug,
{
    id: u64,
    value: T,
    digest: [u8; N],
    history: Vec<Option<T>>,
}

fn sample<T: Clone + Debug>(id: u64, value: T) -> Sample<T, 2> {
    Sample {
        id,
        digest: [1, 2],
        history: vec![None, Some(value.clone())],
        value,
    }
}

#[test]
fn a_generic_struct_has_generic_columns() {
    let floats: SampleSoA<f32, 2> = [sample(1, 0.5), sample(2, -0.0)].into_iter().collect();
    assert_eq!(floats.value_raw_array(), &[0.5_f32, -0.0]);
    let back = SampleSoA::<f32, 2>::from_record_batch(&floats.to_record_batch().unwrap());
    assert_eq!(back.unwrap(), floats);
    let texts = SampleSoA::from_iter([sample(1, "a".to_owned())]);
    assert_eq!(texts.view(0).unwrap().value, "a");
    assert_ne!(
        SampleSoA::<f32, 2>::arrow_schema(),
        SampleSoA::<String, 2>::arrow_schema()
    );
    let mut store = SampleStore::<bool, 2>::new();
    assert_eq!(store.add(sample(7, true)), 0);
    assert_eq!(store.get(&7), Some(sample(7, true)));
}

/// What a program can do with any struct that has columns.
fn through_a_batch<R: Row>(rows: Vec<R>) -> Vec<R>
where
    R::Columns: ToArrow,
{
    let mut columns = R::Columns::default();
    rows.into_iter().for_each(|row| columns.push(row));
    let back = R::Columns::from_record_batch(&columns.to_record_batch().unwrap()).unwrap();
    (0..back.len()).map(|row| back.get(row).unwrap()).collect()
}

#[test]
fn a_program_can_be_generic_over_structs() {
    let rows = vec![sample(1, 5_i8), sample(2, -5)];
    assert_eq!(through_a_batch(rows.clone()), rows);
    let orders = crate::orders::orders(3);
    assert_eq!(through_a_batch(orders.clone()), orders);
}

/// And with any type of field.
#[derive(Debug, Clone, PartialEq, SoA)]
struct Pair<A, B>
where
    A: SoaField,
{
    first: A,
    second: Option<B>,
}

#[test]
fn a_generic_struct_can_be_nested() {
    let inner = |n| Pair {
        first: n,
        second: Some(vec![n]),
    };
    let rows = vec![Pair {
        first: inner(1_u16),
        second: Some(inner(2_u16)),
    }];
    assert_eq!(through_a_batch(rows.clone()), rows);
}
