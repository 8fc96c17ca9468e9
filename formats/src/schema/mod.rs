//! What a table's schema may be, how it is stored, and how it grows.

mod batch;
mod codec;
mod evolve;
mod field_ids;
mod mismatch;
mod types;

pub use batch::{adapt_batch, check_batch};
pub(crate) use batch::{retyped, with_schema};
pub(crate) use codec::with_dictionary_ids;
pub use codec::{decode_schema, encode_schema};
pub use evolve::evolve;
pub use field_ids::{FIELD_ID_KEY, with_field_ids};
pub use mismatch::Mismatch;
pub use types::check_schema;

pub(crate) use types::has_dictionary;

#[cfg(test)]
mod tests;
