//! SQL over every tier of a Thermocline store, answered by DuckDB.
//!
//! A query sees one snapshot: every table of the store under its name, whichever tiers its rows are
//! in. [`Sql`] adds the method [`sql`](Sql::sql) to everything that has snapshots; awaiting it
//! gives a stream of Arrow batches.
//!
//! How it works: each store gets one in-memory DuckDB ([`SqlEngine`]), which holds no rows. A
//! session of it has a view for each table, and a view calls a table function that reads the
//! pinned snapshot: only the columns that a query needs, only the segments that its conditions
//! don't rule out, with as many threads as there are pieces to read. DuckDB's filters stay in its
//! plan, so leaving out segments is never more than a shortcut.
//!
//! Queries can't change anything, can't reach files or the network, and can't load code, so that
//! their text may come from somebody who is not trusted with the machine
//! ([`SqlOptions::allow_external_access`] opens that door).
//!
//! # Types
//!
//! Every value comes back as it was stored; where SQL has no type of its own for an Arrow type, under
//! the nearest one that holds all of its values.
//!
//! | Arrow | SQL | comes back as |
//! | --- | --- | --- |
//! | `Boolean`, `Int8` … `Int64`, `UInt8` … `UInt64`, `Float32`, `Float64` | `BOOLEAN`, `TINYINT` … `BIGINT`, `UTINYINT` … `UBIGINT`, `FLOAT`, `DOUBLE` | the same, bit for bit |
//! | `Float16` | `FLOAT` | `Float32` of the same value |
//! | `Utf8`, `LargeUtf8`, `Dictionary` of them | `VARCHAR` | `Utf8` |
//! | `Binary`, `LargeBinary`, `FixedSizeBinary` | `BLOB` | `Binary` |
//! | `Date32` | `DATE` | the same |
//! | `Date64` | `TIMESTAMP_MS`, because a `DATE` has no room for milliseconds | `Timestamp(ms)` |
//! | `Time32`, `Time64(µs)` | `TIME` | `Time64(µs)` |
//! | `Time64(ns)` | `TIME_NS` | the same |
//! | `Timestamp(s, ms, µs, ns)` | `TIMESTAMP_S`, `TIMESTAMP_MS`, `TIMESTAMP`, `TIMESTAMP_NS` | the same |
//! | `Timestamp(s, ms, µs)` with a zone | `TIMESTAMPTZ` | `Timestamp(µs)` with the zone UTC: the same instant, and an error if it is too far away for microseconds |
//! | `Timestamp(ns)` with a zone | `TIMESTAMPTZ_NS` | `Timestamp(ns)` with the zone UTC: the same instant |
//! | `Decimal32`, `Decimal64`, `Decimal128` | `DECIMAL` | `Decimal128` of the same precision and scale |
//! | `List`, `LargeList` | a list | `List` |
//! | `Struct` | `STRUCT` | the same |

mod cancel;
mod engine;
mod error;
mod lockdown;
mod names;
mod options;
mod params;
pub mod persistence;
mod pins;
mod query;
mod report;
mod run;
mod scan;
mod session;
mod sql;
mod stream;
mod telemetry;
mod views;

pub use cancel::CancelHandle;
pub use engine::SqlEngine;
pub use error::{Error, ErrorKind, Result};
pub use options::SqlOptions;
pub use params::SqlValue;
pub use query::SqlQuery;
pub use report::ScanReport;
pub use sql::Sql;
pub use stream::SqlStream;
