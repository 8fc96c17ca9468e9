//! What a warm segment file's footer says about its blocks.

use serde::{Deserialize, Serialize};

use crate::tracked::Region;
use crate::{Error, FORMAT_VERSION, Result, SegmentStats};

/// The key of the footer's custom metadata under which the index stands, as JSON.
pub(super) const INDEX_KEY: &str = "thermocline.segment";

/// Checksums, row counts and statistics of everything before the trailer. Each region starts where
/// the one before it ends.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Index {
    pub(super) version: u32,
    pub(super) rows: u64,
    /// From the start of the file to the first message behind the schema.
    pub(super) header: Region,
    /// The dictionaries, which stand before the blocks; empty if there are none.
    pub(super) dictionaries: Region,
    pub(super) blocks: Vec<Block>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Block {
    #[serde(flatten)]
    pub(super) region: Region,
    pub(super) stats: SegmentStats,
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
            Error::corrupt("the description of a warm segment can't be read").with_source(error)
        };
        let Versioned { version } = serde_json::from_str(json).map_err(damaged)?;
        if version > FORMAT_VERSION {
            return Err(Error::newer("the warm segment", version));
        }
        serde_json::from_str(json).map_err(damaged)
    }

    /// Where the trailer starts, if every region has the length that the index says.
    pub(super) fn end(&self) -> Option<u64> {
        let before = self.header.len.checked_add(self.dictionaries.len)?;
        self.blocks
            .iter()
            .try_fold(before, |end, block| end.checked_add(block.region.len))
    }
}
