use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, DictionaryArray, Float64Array, Int32Array, Int64Array, RecordBatch,
    StringArray, UInt64Array,
};
use arrow::compute::kernels::boolean;
use arrow::datatypes::Int32Type;
use proptest::prelude::*;

use super::compare::{compare, is_in};
use super::evaluate::compare_each;
use super::*;
use crate::SegmentStats;
use crate::testing::{Random, arbitrary_batch};
use crate::values::Kind;

fn batch(array: ArrayRef) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable([("x", array, true)]).unwrap()
}

fn answers(array: ArrayRef, predicate: &Predicate) -> Vec<Option<bool>> {
    predicate.evaluate(&batch(array)).unwrap().iter().collect()
}

fn may_match(array: ArrayRef, predicate: &Predicate) -> bool {
    let batch = batch(array);
    predicate.may_match(&batch.schema(), &SegmentStats::of(&batch))
}

#[test]
fn nulls_are_unknown_and_stay_so_under_not() {
    let column = || Arc::new(Int64Array::from(vec![Some(1), None, Some(3)])) as ArrayRef;
    let less = Predicate::lt("x", 2_i64);
    assert_eq!(answers(column(), &less), [Some(true), None, Some(false)]);
    assert_eq!(
        answers(column(), &!less.clone()),
        [Some(false), None, Some(true)]
    );
    assert_eq!(
        answers(column(), &less.clone().or(Predicate::is_null("x"))),
        [Some(true), Some(true), Some(false)]
    );
    assert_eq!(
        answers(column(), &less.and(Predicate::is_not_null("x"))),
        [Some(true), Some(false), Some(false)]
    );
    assert_eq!(
        answers(column(), &Predicate::is_in("x", [3_i64, 4])),
        [Some(false), None, Some(true)]
    );
    let nothing = Predicate::is_in("x", Vec::<i64>::new());
    assert_eq!(answers(column(), &nothing), [Some(false); 3]);
}

#[test]
fn nan_is_the_greatest_and_equals_itself() {
    let column = || Arc::new(Float64Array::from(vec![f64::NAN, f64::INFINITY, -0.0])) as ArrayRef;
    let yes = |predicate: Predicate| -> Vec<bool> {
        answers(column(), &predicate)
            .into_iter()
            .map(Option::unwrap)
            .collect()
    };
    assert_eq!(yes(Predicate::eq("x", f64::NAN)), [true, false, false]);
    assert_eq!(yes(Predicate::gt("x", f64::INFINITY)), [true, false, false]);
    assert_eq!(yes(Predicate::lt("x", f64::NAN)), [false, true, true]);
    assert_eq!(yes(Predicate::eq("x", 0.0)), [false, false, true]);
    assert_eq!(
        yes(Predicate::is_in("x", [f64::NAN, 0.0])),
        [true, false, true]
    );
    assert!(may_match(column(), &Predicate::gt("x", f64::INFINITY)));
    let plain = || Arc::new(Float64Array::from(vec![1.0, 2.0])) as ArrayRef;
    assert!(!may_match(plain(), &Predicate::gt("x", 2.0)));
    assert!(!may_match(plain(), &Predicate::eq("x", f64::NAN)));
    assert!(may_match(plain(), &Predicate::lt("x", f64::NAN)));
    assert!(!may_match(plain(), &!Predicate::lt("x", f64::NAN)));
    let nans = || Arc::new(Float64Array::from(vec![f64::NAN])) as ArrayRef;
    assert!(!may_match(nans(), &Predicate::lt("x", 5.0)));
}

