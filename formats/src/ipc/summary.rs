//! What is known of a warm segment file once it is written.

use serde::{Deserialize, Serialize};

use crate::SegmentStats;

/// What [`IpcSegmentWriter::finish`](crate::IpcSegmentWriter::finish) found out about its file,
/// for the manifest to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IpcSummary {
    /// Length of the file in bytes.
    pub bytes: u64,
    /// The number of rows.
    pub rows: u64,
    /// The number of blocks.
    pub blocks: u32,
    /// CRC-32C of the trailer: everything behind the last block.
    pub trailer_crc: u32,
    /// The zone map of all rows.
    pub stats: SegmentStats,
}
