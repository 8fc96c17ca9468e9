//! What our own metadata in a Parquet file says beyond Parquet's.

use serde::{Deserialize, Serialize};

use crate::{Error, FORMAT_VERSION, Result, SegmentStats};

/// The key of the file's key-value metadata under which the index stands, as JSON.
pub(super) const INDEX_KEY: &str = "thermocline.segment";

/// Statistics whose order is ours, and checksums of everything before the page index.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Index {
    pub(super) version: u32,
    /// The Arrow schema message in hexadecimal digits.
    pub(super) schema: String,
    pub(super) row_groups: Vec<RowGroup>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct RowGroup {
    pub(super) stats: SegmentStats,
    /// One entry for each leaf column.
    pub(super) chunks: Vec<ChunkSums>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ChunkSums {
    /// In the order of the file, the dictionary page first.
    pub(super) pages: Vec<Page>,
    /// CRC-32C of the bloom filter, its header included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) bloom: Option<u32>,
}

/// A page with its header.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(from = "(u64, u32)", into = "(u64, u32)")]
pub(super) struct Page {
    pub(super) len: u64,
    /// CRC-32C.
    pub(super) crc: u32,
}

impl From<(u64, u32)> for Page {
    fn from((len, crc): (u64, u32)) -> Self {
        Self { len, crc }
    }
}

impl From<Page> for (u64, u32) {
    fn from(page: Page) -> Self {
        (page.len, page.crc)
    }
}

/// Only the version, which is read first.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

impl Index {
    pub(super) fn to_json(&self) -> Result<String> {
        serde_json::to_string(self)
            .map_err(|error| Error::invalid("the segment can't be described").with_source(error))
    }

    pub(super) fn from_json(json: &str) -> Result<Self> {
        let damaged = |error| {
            Error::corrupt("the description of a cold segment can't be read").with_source(error)
        };
        let Versioned { version } = serde_json::from_str(json).map_err(damaged)?;
        if version > FORMAT_VERSION {
            return Err(Error::newer("the cold segment", version));
        }
        serde_json::from_str(json).map_err(damaged)
    }
}
