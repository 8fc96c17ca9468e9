//! What the derives accept.

mod attributes;
mod encoding;
mod enums;
mod field;
mod mistakes;
mod store;
mod structs;

#[cfg(test)]
mod tests;

pub(crate) use self::encoding::Encoding;
pub(crate) use self::enums::{Codes, Enum, Variant};
pub(crate) use self::field::{Column, Field, Kind};
pub(crate) use self::store::Store;
pub(crate) use self::structs::Struct;

use syn::{Path, parse_quote};

/// Where the generated code finds the crate, if no attribute says so.
fn default_crate() -> Path {
    parse_quote!(::thermocline)
}
