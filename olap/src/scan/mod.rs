//! The store's tables as a table function of DuckDB.

mod column;
mod filter;
mod function;
mod projection;
mod sieve;
mod source;
pub(crate) mod types;

pub(crate) use column::Chunk;
pub(crate) use function::{FUNCTION, guarded, register};
pub(crate) use source::{SqlColumn, TableColumns};
