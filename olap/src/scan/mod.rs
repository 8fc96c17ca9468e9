//! The store's tables as a table function of DuckDB.

mod column;
mod filter;
mod function;
mod projection;
mod sieve;
mod source;
pub(crate) mod types;

pub(crate) use function::{FUNCTION, register};
pub(crate) use source::TableColumns;
