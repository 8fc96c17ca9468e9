//! The cold tier: compressed, partitioned Parquet in an object store.
//!
//! Everything about cold membership and layout stays behind this module.

mod cache;
pub(crate) mod delta;
mod file;
mod metadata;
mod objects;
mod reader;
mod store;
mod write;

pub use cache::ColdCacheStats;
pub(crate) use cache::RangeCache;
pub use delta::At;
pub(crate) use file::{ColdFile, Listed};
pub use objects::{ObjectOp, ObjectStoreSettings, RequestStats, is_plain_cold_option};
pub(crate) use objects::{Objects, Options, Place, Remembered, Usage, cause, is_probe, open};
pub(crate) use store::ColdStore;
pub(crate) use write::write;
