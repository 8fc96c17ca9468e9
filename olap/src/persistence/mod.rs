//! Typed columns, kept in a DuckDB table.
//!
//! [`DuckDBPersistence`] is a backend of
//! [`SoAPersistence`](thermocline_tiers::persistence::SoAPersistence) whose rows are in a database
//! of their own, in memory or in a file, with all of DuckDB's SQL and its transactions. For SQL
//! over the tiers of a store, see [`Sql`](crate::Sql).

mod atomic;
mod convert;
mod database;
mod duckdb;
mod error;
mod insert;
mod pushdown;
mod query;
mod runner;
mod set;
mod statement;
mod transaction;

pub(crate) use convert::answer;
pub use duckdb::DuckDBPersistence;
pub use query::DuckDBQuery;
pub use transaction::DuckDBTransaction;
