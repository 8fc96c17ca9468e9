//! The bytes of Thermocline: what a segment, a log record and a schema look like when they are
//! stored.
//!
//! Everything here is a function from values to bytes or back. Files are opened, synced and
//! renamed elsewhere; this crate sees slices, Arrow buffers, [`Write`](std::io::Write) and, for
//! Parquet, an asynchronous reader of byte ranges. Nothing that is read is trusted: checksums are
//! verified before anything is parsed, and damage is an [`Error`], never a panic.
//!
//! - [`check_schema`], [`check_batch`], [`evolve`]: what a table may hold, and how it grows
//! - [`PreparedFrame`], [`FrameReader`]: the framing of log and manifest
//! - [`encode_batch`], [`decode_batch`]: a record batch as the payload of a frame
//! - [`SegmentStats`], [`Predicate`]: zone maps, and what they can rule out
//! - [`PartitionBy`]: which rows belong into one file
//! - [`IpcSegmentWriter`], [`IpcSegment`]: warm segments, memory-mappable Arrow IPC files
//! - [`ParquetSegmentWriter`], [`ParquetSegment`]: cold segments, Parquet files
//!
//! Each format is described byte by byte in `docs/formats.md`.

mod batch;
mod bits;
mod error;
mod frame;
mod hex;
mod ipc;
mod parquet;
mod partition;
mod predicate;
mod schema;
pub mod soa;
mod stats;
#[cfg(test)]
mod testing;
mod tracked;
mod values;

pub use batch::{decode_batch, encode_batch};
pub use bits::same_bits;
pub use error::{Error, ErrorKind, Result};
pub use frame::{
    Acknowledged, Compression, Damage, DamageKind, Frame, FrameReader, HEADER_LEN, PreparedFrame,
    SealedFrame, find_acknowledged_after,
};
pub use ipc::{IpcCompression, IpcOptions, IpcSegment, IpcSegmentWriter, IpcSummary};
pub use parquet::{
    Codec, FooterSeal, ParquetOptions, ParquetSegment, ParquetSegmentWriter, ParquetSummary,
    from_open_type, open_type,
};
pub use partition::{PartitionBy, PartitionField, PartitionKey, Transform};
pub use predicate::{CompareOp, Predicate};
pub use schema::{
    FIELD_ID_KEY, Mismatch, adapt_batch, check_batch, check_schema, decode_schema, encode_schema,
    evolve, with_field_ids,
};
pub use stats::{Bound, ColumnStats, SegmentStats};

/// The version of every format in this crate. A file with a higher number is refused with
/// [`ErrorKind::NewerVersion`].
pub const FORMAT_VERSION: u32 = 0;
