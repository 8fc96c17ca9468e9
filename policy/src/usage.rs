//! Bytes per tier of a whole store.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use crate::{SegmentFacts, Tier};

/// How many bytes stand in each tier, promoted copies included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TierUsage {
    /// Bytes in memory.
    pub hot: u64,
    /// Bytes in warm files.
    pub warm: u64,
    /// Bytes in cold objects.
    pub cold: u64,
}

impl TierUsage {
    /// The bytes of all `facts` together.
    #[must_use]
    pub fn of(facts: &[SegmentFacts]) -> Self {
        facts
            .iter()
            .map(SegmentFacts::usage)
            .fold(Self::default(), |mut sum, usage| {
                sum += usage;
                sum
            })
    }

    /// The bytes in one tier.
    #[must_use]
    pub const fn at(&self, tier: Tier) -> u64 {
        match tier {
            Tier::Hot => self.hot,
            Tier::Warm => self.warm,
            Tier::Cold => self.cold,
        }
    }

    /// The bytes of all tiers together.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.hot.saturating_add(self.warm).saturating_add(self.cold)
    }

    pub(crate) fn add(&mut self, tier: Tier, bytes: u64) {
        let slot = self.slot(tier);
        *slot = slot.saturating_add(bytes);
    }

    pub(crate) fn sub(&mut self, tier: Tier, bytes: u64) {
        let slot = self.slot(tier);
        *slot = slot.saturating_sub(bytes);
    }

    fn slot(&mut self, tier: Tier) -> &mut u64 {
        match tier {
            Tier::Hot => &mut self.hot,
            Tier::Warm => &mut self.warm,
            Tier::Cold => &mut self.cold,
        }
    }
}

impl AddAssign for TierUsage {
    fn add_assign(&mut self, other: Self) {
        for tier in Tier::ALL {
            self.add(tier, other.at(tier));
        }
    }
}
