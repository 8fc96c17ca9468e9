//! What is known of a cold segment file once it is written.

use serde::{Deserialize, Serialize};

use crate::SegmentStats;

/// Length and checksum of a Parquet file's trailer: everything behind its last row group, which is
/// the page index and the footer. Kept apart from the file, so that damage there is noticed:
/// Parquet itself has no checksum for it. With it, a file is opened by one read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FooterSeal {
    /// Length of the whole file in bytes.
    pub file_len: u64,
    /// Length of the trailer in bytes, to the end of the file.
    pub len: u32,
    /// CRC-32C of the trailer.
    pub crc: u32,
}

/// What [`ParquetSegmentWriter::finish`](crate::ParquetSegmentWriter::finish) found out about its
/// file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ParquetSummary {
    /// Length of the file in bytes.
    pub bytes: u64,
    /// The number of rows.
    pub rows: u64,
    /// The number of row groups.
    pub row_groups: u32,
    /// Length of the trailer in bytes: page index and footer, to the end of the file.
    pub footer_len: u32,
    /// CRC-32C of the trailer.
    pub footer_crc: u32,
    /// The zone map of all rows.
    pub stats: SegmentStats,
}

impl ParquetSummary {
    /// What [`ParquetSegment::load`](crate::ParquetSegment::load) compares the footer with.
    #[must_use]
    pub fn seal(&self) -> FooterSeal {
        FooterSeal {
            file_len: self.bytes,
            len: self.footer_len,
            crc: self.footer_crc,
        }
    }
}
