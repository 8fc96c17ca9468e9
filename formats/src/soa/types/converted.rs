//! Enums of other crates.

use std::any::type_name;
use std::fmt::Debug;
use std::marker::PhantomData;

use crate::soa::{Column, Mapped, Mapping};

/// A value as the byte that it converts to. `#[soa(code)]` on a field stores the field so.
///
/// The type's `Default` stands in rows that have no value.
#[derive(Debug)]
pub struct Converted<T>(PhantomData<fn() -> T>);

impl<T> Mapping for Converted<T>
where
    T: TryFrom<u8> + Into<u8> + Clone + Debug + Default + PartialEq + Send + Sync + 'static,
{
    type Value = T;
    type Held = Column<u8>;

    fn hold(value: &T) -> Result<u8, String> {
        let code = value.clone().into();
        if T::try_from(code).is_ok_and(|back| back == *value) {
            return Ok(code);
        }
        let name = type_name::<T>();
        Err(format!(
            "converts to {code}, which does not convert back; correct `TryFrom<u8>` of `{name}`"
        ))
    }

    fn give(code: u8) -> Result<T, String> {
        let name = type_name::<T>();
        T::try_from(code).map_err(|_| format!("{code}, which is no code of `{name}`"))
    }

    fn placeholder() -> T {
        T::default()
    }
}

/// The column of a field with `#[soa(code)]`.
pub type ConvertedCodes<T> = Mapped<Converted<T>>;
