//! What a person or a program can see of a segment.

use serde::Serialize;
use thermocline_policy::{SegmentId, Tier, Timestamp};

use super::Segment;
use crate::lsn::LsnRange;

/// One segment as it is placed now.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SegmentInfo {
    /// The table it belongs to.
    pub table: String,
    /// Its name, for ever.
    pub segment: SegmentId,
    /// Tier of its fastest copy.
    pub tier: Tier,
    /// Tier of its durable copy; `hot` means that the log has its rows.
    pub home: Tier,
    /// Tiers with a promoted copy.
    pub copies: Vec<Tier>,
    /// Hive path of its partition; empty for a table without partitions.
    pub partition: String,
    /// Rows in it.
    pub rows: u64,
    /// Bytes of its durable copy; for a hot home, bytes in memory.
    pub bytes: u64,
    /// Bytes of its rows in memory as plain Arrow.
    pub hot_bytes: u64,
    /// File of the durable copy: below the store's directory for warm, below
    /// the cold store's root for cold. A hot home has none.
    pub path: Option<String>,
    /// The writes that it may hold rows of.
    pub lsns: LsnRange,
    /// Least and greatest event time, when the table has such a column.
    pub event_time: Option<(Timestamp, Timestamp)>,
    /// When it was sealed.
    pub sealed_at: Timestamp,
    /// Since when its durable copy is where it is.
    pub home_since: Timestamp,
    /// When it was last read, as far as is known.
    pub last_access: Option<Timestamp>,
    /// How many of its morsels were read, as far as is known.
    pub reads: u64,
}

impl Segment {
    pub(crate) fn info(&self, table: &str) -> SegmentInfo {
        let path = match self.home {
            Tier::Hot => None,
            Tier::Warm => self.warm.as_ref().map(|file| file.meta.path.clone()),
            Tier::Cold => self.cold.as_ref().map(|file| file.shown_path()),
        };
        let accesses = self.access.get();
        SegmentInfo {
            table: table.to_owned(),
            segment: self.id,
            tier: self.tier(),
            home: self.home,
            copies: self.copies(),
            partition: self.facts.partition.to_string(),
            rows: self.facts.rows,
            bytes: self.bytes_in(self.home).unwrap_or(0),
            hot_bytes: self.facts.hot_bytes,
            path,
            lsns: self.facts.lsns,
            event_time: self.facts.event_time,
            sealed_at: self.facts.sealed_at,
            home_since: self.home_since,
            last_access: accesses.last,
            reads: accesses.reads,
        }
    }
}
