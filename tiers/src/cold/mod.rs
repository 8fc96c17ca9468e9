//! The cold tier: compressed, partitioned Parquet in an object store.
//!
//! Everything about cold membership and layout stays behind this module.

mod file;
mod reader;
mod store;
mod write;

pub(crate) use file::ColdFile;
pub(crate) use store::ColdStore;
pub(crate) use write::write;
