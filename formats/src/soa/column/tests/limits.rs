//! Where columns end, and what they take.

use arrow::array::Array;

use super::super::*;
use crate::ErrorKind;
use crate::soa::Place;
use crate::soa::columns::array_of;

#[test]
fn a_large_column_leaves_at_most_an_eighth_of_its_memory_unused() {
    let mut column = Column::<u64>::new();
    for row in 0..300_000_usize {
        column.push(row as u64);
        let (rows, capacity) = (row + 1, column.capacity());
        if rows * 8 > 1 << 17 {
            assert!(
                capacity * 8 <= rows * 9 + 8,
                "{capacity} places for {rows} values"
            );
        }
    }
}

#[test]
fn replacing_texts_costs_the_texts_and_not_the_column() {
    let mut column: Texts = (0..1000).map(|row| format!("row {row}")).collect();
    for round in 0..20_000 {
        column.set(round % 1000, format!("round {round} of many"));
        assert!(
            column.memory_size() < 200_000,
            "{} in round {round}",
            column.memory_size()
        );
    }
    assert_eq!(column.at(7), "round 19007 of many");
    let mut lists: Lists<Column<u64>> = (0..1000).map(|row| vec![row]).collect();
    for round in 0..20_000_usize {
        lists.set(round % 1000, vec![round as u64; round % 5]);
        assert!(
            lists.memory_size() < 200_000,
            "{} in round {round}",
            lists.memory_size()
        );
    }
    assert_eq!(lists.at(9).as_slice(), [19_009; 4]);
}

#[test]
fn a_dictionary_keeps_more_texts_than_arrow_has_keys_for_but_makes_no_array_of_them() {
    // In this crate's tests there are 1,000 keys.
    let texts: Vec<_> = (0..1002).map(|row| format!("text {row}")).collect();
    let mut column: Dictionary = texts.iter().cloned().collect();
    assert!(column.values().eq(texts.iter().map(String::as_str)));
    let error = array_of(&column, &Place::root().child("word")).unwrap_err();
    assert_eq!(
        (error.kind(), error.column()),
        (ErrorKind::Unsupported, Some("word"))
    );
    column.swap_remove(0);
    assert_eq!((column.at(0), column.at(1000)), ("text 1001", "text 1000"));
    column.set(0, "text 5".to_owned());
    assert_eq!(column.at(0), "text 5");
    column.reorder(&[1000, 3]);
    assert_eq!((column.at(0), column.at(1)), ("text 1000", "text 3"));
    column.set(0, "text 3".to_owned());
    assert_eq!(array_of(&column, &Place::root()).unwrap().len(), 2);
}

#[test]
fn texts_beyond_two_gib_are_kept_but_make_no_array() {
    // The ranges alone, because the texts would take too much memory here.
    let mut ranges = super::super::ranges::Ranges::default();
    let gib = 1 << 30;
    for row in 0..3 {
        ranges.push(row * gib..(row + 1) * gib);
    }
    assert_eq!(ranges.get(2), 2 * gib..3 * gib);
    assert!(ranges.offsets().is_none());
    ranges.truncate(1);
    assert_eq!((ranges.len(), ranges.get(0)), (1, 0..gib));
}
