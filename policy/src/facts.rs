//! What the policy is told about a segment.

use serde::{Deserialize, Serialize};

use crate::{SegmentId, Tier, TierUsage, Timestamp};

/// The size of a segment in each tier, in bytes: measured where it stands, estimated where it
/// might go, `None` where nobody knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TierBytes {
    /// Bytes as Arrow batches in memory.
    pub hot: u64,
    /// Bytes as a warm file.
    pub warm: Option<u64>,
    /// Bytes as a cold object.
    pub cold: Option<u64>,
}

impl TierBytes {
    /// The size in `tier`. Where it isn't known, the next hotter tier that is known stands in:
    /// files are seldom larger than the memory that they were written from.
    ///
    /// ```
    /// use thermocline_policy::{Tier, TierBytes};
    ///
    /// let bytes = TierBytes { hot: 100, warm: Some(90), cold: None };
    /// assert_eq!(bytes.at(Tier::Cold), 90);
    /// ```
    #[must_use]
    pub fn at(&self, tier: Tier) -> u64 {
        match tier {
            Tier::Hot => self.hot,
            Tier::Warm => self.warm.unwrap_or(self.hot),
            Tier::Cold => self.cold.or(self.warm).unwrap_or(self.hot),
        }
    }
}

/// All that the policy knows about one segment.
///
/// A segment stands durably in its [`home`](Self::home); [`copies`](Self::copies) are faster and
/// may be dropped at any time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentFacts {
    /// Which segment.
    pub segment: SegmentId,
    /// The table it belongs to.
    pub table: String,
    /// The partition it belongs to, as a path such as `month=2013-01`; empty without partitioning.
    pub partition: String,
    /// Rows in it, masked ones included.
    pub rows: u64,
    /// The tier of the durable copy.
    pub home: Tier,
    /// The tiers that hold a promoted copy. Entries that are not faster than the home don't count.
    pub copies: Vec<Tier>,
    /// Its size in each tier.
    pub bytes: TierBytes,
    /// The oldest and the newest event in it, if the table has an event time.
    pub event_time: Option<(Timestamp, Timestamp)>,
    /// When it was sealed.
    pub ingested: Timestamp,
    /// When it got its present home.
    pub in_tier_since: Timestamp,
    /// When it was last read, if it ever was.
    pub last_access: Option<Timestamp>,
    /// Whether somebody asked for it to outlive its retention.
    pub hold: bool,
}

impl SegmentFacts {
    /// Facts of an empty, never read segment that was sealed at the epoch, to be filled in.
    #[must_use]
    pub fn new(segment: SegmentId, table: impl Into<String>, home: Tier) -> Self {
        Self {
            segment,
            table: table.into(),
            partition: String::new(),
            rows: 0,
            home,
            copies: Vec::new(),
            bytes: TierBytes::default(),
            event_time: None,
            ingested: Timestamp::default(),
            in_tier_since: Timestamp::default(),
            last_access: None,
            hold: false,
        }
    }

    /// Sets the size in memory, which also stands in for every size that isn't known.
    #[must_use]
    pub fn with_hot_bytes(mut self, bytes: u64) -> Self {
        self.bytes.hot = bytes;
        self
    }

    /// Sets the sizes.
    #[must_use]
    pub fn with_bytes(mut self, bytes: TierBytes) -> Self {
        self.bytes = bytes;
        self
    }

    /// Adds a promoted copy.
    #[must_use]
    pub fn with_copy(mut self, tier: Tier) -> Self {
        self.copies.push(tier);
        self
    }

    /// Sets when it was sealed, which is also when it got its home.
    #[must_use]
    pub fn with_ingested(mut self, at: Timestamp) -> Self {
        self.ingested = at;
        self.in_tier_since = at;
        self
    }

    /// Sets the oldest and the newest event.
    #[must_use]
    pub fn with_event_time(mut self, oldest: Timestamp, newest: Timestamp) -> Self {
        self.event_time = Some((oldest, newest));
        self
    }

    /// Sets when it was last read.
    #[must_use]
    pub fn with_last_access(mut self, at: Timestamp) -> Self {
        self.last_access = Some(at);
        self
    }

    /// The fastest tier that holds it: where a read is served from.
    #[must_use]
    pub fn tier(&self) -> Tier {
        self.copies.iter().copied().fold(self.home, Tier::min)
    }

    /// Whether `tier` holds a promoted copy.
    #[must_use]
    pub fn has_copy(&self, tier: Tier) -> bool {
        tier < self.home && self.copies.contains(&tier)
    }

    /// The bytes that it takes in each tier now.
    #[must_use]
    pub fn usage(&self) -> TierUsage {
        let mut usage = TierUsage::default();
        for tier in Tier::ALL {
            if tier == self.home || self.has_copy(tier) {
                usage.add(tier, self.bytes.at(tier));
            }
        }
        usage
    }

    /// The fastest tier that would be left if the copy in `tier` went.
    pub(crate) fn tier_without_copy(&self, tier: Tier) -> Tier {
        self.copies
            .iter()
            .copied()
            .filter(|copy| *copy != tier)
            .fold(self.home, Tier::min)
    }

    /// When its newest event happened, for placement: never later than it was sealed. An event
    /// that claims to come from the future would otherwise hold its whole segment in memory.
    pub(crate) fn newest_event(&self) -> Timestamp {
        self.event_time
            .map_or(self.ingested, |(_, newest)| newest.min(self.ingested))
    }

    /// When it was last of use, as far as is known: its last read, else its newest event, else
    /// when it was sealed.
    pub(crate) fn last_use(&self) -> Timestamp {
        self.last_access.unwrap_or_else(|| self.newest_event())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tier_is_the_fastest_copy_and_every_copy_takes_room() {
        let facts = SegmentFacts::new(SegmentId(1), "t", Tier::Cold)
            .with_bytes(TierBytes {
                hot: 100,
                warm: None,
                cold: Some(30),
            })
            .with_copy(Tier::Hot);
        assert_eq!(facts.tier(), Tier::Hot);
        assert_eq!(facts.tier_without_copy(Tier::Hot), Tier::Cold);
        assert_eq!(
            facts.usage(),
            TierUsage {
                hot: 100,
                warm: 0,
                cold: 30
            }
        );
    }

    #[test]
    fn a_copy_that_is_not_faster_than_the_home_does_not_count() {
        let facts = SegmentFacts::new(SegmentId(1), "t", Tier::Hot)
            .with_hot_bytes(100)
            .with_copy(Tier::Hot)
            .with_copy(Tier::Warm);
        assert_eq!(facts.tier(), Tier::Hot);
        assert_eq!(
            facts.usage(),
            TierUsage {
                hot: 100,
                warm: 0,
                cold: 0
            }
        );
    }
}
