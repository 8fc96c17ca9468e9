//! Every column does what a `Vec` of its values does, whatever is done to it.

use std::fmt::Debug;

use arrow::array::Array;

use super::super::*;
use crate::soa::columns::array_of;
use crate::soa::{Codes, Names, Place, SoaEnum};
use crate::testing::Random;

/// Values as they come out.
fn values<C: FieldColumn>(column: &C) -> Vec<C::Value> {
    column.values().map(C::to_value).collect()
}

/// Does random things to a column and to a `Vec`, and compares them after each.
fn behaves_like_a_vec<C: FieldColumn>(value: impl Fn(&mut Random) -> C::Value)
where
    C::Value: Clone + Debug + PartialEq,
{
    for seed in 0..60 {
        let random = &mut Random::new(seed);
        let (mut column, mut model) = (C::default(), Vec::<C::Value>::new());
        for step in 0..80 {
            let rows = model.len();
            match random.below(12) {
                0 => {
                    let keep = rows - random.below(rows / 4 + 1);
                    column.truncate(keep);
                    model.truncate(keep);
                }
                1 if rows > 0 => {
                    let row = random.below(rows);
                    column.swap_remove(row);
                    model.swap_remove(row);
                }
                2 => {
                    let order: Vec<_> = (0..rows).map(|_| random.below(rows)).collect();
                    column.reorder(&order);
                    model = order.iter().map(|&row| model[row].clone()).collect();
                }
                3..=5 if rows > 0 => {
                    let (row, value) = (random.below(rows), value(random));
                    assert!(column.set(row, value.clone()));
                    model[row] = value;
                }
                6 => {
                    // There and back, whole or a part that begins anywhere.
                    let array = array_of(&column, &Place::root()).unwrap();
                    assert_eq!(array.data_type(), &C::data_type());
                    let start = random.below(rows + 1);
                    let part = array.slice(start, random.below(rows + 1 - start));
                    column = C::from_array(&part, &Place::root()).unwrap();
                    model = model[start..start + part.len()].to_vec();
                }
                7 => {
                    column.reserve(random.below(20));
                    column.swap_remove(rows);
                    assert!(!column.set(rows, value(random)), "there is no such row");
                    assert!(column.get(rows).is_none() && column.slot(rows).is_none());
                }
                _ => {
                    for _ in 0..random.below(5) {
                        let value = value(random);
                        column.push(value.clone());
                        model.push(value);
                    }
                }
            }
            assert_eq!(values(&column), model, "seed {seed}, step {step}");
            assert_eq!(column.len(), model.len(), "seed {seed}, step {step}");
            if random.one_in(8) {
                let copy = column.clone();
                assert!(copy == column, "seed {seed}, step {step}");
                column.push(value(random));
                assert!(copy != column, "a row more is a difference");
                assert_eq!(values(&copy), model, "seed {seed}: a copy sees no change");
                column.truncate(model.len());
            }
        }
    }
}

fn text(random: &mut Random) -> String {
    let texts = [
        "",
        "a",
        "b",
        "ü",
        "zz",
        "other word",
        "some words",
        "0123456789012345678901234567890123456789",
    ];
    texts[random.below(texts.len())].to_owned()
}

fn number(random: &mut Random) -> u64 {
    random.awkward()
}

fn optional<T>(random: &mut Random, value: impl Fn(&mut Random) -> T) -> Option<T> {
    (!random.one_in(3)).then(|| value(random))
}

fn several<T>(random: &mut Random, value: impl Fn(&mut Random) -> T) -> Vec<T> {
    (0..random.below(4)).map(|_| value(random)).collect()
}

#[derive(Debug, Clone, PartialEq)]
enum Colour {
    Red,
    Green,
}

impl SoaEnum for Colour {
    const ENUM: &'static str = "Colour";
    const NAMES: &'static [&'static str] = &["Red", "Green"];
    const DENSE: Option<u16> = None;

    fn code(&self) -> u8 {
        match self {
            Self::Red => 7,
            Self::Green => 255,
        }
    }

    fn from_code(code: u8) -> Option<Self> {
        match code {
            7 => Some(Self::Red),
            255 => Some(Self::Green),
            _ => None,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Red => "Red",
            Self::Green => "Green",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        match name {
            "Red" => Some(Self::Red),
            "Green" => Some(Self::Green),
            _ => None,
        }
    }

    fn first() -> Self {
        Self::Red
    }
}

fn colour(random: &mut Random) -> Colour {
    if random.one_in(2) {
        Colour::Red
    } else {
        Colour::Green
    }
}

#[test]
fn numbers() {
    behaves_like_a_vec::<Column<u64>>(number);
}

#[test]
fn fixed_bytes() {
    behaves_like_a_vec::<FixedBytes<3>>(|random| {
        let [a, b, c, ..] = random.bits().to_le_bytes();
        [a, b, c]
    });
}

#[test]
fn booleans() {
    behaves_like_a_vec::<Bools>(|random| random.one_in(2));
}

#[test]
fn texts() {
    behaves_like_a_vec::<Texts>(text);
}

#[test]
fn bytes() {
    behaves_like_a_vec::<Binaries>(|random| text(random).into_bytes());
}

#[test]
fn dictionaries() {
    behaves_like_a_vec::<Dictionary>(text);
}

#[test]
fn optional_numbers() {
    behaves_like_a_vec::<Nullable<Column<u64>>>(|random| optional(random, number));
}

#[test]
fn optional_texts() {
    behaves_like_a_vec::<Nullable<Texts>>(|random| optional(random, text));
}

#[test]
fn optional_dictionaries() {
    behaves_like_a_vec::<Nullable<Dictionary>>(|random| optional(random, text));
}

#[test]
fn lists_of_texts() {
    behaves_like_a_vec::<Lists<Texts>>(|random| several(random, text));
}

#[test]
fn optional_lists_of_optional_lists() {
    behaves_like_a_vec::<Nullable<Lists<Nullable<Lists<Column<u64>>>>>>(|random| {
        optional(random, |random| {
            several(random, |random| {
                optional(random, |random| several(random, number))
            })
        })
    });
}

#[test]
fn codes_of_enums() {
    behaves_like_a_vec::<Codes<Colour>>(colour);
    behaves_like_a_vec::<Nullable<Codes<Colour>>>(|random| optional(random, colour));
}

#[test]
fn names_of_enums() {
    behaves_like_a_vec::<Names<Colour>>(colour);
}