#[test]
fn dictionaries_and_unsigned_numbers_compare_by_value() {
    let words: DictionaryArray<Int32Type> = [Some("b"), None, Some("abc"), Some("b")]
        .into_iter()
        .collect();
    let words = Arc::new(words) as ArrayRef;
    assert_eq!(
        answers(Arc::clone(&words), &Predicate::starts_with("x", "ab")),
        [Some(false), None, Some(true), Some(false)]
    );
    assert!(may_match(
        Arc::clone(&words),
        &Predicate::starts_with("x", "ab")
    ));
    assert!(!may_match(words, &Predicate::starts_with("x", "c")));
    let large = Arc::new(UInt64Array::from(vec![u64::MAX, 1])) as ArrayRef;
    assert_eq!(
        answers(large, &Predicate::gt("x", i64::MAX)),
        [Some(true), Some(false)]
    );
}

#[test]
fn whole_segments_are_ruled_out_by_what_cannot_be() {
    let tens = || Arc::new(Int32Array::from(vec![Some(10), Some(19), None])) as ArrayRef;
    for (predicate, expected) in [
        (Predicate::eq("x", 9), false),
        (Predicate::eq("x", 15), true),
        (Predicate::ne("x", 15), true),
        (Predicate::lt("x", 10), false),
        (Predicate::le("x", 10), true),
        (Predicate::gt("x", 19), false),
        (Predicate::is_in("x", [1, 2, 30]), false),
        (Predicate::is_in("x", [1, 12]), true),
        (!Predicate::ge("x", 10), false),
        (!Predicate::is_in("x", [1, 2]), true),
        (Predicate::is_null("x"), true),
        (!Predicate::is_null("x"), true),
        (Predicate::gt("x", 15).and(Predicate::lt("x", 5)), false),
        (Predicate::gt("x", 50).or(Predicate::lt("x", 5)), false),
        (Predicate::True, true),
        (!Predicate::True, false),
        (Predicate::eq("no such column", 1), true),
    ] {
        assert_eq!(may_match(tens(), &predicate), expected, "{predicate:?}");
    }
    let same = || Arc::new(Int32Array::from(vec![7, 7])) as ArrayRef;
    assert!(!may_match(same(), &Predicate::ne("x", 7)));
    assert!(!may_match(same(), &Predicate::is_null("x")));
    let nulls = || Arc::new(Int32Array::from(vec![None, None])) as ArrayRef;
    assert!(!may_match(nulls(), &Predicate::is_not_null("x")));
    assert!(!may_match(nulls(), &!Predicate::eq("x", 1)));
}

#[test]
fn a_column_that_came_later_is_null_everywhere() {
    let new = RecordBatch::try_from_iter_with_nullable([
        ("x", Arc::new(Int32Array::from(vec![1])) as ArrayRef, true),
        ("y", Arc::new(Int32Array::from(vec![1])) as ArrayRef, true),
    ])
    .unwrap();
    let old = SegmentStats::of(&batch(Arc::new(Int32Array::from(vec![1]))));
    let schema = new.schema();
    assert!(Predicate::is_null("y").may_match(&schema, &old));
    assert!(!Predicate::eq("y", 1).may_match(&schema, &old));
    assert!(!(!Predicate::eq("y", 1)).may_match(&schema, &old));
}

#[test]
fn what_does_not_fit_is_an_error() {
    let column = || Arc::new(StringArray::from(vec!["a"])) as ArrayRef;
    let error = |predicate: Predicate| predicate.evaluate(&batch(column())).unwrap_err();
    assert_eq!(error(Predicate::eq("y", "a")).column(), Some("y"));
    assert_eq!(error(Predicate::eq("x", 1)).column(), Some("x"));
    let flags = batch(Arc::new(BooleanArray::from(vec![true])));
    assert!(Predicate::starts_with("x", "a").evaluate(&flags).is_err());
}

#[test]
fn the_columns_of_a_predicate_are_all_it_names() {
    let predicate = !Predicate::eq("b", 1).and(Predicate::is_null("a").or(Predicate::lt("b", 2)));
    assert_eq!(
        predicate.columns().into_iter().collect::<Vec<_>>(),
        ["a", "b"]
    );
}

