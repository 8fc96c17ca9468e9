//! Typed columns, kept: in memory, in a directory of Parquet files, in a table
//! of a store.
//!
//! A set of rows is any type that becomes a record batch and comes back from
//! one ([`ToArrow`](crate::soa::ToArrow)), which `#[derive(SoA)]` writes.
//! [`SoAPersistence`] saves, appends, loads and filters such a set, whole or by
//! columns; its backends differ in where the rows are:
//!
//! - [`ArrowPersistence`]: in memory, as Arrow
//! - [`ParquetPersistence`]: in a directory of Parquet files, durably
//! - `DuckDBPersistence` (crate `thermocline-olap`): in a DuckDB table, with SQL
//! - [`TypedTable`] is the typed face of a [`Table`](crate::Table) of a store:
//!   rows in tiers, durable by its log
//!
//! Below the typed trait lies [`BatchPersistence`], which speaks record batches
//! and is object-safe. A backend of your own implements it, and
//! [`DynPersistence`] holds one that is chosen while the program runs.
//!
//! Columns are matched by name. A column that is missing, unknown, of another
//! type, or null where it must not be is
//! [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) and names the column;
//! only a nullable column may be missing, and is null then.

pub mod arrow_conversion;
mod batches;
mod boxed;
mod memory;
mod parquet;
mod soa;
mod stats;
mod table;

pub use arrow_conversion::{concatenate_batches, downcast_array};
pub use batches::BatchPersistence;
pub use boxed::DynPersistence;
pub use memory::ArrowPersistence;
pub use parquet::ParquetPersistence;
pub use soa::SoAPersistence;
pub use stats::MemoryStats;
pub use table::TypedTable;
