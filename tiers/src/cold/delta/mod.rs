//! The cold tier's [Delta Lake](https://github.com/delta-io/delta/blob/master/PROTOCOL.md)
//! table: all that is known of the protocol is behind this module.
//!
//! Commits are written here, as the protocol says, because a commit of ours carries
//! what the kernel cannot write: the seal of each file's footer in its tags, and a
//! mark by which a commit is known again as our own. They go through the object store's
//! put-if-absent, which is what makes two writers take turns. Whole tables are read,
//! replayed and checkpointed by `delta_kernel`, whatever wrote them.

mod action;
mod change;
mod checkpoint;
mod clean;
mod engine;
mod features;
mod foreign;
mod history;
mod known;
mod partition;
mod schema;
mod snapshot;
mod stats;
mod table;

pub(crate) use action::{Add, FileTag, Metadata, Protocol, Remove, decoded_path, encoded_path};
pub(crate) use change::{Change, Operation};
pub(crate) use foreign::partition_constant;
pub(crate) use history::{Commit, Head};
pub(crate) use known::{known, stated_rows};
pub(crate) use partition::{
    foreign_partition, partition_columns, partition_dir, partition_key, partition_values,
};
pub(crate) use schema::{
    PARTITION_BY, STORE, TableProperties, arrow_schema, metadata, protocol, refuse_foreign,
};
pub use snapshot::At;
pub(crate) use snapshot::DeltaSnapshot;
pub(crate) use stats::stats;
pub(crate) use table::{Committed, DeltaTable, millis};

#[cfg(test)]
mod tests;
