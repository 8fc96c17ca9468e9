//! What is copied, and what is not.

use std::thread;

use arrow::array::{ArrayRef, AsArray, UInt64Builder};
use arrow::datatypes::UInt64Type;

use super::super::*;
use crate::soa::Place;
use crate::soa::columns::array_of;

fn export(column: &Column<u64>) -> ArrayRef {
    array_of(column, &Place::root()).unwrap()
}

fn import(array: &ArrayRef) -> Column<u64> {
    Column::from_array(array, &Place::root()).unwrap()
}

fn place_of(array: &ArrayRef) -> *const u64 {
    array.as_primitive::<UInt64Type>().values().as_ptr()
}

#[test]
fn a_vec_becomes_an_array_and_a_vec_again_in_one_place() {
    let mut numbers = Vec::with_capacity(100);
    numbers.extend([1_u64, 2, 3]);
    let place = numbers.as_ptr();
    let column = Column::<u64>::from(numbers);
    let array = export(&column);
    assert_eq!(place_of(&array), place);
    assert_eq!(
        column.as_ptr(),
        place,
        "the column reads where the array does"
    );
    drop(column);
    let mut back = import(&array);
    assert_eq!(back.as_ptr(), place);
    drop(array);
    back.push(4);
    assert_eq!(
        (back.as_ptr(), back.capacity()),
        (place, 100),
        "what is ours alone is not copied"
    );
    let vec = back.into_vec();
    assert_eq!((vec.as_ptr(), vec), (place, vec![1, 2, 3, 4]));
}

#[test]
fn a_change_copies_what_someone_else_has() {
    let mut column = Column::<u64>::from(vec![1, 2, 3]);
    let array = export(&column);
    column[0] = 9;
    assert_eq!(array.as_primitive::<UInt64Type>().values(), &[1, 2, 3]);
    assert_eq!(column, [9, 2, 3]);
    assert_ne!(column.as_ptr(), place_of(&array));
    // And again, in both directions.
    let mut back = import(&array);
    back.truncate(1);
    assert_eq!(array.as_primitive::<UInt64Type>().values(), &[1, 2, 3]);
    assert_eq!(back, [1]);
}

#[test]
fn arrays_from_elsewhere_are_shared_until_the_first_change() {
    let mut builder = UInt64Builder::new();
    builder.append_slice(&[1, 2, 3, 4]);
    let array: ArrayRef = std::sync::Arc::new(builder.finish());
    let mut part = import(&array.slice(1, 2));
    assert_eq!(part.as_ptr(), place_of(&array).wrapping_add(1));
    assert_eq!(part, [2, 3]);
    part.push(5);
    assert_eq!(part, [2, 3, 5]);
    assert_eq!(array.as_primitive::<UInt64Type>().values(), &[1, 2, 3, 4]);
}

#[test]
fn a_clone_is_shared_until_one_of_the_two_is_changed() {
    let mut first = Column::<u64>::from(vec![1, 2]);
    let mut second = first.clone();
    assert_eq!(first.as_ptr(), second.as_ptr());
    second.push(3);
    first.push(4);
    assert_eq!(
        (first, second),
        (vec![1, 2, 4].into(), vec![1, 2, 3].into())
    );
}

#[test]
fn an_empty_column_can_be_shared() {
    let column = Column::<u64>::new();
    assert_eq!(export(&column).len(), 0);
    let mut back = import(&export(&column));
    back.push(1);
    assert_eq!(back, [1]);
}

#[test]
fn threads_may_share_a_column_while_others_read_it() {
    for _ in 0..200 {
        let column = Column::<u64>::from((0..100).collect::<Vec<_>>());
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| assert_eq!(column.share().iter().sum::<u64>(), 4950));
                scope.spawn(|| assert_eq!(column.iter().sum::<u64>(), 4950));
            }
        });
    }
}

#[test]
fn options_booleans_and_fixed_bytes_are_shared_too() {
    let numbers: Nullable<Column<u64>> = [Some(1), None, Some(3)].into_iter().collect();
    let array = array_of(&numbers, &Place::root()).unwrap();
    let place = numbers.values_or_placeholders().as_ptr();
    assert_eq!(place_of(&array), place);
    let back = Nullable::<Column<u64>>::from_array(&array, &Place::root()).unwrap();
    assert_eq!(back.values_or_placeholders().as_ptr(), place);
    assert_eq!(back.null_count(), 1);

    let bools: Bools = [true, false, true].into_iter().collect();
    let array = array_of(&bools, &Place::root()).unwrap();
    let bits = array.as_boolean().values().inner().as_ptr();
    assert_eq!(bools.share().inner().as_ptr(), bits);
    let back = Bools::from_array(&array, &Place::root()).unwrap();
    assert_eq!(back.share().inner().as_ptr(), bits);

    let bytes = FixedBytes::from(vec![[1_u8, 2], [3, 4]]);
    let array = array_of(&bytes, &Place::root()).unwrap();
    assert_eq!(
        array.as_fixed_size_binary().value_data().as_ptr(),
        bytes.as_slice().as_ptr().cast()
    );
    let back = FixedBytes::<2>::from_array(&array, &Place::root()).unwrap();
    assert_eq!(back.as_slice().as_ptr(), bytes.as_slice().as_ptr());
}
