//! Enums.

use std::fmt::Debug;
use std::marker::PhantomData;

use super::{Column, Dictionary, Mapped, Mapping};

/// An enum whose variants have no fields. `#[derive(SoAEnum)]` implements it.
///
/// A column of such an enum has one byte a row, the variant's code.
pub trait SoaEnum: Clone + Debug + PartialEq + Send + Sync + Sized + 'static {
    /// The enum's name.
    const ENUM: &'static str;

    /// The variants' names.
    const NAMES: &'static [&'static str];

    /// If the codes are all numbers from 0 up to some number, how many they are.
    const DENSE: Option<u16>;

    /// The code of a variant.
    fn code(&self) -> u8;

    /// The variant of a code, if there is one.
    fn from_code(code: u8) -> Option<Self>;

    /// The name of a variant.
    fn name(&self) -> &'static str;

    /// The variant of a name, if there is one.
    fn from_name(name: &str) -> Option<Self>;

    /// The variant that stands first.
    fn first() -> Self;
}

/// A column of an enum: one byte a row.
pub type Codes<T> = Mapped<ByCode<T>>;

/// A column of an enum: the names of the variants, in a dictionary.
pub type Names<T> = Mapped<ByName<T>>;

/// Enums by their codes.
#[derive(Debug)]
pub struct ByCode<T>(PhantomData<fn() -> T>);

impl<T: SoaEnum> Mapping for ByCode<T> {
    type Value = T;
    type Held = Column<u8>;

    fn hold(value: &T) -> Result<u8, String> {
        Ok(value.code())
    }

    fn give(code: u8) -> Result<T, String> {
        T::from_code(code).ok_or_else(|| {
            let codes: Vec<_> = (0..=u8::MAX)
                .filter(|&code| T::from_code(code).is_some())
                .collect();
            format!(
                "{code}, which is no code of `{}`; its codes are {codes:?}",
                T::ENUM
            )
        })
    }

    fn placeholder() -> T {
        T::first()
    }

    fn all_are_values(codes: &Column<u8>) -> bool {
        let greatest = codes.iter().copied().max();
        greatest.is_none_or(|code| T::DENSE.is_some_and(|dense| u16::from(code) < dense))
    }
}

/// Enums by their names.
#[derive(Debug)]
pub struct ByName<T>(PhantomData<fn() -> T>);

impl<T: SoaEnum> Mapping for ByName<T> {
    type Value = T;
    type Held = Dictionary;

    fn hold(value: &T) -> Result<String, String> {
        Ok(value.name().to_owned())
    }

    fn give(name: &str) -> Result<T, String> {
        T::from_name(name).ok_or_else(|| {
            let names = T::NAMES;
            format!(
                "{name:?}, which is no variant of `{}`; its variants are {names:?}",
                T::ENUM
            )
        })
    }

    fn placeholder() -> T {
        T::first()
    }
}
