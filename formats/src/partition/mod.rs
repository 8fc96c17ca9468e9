//! Which rows belong into one file: partition fields, keys and paths.

mod by;
mod calendar;
mod key;
mod murmur3;
mod parse;
mod split;
mod text;
mod transform;

pub use by::{PartitionBy, PartitionField};
pub use key::PartitionKey;
pub use transform::Transform;

#[cfg(test)]
mod tests;
