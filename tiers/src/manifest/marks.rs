//! What people asked for about single segments and partitions.

use serde::{Deserialize, Serialize};
use thermocline_policy::{SegmentId, Tier};

/// What a mark is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Marked {
    /// A partition, by its Hive path; its segments of today and of later.
    Partition(String),
    /// One segment.
    Segment(SegmentId),
}

/// Pins and holds of one table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Marks {
    pins: Vec<(Marked, Tier)>,
    holds: Vec<Marked>,
}

impl Marks {
    /// The tier that a segment is pinned to: by its own pin, else by that of its partition.
    pub(crate) fn pin(&self, segment: SegmentId, partition: &str) -> Option<Tier> {
        let of = |wanted: &dyn Fn(&Marked) -> bool| {
            let found = self.pins.iter().find(|(on, _)| wanted(on));
            found.map(|(_, tier)| *tier)
        };
        of(&|on| *on == Marked::Segment(segment))
            .or_else(|| of(&|on| matches!(on, Marked::Partition(path) if path == partition)))
    }

    /// Whether a segment outlives its retention.
    pub(crate) fn holds(&self, segment: SegmentId, partition: &str) -> bool {
        self.holds.iter().any(|on| match on {
            Marked::Partition(path) => path == partition,
            Marked::Segment(id) => *id == segment,
        })
    }

    /// Pins, or lifts a pin; false if that changes nothing.
    pub(crate) fn set_pin(&mut self, on: Marked, tier: Option<Tier>) -> bool {
        let before = self.clone();
        self.pins.retain(|(other, _)| *other != on);
        self.pins.extend(tier.map(|tier| (on, tier)));
        *self != before
    }

    /// Holds, or releases; false if that changes nothing.
    pub(crate) fn set_hold(&mut self, on: Marked, hold: bool) -> bool {
        let before = self.holds.len();
        let there = self.holds.contains(&on);
        if hold && !there {
            self.holds.push(on);
        } else if !hold {
            self.holds.retain(|other| *other != on);
        }
        self.holds.len() != before
    }

    /// Whether somebody named this very segment, and not its partition.
    pub(crate) fn name(&self, segment: SegmentId) -> bool {
        let own = Marked::Segment(segment);
        self.holds.contains(&own) || self.pins.iter().any(|(on, _)| *on == own)
    }

    /// What was asked for a segment counts for another one that has its rows.
    pub(crate) fn inherit(&mut self, new: SegmentId, old: SegmentId) {
        let (new, old) = (Marked::Segment(new), Marked::Segment(old));
        if self.holds.contains(&old) && !self.holds.contains(&new) {
            self.holds.push(new.clone());
        }
        let of = |wanted: &Marked| {
            let found = self.pins.iter().find(|(on, _)| on == wanted);
            found.map(|(_, tier)| *tier)
        };
        if let (Some(tier), None) = (of(&old), of(&new)) {
            self.pins.push((new, tier));
        }
    }

    /// A segment is gone, and its marks with it.
    pub(crate) fn forget(&mut self, segment: SegmentId) {
        let gone = Marked::Segment(segment);
        self.pins.retain(|(on, _)| *on != gone);
        self.holds.retain(|on| *on != gone);
    }
}
