//! The hot tier: rows in memory as Arrow batches.
//!
//! Appended rows lie in [`OpenRows`] until they are sealed into segments; a
//! sealed segment in memory is a [`HotRows`].

mod bytes;
mod open;
mod rows;
mod seal;

pub(crate) use self::bytes::batch_bytes;
pub(crate) use open::{OpenRows, OpenSlice};
pub(crate) use rows::HotRows;
pub(crate) use seal::{SealRequest, event_range, seal, sorted};