/// A predicate over columns of the batch, with literals near their values.
fn arbitrary_predicate(random: &mut Random, batch: &RecordBatch, depth: usize) -> Predicate {
    let column = random.below(batch.num_columns());
    let field = batch.schema_ref().field(column);
    let name = field.name().clone();
    if depth > 0 && random.one_in(2) {
        let mut parts = (0..2)
            .map(|_| arbitrary_predicate(random, batch, depth - 1))
            .collect::<Vec<_>>();
        return match random.below(3) {
            0 => Predicate::And(parts),
            1 => Predicate::Or(parts),
            _ => !parts.swap_remove(0),
        };
    }
    let mut values = Vec::new();
    crate::values::for_each_value(batch.column(column).as_ref(), |_, value| {
        values.push(value.to_bound());
    });
    if values.is_empty() || random.one_in(8) {
        return if random.one_in(2) {
            Predicate::is_null(name)
        } else {
            Predicate::is_not_null(name)
        };
    }
    let value = match values[random.below(values.len())].clone() {
        Bound::Int(value) => Bound::Int(value.saturating_add(random.below(3) as i128 - 1)),
        Bound::Bytes(mut bytes) => {
            if random.one_in(3) {
                bytes.truncate(random.below(70));
                return Predicate::starts_with(name, bytes);
            }
            bytes.extend_from_slice(&b"\0"[..random.below(2)]);
            Bound::Bytes(bytes)
        }
        other => other,
    };
    use CompareOp::{Eq, Ge, Gt, Le, Lt, Ne};
    match random.below(7) {
        6 => Predicate::is_in(name, [value, values[0].clone()]),
        op => Predicate::Compare {
            column: name,
            op: [Eq, Ne, Lt, Le, Gt, Ge][op],
            value,
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_column_compared_at_once_is_what_its_values_are_one_by_one(seed: u64, rows in 1..200_usize) {
        use CompareOp::{Eq, Ge, Gt, Le, Lt, Ne};

        let mut random = Random::new(seed);
        let all = arbitrary_batch(seed, rows);
        // A slice, because bitmaps and offsets needn't begin at a byte.
        let start = random.below(rows);
        let batch = all.slice(start, rows - start);
        let mut quick = 0;
        for (array, field) in batch.columns().iter().zip(batch.schema_ref().fields()) {
            let mut values = vec![Bound::Int(i128::MAX), Bound::Int(i128::MIN), Bound::Float(f64::NAN)];
            crate::values::for_each_value(array.as_ref(), |_, value| values.push(value.to_bound()));
            values.truncate(8);
            values.retain(|value| Kind::of(field.data_type()) == Some(Kind::of_bound(value)));
            if !values.is_empty() && let Some(answers) = is_in(array, &values) {
                let each = values.iter().map(|value| compare_each(array, Eq, value));
                let any = each.reduce(|a, b| boolean::or(&a, &b).unwrap());
                prop_assert_eq!(Some(answers), any, "{} in {:?}", field.name(), values);
            }
            for value in values {
                for op in [Eq, Ne, Lt, Le, Gt, Ge] {
                    if let Some(answers) = compare(array, op, &value) {
                        quick += 1;
                        prop_assert_eq!(
                            answers,
                            compare_each(array, op, &value),
                            "{} {:?} {:?}", field.name(), op, value
                        );
                    }
                }
            }
        }
        prop_assert!(quick > 0);
    }

    #[test]
    fn no_row_that_matches_is_ruled_out(seed: u64, rows in 1_usize..6) {
        let batch = arbitrary_batch(seed, rows);
        let stats = SegmentStats::of(&batch);
        let mut random = Random::new(seed);
        for _ in 0..100 {
            let predicate = arbitrary_predicate(&mut random, &batch, 2);
            let matching = predicate.evaluate(&batch).unwrap().true_count();
            if matching > 0 {
                prop_assert!(predicate.may_match(&batch.schema(), &stats), "{:?}", predicate);
            }
            let json = serde_json::to_string(&predicate).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Predicate>(&json).unwrap(), &predicate);
        }
    }
}
