// The README's examples use SQL and the derives.
#![cfg_attr(all(feature = "sql", feature = "derive"), doc = include_str!("../README.md"))]
//! # The crate
//!
//! This crate is a facade: it re-exports what the other crates of the workspace
//! do, and has no logic of its own.
//!
//! - the engine: [`Store`], [`Table`], [`Snapshot`], [`Scan`], [`Reader`]
//! - [`policy`]: what moves where, and why
//! - [`formats`]: the bytes of segment files and log frames
//! - [`soa`]: plain structs as columns and as stores in memory, with
//!   `#[derive(SoA, SoAEnum, SoAStore)]` (feature `derive`)
//! - [`persistence`]: typed columns, kept in memory, in files, in a table
//! - SQL (feature `sql`): the trait [`Sql`] gives every store and reader a
//!   method `sql`

#[cfg(all(doctest, feature = "derive"))]
#[doc = include_str!("../docs/typed.md")]
struct Typed;

pub use thermocline_formats as formats;
pub use thermocline_formats::soa;
pub use thermocline_policy as policy;

pub use thermocline_tiers::*;

#[cfg(feature = "derive")]
pub use thermocline_derive::{SoA, SoAEnum, SoAStore};
#[cfg(feature = "sql")]
pub use thermocline_olap as olap;
#[cfg(feature = "sql")]
pub use thermocline_olap::{Sql, SqlOptions, SqlQuery, SqlStream, SqlValue};

pub mod persistence {
    //! Typed columns, kept: in memory, in a directory of Parquet files, in a DuckDB table, in a
    //! table of a store.
    //!
    //! | | where the rows are | |
    //! | --- | --- | --- |
    //! | [`ArrowPersistence`] | in memory, as Arrow | for as long as the program runs |
    //! | [`ParquetPersistence`] | a directory of Parquet files | durable; other tools read it |
    //! | `DuckDBPersistence` (feature `sql`) | a DuckDB database, in memory or a file | SQL, transactions |
    //! | [`TypedTable`] | a table of a [`Store`](crate::Store), in tiers | durable by its log; made by [`Store::typed`](crate::Store::typed) |
    //!
    //! The first three share the trait [`SoAPersistence`]. The error of all is
    //! [`PersistenceError`]; its [`kind`](PersistenceError::kind) tells what to do.

    pub use thermocline_tiers::persistence::*;
    pub use thermocline_tiers::{
        Error as PersistenceError, ErrorKind as PersistenceErrorKind, Result,
    };

    #[cfg(feature = "sql")]
    pub use thermocline_olap::persistence::*;
}

/// The Arrow version that the API speaks.
pub use arrow;

/// Everything that most programs need.
///
/// ```
/// use thermocline::prelude::*;
/// ```
pub mod prelude {
    #[cfg(feature = "sql")]
    pub use crate::Sql;
    pub use crate::soa::{AnyColumn, ArrowSchemaGen, FieldColumn, ToArrow};
    pub use crate::{
        Budget, Durability, PartitionBy, Policy, Predicate, Reader, ScanOptions, Selection,
        Settings, Snapshot, SnapshotSource, Store, Table, TableOptions, Tier,
    };
    #[cfg(feature = "derive")]
    pub use crate::{SoA, SoAEnum, SoAStore};
}
