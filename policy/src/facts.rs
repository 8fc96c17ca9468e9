//! What the policy is told about a segment.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use crate::heat::decay;
use crate::{Heat, SegmentId, Standings, Tier, TierUsage, Timestamp};

/// The size of a segment in each tier, in bytes: measured where it stands, estimated where it
/// might go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct TierBytes {
    /// Bytes as Arrow batches in memory.
    pub hot: u64,
    /// Bytes as a warm file, if it was ever written as one.
    pub warm: Option<u64>,
    /// Bytes as a cold object, if it was ever written as one.
    pub cold: Option<u64>,
    /// What a warm file would take by the other segments of its table; see [`estimate_sizes`].
    pub warm_estimate: Option<u64>,
    /// What a cold object would take by the other segments of its table.
    pub cold_estimate: Option<u64>,
}

impl TierBytes {
    /// So many bytes in memory, and nothing else known.
    #[must_use]
    pub fn in_memory(bytes: u64) -> Self {
        Self {
            hot: bytes,
            ..Self::default()
        }
    }

    /// Sets the bytes of the warm file.
    #[must_use]
    pub fn with_warm(mut self, bytes: impl Into<Option<u64>>) -> Self {
        self.warm = bytes.into();
        self
    }

    /// Sets the bytes of the cold object.
    #[must_use]
    pub fn with_cold(mut self, bytes: impl Into<Option<u64>>) -> Self {
        self.cold = bytes.into();
        self
    }

    /// The size in `tier`: measured, else estimated, else that in the next hotter tier, because
    /// files are seldom larger than the memory that they were written from.
    ///
    /// ```
    /// use thermocline_policy::{Tier, TierBytes};
    ///
    /// let bytes = TierBytes::in_memory(100).with_warm(90);
    /// assert_eq!(bytes.at(Tier::Cold), 90);
    /// ```
    #[must_use]
    pub fn at(&self, tier: Tier) -> u64 {
        let warm = || self.warm.or(self.warm_estimate);
        match tier {
            Tier::Hot => self.hot,
            Tier::Warm => warm().unwrap_or(self.hot),
            Tier::Cold => (self.cold.or(self.cold_estimate).or_else(warm)).unwrap_or(self.hot),
        }
    }

    /// Whether [`at`](Self::at) was measured and not estimated.
    #[must_use]
    pub fn is_known(&self, tier: Tier) -> bool {
        match tier {
            Tier::Hot => true,
            Tier::Warm => self.warm.is_some(),
            Tier::Cold => self.cold.is_some(),
        }
    }
}

/// Fills in the estimates of sizes that nobody has measured: by the ratio of file to memory over all
/// segments of the same table that have such a file.
///
/// ```
/// use thermocline_policy::{SegmentFacts, SegmentId, Tier, TierBytes, estimate_sizes};
///
/// let mut facts = vec![
///     SegmentFacts::new(SegmentId(1), "t", Tier::Cold)
///         .with_bytes(TierBytes::in_memory(100).with_cold(25)),
///     SegmentFacts::new(SegmentId(2), "t", Tier::Hot).with_bytes(TierBytes::in_memory(400)),
/// ];
/// estimate_sizes(&mut facts);
/// assert_eq!(facts[1].bytes.at(Tier::Cold), 100);
/// assert!(!facts[1].bytes.is_known(Tier::Cold));
/// ```
pub fn estimate_sizes(facts: &mut [SegmentFacts]) {
    /// Of one table: bytes of files, and of the same segments in memory.
    #[derive(Default)]
    struct Seen {
        warm: (u128, u128),
        cold: (u128, u128),
    }
    let mut seen: BTreeMap<String, Seen> = BTreeMap::new();
    for segment in facts.iter() {
        if !seen.contains_key(&segment.table) {
            seen.insert(segment.table.clone(), Seen::default());
        }
        let Some(table) = seen.get_mut(&segment.table) else {
            continue;
        };
        for (file, sums) in [
            (segment.bytes.warm, &mut table.warm),
            (segment.bytes.cold, &mut table.cold),
        ] {
            if let Some(file) = file {
                sums.0 += u128::from(file);
                sums.1 += u128::from(segment.bytes.hot);
            }
        }
    }
    let scaled = |hot: u64, (files, memory): (u128, u128)| {
        let bytes = u128::from(hot).checked_mul(files)?.checked_div(memory)?;
        u64::try_from(bytes).ok()
    };
    for segment in facts {
        if let Some(table) = seen.get(&segment.table) {
            segment.bytes.warm_estimate = scaled(segment.bytes.hot, table.warm);
            segment.bytes.cold_estimate = scaled(segment.bytes.hot, table.cold);
        }
    }
}

/// All that the policy knows about one segment.
///
/// A segment stands durably in its [`home`](Self::home); [`copies`](Self::copies) are faster and
/// may be dropped at any time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// When a copy of it was last made or dropped, if that is known.
    pub copies_since: Option<Timestamp>,
    /// How much it is read. Without any, but with a last read, that counts as one whole read.
    pub heat: Heat,
    /// The tier that somebody pinned it to, or its partition.
    pub pin: Option<Tier>,
    /// What the eviction policies of the budgets have made of it, if they were asked; see
    /// [`Residents`](crate::Residents).
    #[serde(default)]
    pub standing: Standings,
    /// Whether somebody asked for it, or its partition, to outlive its retention.
    pub hold: bool,
    /// Bytes of files that it has left and that wait to be deleted, because somebody may still read
    /// them.
    pub pending_delete: u64,
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
            copies_since: None,
            heat: Heat::default(),
            pin: None,
            standing: Standings::default(),
            hold: false,
            pending_delete: 0,
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

    /// Sets how much it is read.
    #[must_use]
    pub fn with_heat(mut self, heat: Heat) -> Self {
        self.heat = heat;
        self
    }

    /// Pins it to a tier.
    #[must_use]
    pub fn with_pin(mut self, tier: Tier) -> Self {
        self.pin = Some(tier);
        self
    }

    /// How often it was read whole, where reads long ago count less: its heat for its size.
    #[must_use]
    pub fn reads(&self, now: Timestamp, half_life: Duration) -> f64 {
        if self.heat.is_zero() {
            let last = self.last_access;
            return last.map_or(0.0, |last| decay(last.age(now), half_life));
        }
        self.heat.bytes_at(now, half_life) / self.bytes.hot.max(1) as f64
    }

    /// How much it is worth to be near: its whole reads, and one more for having been new.
    pub(crate) fn warmth(&self, now: Timestamp, half_life: Duration) -> f64 {
        self.reads(now, half_life) + decay(self.newest_event().age(now), half_life)
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
            .with_bytes(TierBytes::in_memory(100).with_cold(30))
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
