//! Segments: immutable runs of rows of one table and one partition, the unit
//! of placement and movement.

mod access;
mod info;

use std::sync::Arc;

use thermocline_formats::{PartitionKey, SegmentStats};
use thermocline_policy::{SegmentFacts, SegmentId, Tier, TierBytes, Timestamp};

pub(crate) use access::Access;
pub use info::SegmentInfo;

use crate::cold::ColdFile;
use crate::error::{Error, Result};
use crate::heat::Recorder;
use crate::hot::HotRows;
use crate::lsn::LsnRange;
use crate::manifest::{Home, Marks, SegmentMeta};
use crate::warm::WarmFile;

/// One segment with all of its copies. A move makes a new value; readers keep
/// the one that they pinned.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    pub(crate) id: SegmentId,
    pub(crate) facts: Arc<Sealed>,
    pub(crate) home: Tier,
    pub(crate) home_since: Timestamp,
    pub(crate) hot: Option<Arc<HotRows>>,
    pub(crate) warm: Option<Arc<WarmFile>>,
    pub(crate) cold: Option<Arc<ColdFile>>,
    pub(crate) access: Arc<Access>,
}

/// What was settled when the segment was sealed and never changes.
#[derive(Debug)]
pub(crate) struct Sealed {
    pub(crate) partition: PartitionKey,
    pub(crate) rows: u64,
    pub(crate) lsns: LsnRange,
    pub(crate) schema_version: u32,
    pub(crate) stats: SegmentStats,
    pub(crate) hot_bytes: u64,
    pub(crate) sealed_at: Timestamp,
    pub(crate) event_time: Option<(Timestamp, Timestamp)>,
}

impl Sealed {
    pub(crate) fn of(meta: &SegmentMeta) -> Self {
        Self {
            partition: meta.partition.clone(),
            rows: meta.rows,
            lsns: meta.lsns,
            schema_version: meta.schema_version,
            stats: meta.stats.clone(),
            hot_bytes: meta.hot_bytes,
            sealed_at: meta.sealed_at,
            event_time: meta.event_time,
        }
    }
}

impl Segment {
    /// A segment whose home is this cold file; its copies that are still to be there, and
    /// what is known of it, are those of `old`.
    pub(crate) fn with_cold(
        id: SegmentId,
        meta: &SegmentMeta,
        cold: Arc<ColdFile>,
        old: Option<&Self>,
        recorder: &Arc<Recorder>,
    ) -> Self {
        Self {
            id,
            facts: old.map_or_else(|| Arc::new(Sealed::of(meta)), |old| Arc::clone(&old.facts)),
            home: Tier::Cold,
            home_since: meta.home_since,
            hot: old.and_then(|old| old.hot.clone()),
            warm: old.and_then(|old| {
                old.warm
                    .clone()
                    .filter(|w| meta.warm_copy.as_ref() == Some(&w.meta))
            }),
            cold: Some(cold),
            access: old.map_or_else(
                || Arc::new(Access::new(id, recorder)),
                |old| Arc::clone(&old.access),
            ),
        }
    }

    /// The tier of its fastest copy.
    pub(crate) fn tier(&self) -> Tier {
        if self.hot.is_some() {
            Tier::Hot
        } else if self.warm.is_some() {
            Tier::Warm
        } else {
            Tier::Cold
        }
    }

    /// The tiers that hold a promoted copy.
    pub(crate) fn copies(&self) -> Vec<Tier> {
        let present = [
            (Tier::Hot, self.hot.is_some()),
            (Tier::Warm, self.warm.is_some()),
            (Tier::Cold, self.cold.is_some()),
        ];
        present
            .into_iter()
            .filter(|(tier, there)| *there && *tier != self.home)
            .map(|(tier, _)| tier)
            .collect()
    }

    /// Bytes that a copy takes in `tier`, or would take as far as is known.
    pub(crate) fn bytes_in(&self, tier: Tier) -> Option<u64> {
        match tier {
            Tier::Hot => Some(self.facts.hot_bytes),
            Tier::Warm => self.warm.as_ref().map(|file| file.meta.bytes),
            Tier::Cold => self.cold.as_ref().map(|file| file.meta.bytes),
        }
    }

    /// The segment as the manifest keeps it; `None` while its home is the log.
    pub(crate) fn meta(&self) -> Result<Option<SegmentMeta>> {
        let lost = || Error::bug(format!("segment {} has no copy in its home", self.id));
        let home = match self.home {
            Tier::Hot => return Ok(None),
            Tier::Warm => Home::Warm(self.warm.as_ref().ok_or_else(lost)?.meta.clone()),
            Tier::Cold => Home::Cold(self.cold.as_ref().ok_or_else(lost)?.meta.clone()),
        };
        let warm_copy = match self.home {
            Tier::Cold => self.warm.as_ref().map(|file| file.meta.clone()),
            _ => None,
        };
        Ok(Some(SegmentMeta {
            partition: self.facts.partition.clone(),
            rows: self.facts.rows,
            lsns: self.facts.lsns,
            schema_version: self.facts.schema_version,
            stats: self.facts.stats.clone(),
            hot_bytes: self.facts.hot_bytes,
            sealed_at: self.facts.sealed_at,
            home_since: self.home_since,
            event_time: self.facts.event_time,
            home,
            warm_copy,
        }))
    }

    /// What the policy is told.
    pub(crate) fn policy_facts(&self, table: &str, marks: &Marks) -> SegmentFacts {
        let bytes = TierBytes::in_memory(self.facts.hot_bytes)
            .with_warm(self.bytes_in(Tier::Warm))
            .with_cold(self.bytes_in(Tier::Cold));
        let mut facts = SegmentFacts::new(self.id, table, self.home).with_bytes(bytes);
        facts.partition = self.facts.partition.to_string();
        facts.rows = self.facts.rows;
        facts.ingested = self.facts.sealed_at;
        facts.in_tier_since = self.home_since;
        for tier in self.copies() {
            facts = facts.with_copy(tier);
        }
        if let Some((oldest, newest)) = self.facts.event_time {
            facts = facts.with_event_time(oldest, newest);
        }
        let accesses = self.access.get();
        facts.last_access = accesses.last;
        facts.heat = accesses.heat;
        facts.copies_since = accesses.copies_since;
        facts.pin = marks.pin(self.id, &facts.partition);
        facts.hold = marks.holds(self.id, &facts.partition);
        facts
    }
}
