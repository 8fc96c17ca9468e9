//! What a table asks for.

mod age;
mod cost;
mod heat;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use age::{AgeClock, AgeRule};
pub use cost::CostRule;
pub use heat::HeatRule;

use crate::{SegmentFacts, Tier, Timestamp};

/// The rules of one table. By default there are none, and only budgets move its segments.
///
/// Where rules contradict each other about a segment, the first of these that has something to say
/// wins: hold, pin, minimum stay and cool-down, watermarks of the budgets, age, heat, cost. Retention is
/// no placement but the end of a segment's life: only a hold stops it.
///
/// ```
/// use std::time::Duration;
/// use thermocline_policy::{AgeRule, HeatRule, TableRules};
///
/// let day = Duration::from_secs(86_400);
/// let rules = TableRules::default()
///     .with_hot_to_warm(AgeRule::time_in_tier(day))
///     .with_warm_to_cold(AgeRule::event_time(30 * day))
///     .with_cold_to_warm(HeatRule::reads(2.0)?)
///     .with_retention(AgeRule::event_time(365 * day));
/// assert_eq!(rules.pin, None);
/// # Ok::<(), thermocline_policy::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TableRules {
    /// When a segment's home moves from memory to a warm file. A shorter time costs reads their
    /// speed, a longer one memory and log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hot_to_warm: Option<AgeRule>,
    /// When a segment's home moves from a warm file to a cold object. A shorter time costs reads
    /// their speed, a longer one local disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm_to_cold: Option<AgeRule>,
    /// When reads of a cold segment leave a warm copy. A lower number makes more reads fast, and
    /// more bytes move.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cold_to_warm: Option<HeatRule>,
    /// When reads of a warm segment leave a copy in memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm_to_hot: Option<HeatRule>,
    /// Has money decide what the rules above leave open, by the policy's prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostRule>,
    /// How long a home, and a promoted copy, stays where it is at least.
    ///
    /// If it is set, even a budget waits for it. Without it, ages and heat wait for
    /// [`DEFAULT_STAY`](Self::DEFAULT_STAY) and budgets don't wait: so a backfill of old events, whose
    /// event time is past every limit on the day it arrives, doesn't fall straight to cold.
    #[serde(with = "crate::span::option", skip_serializing_if = "Option::is_none")]
    pub min_stay: Option<Duration>,
    /// How long after a demotion, or after a copy was dropped, no new copy is made; without it,
    /// [`DEFAULT_COOL_DOWN`](Self::DEFAULT_COOL_DOWN). A pin doesn't wait.
    #[serde(with = "crate::span::option", skip_serializing_if = "Option::is_none")]
    pub cool_down: Option<Duration>,
    /// When a whole segment is forgotten for good, in whatever tier it stands. Counted from the
    /// newest event or from the sealing; only a hold stops it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<AgeRule>,
    /// The coldest tier that the table may stand in. It holds placement, not lifetime, and it is
    /// stronger than a budget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin: Option<Tier>,
}

impl TableRules {
    /// How long ages and heat leave a segment where it is, unless it is set: one hour.
    pub const DEFAULT_STAY: Duration = Duration::from_secs(3_600);
    /// How long after a demotion no copy is made, unless it is set: one hour.
    pub const DEFAULT_COOL_DOWN: Duration = Duration::from_secs(3_600);

    /// Sets when segments leave memory.
    #[must_use]
    pub const fn with_hot_to_warm(mut self, rule: AgeRule) -> Self {
        self.hot_to_warm = Some(rule);
        self
    }

    /// Sets when segments leave the local disk.
    #[must_use]
    pub const fn with_warm_to_cold(mut self, rule: AgeRule) -> Self {
        self.warm_to_cold = Some(rule);
        self
    }

    /// Sets when reads of cold segments leave a warm copy.
    #[must_use]
    pub const fn with_cold_to_warm(mut self, rule: HeatRule) -> Self {
        self.cold_to_warm = Some(rule);
        self
    }

    /// Sets when reads of warm segments leave a copy in memory.
    #[must_use]
    pub const fn with_warm_to_hot(mut self, rule: HeatRule) -> Self {
        self.warm_to_hot = Some(rule);
        self
    }

    /// Has money decide what the other rules leave open.
    #[must_use]
    pub const fn with_cost(mut self, rule: CostRule) -> Self {
        self.cost = Some(rule);
        self
    }

    /// Sets how long a segment stays in a tier at least.
    #[must_use]
    pub const fn with_min_stay(mut self, stay: Duration) -> Self {
        self.min_stay = Some(stay);
        self
    }

    /// Sets how long after a demotion no copy is made.
    #[must_use]
    pub const fn with_cool_down(mut self, wait: Duration) -> Self {
        self.cool_down = Some(wait);
        self
    }

    /// Sets when segments are forgotten.
    #[must_use]
    pub const fn with_retention(mut self, rule: AgeRule) -> Self {
        self.retention = Some(rule);
        self
    }

    /// Sets the coldest tier that segments may stand in.
    #[must_use]
    pub const fn with_pin(mut self, tier: Tier) -> Self {
        self.pin = Some(tier);
        self
    }

    /// The heat that a copy in `tier` needs.
    pub(crate) fn heat_for(&self, tier: Tier) -> Option<HeatRule> {
        match tier {
            Tier::Hot => self.warm_to_hot,
            Tier::Warm => self.cold_to_warm,
            Tier::Cold => None,
        }
    }

    /// The age at which a home leaves `tier`.
    pub(crate) fn age_for(&self, tier: Tier) -> Option<AgeRule> {
        match tier {
            Tier::Hot => self.hot_to_warm,
            Tier::Warm => self.warm_to_cold,
            Tier::Cold => None,
        }
    }

    /// Until when ages and heat leave what came at `since`, if that is still to come.
    pub(crate) fn stays_until(&self, since: Timestamp, now: Timestamp) -> Option<Timestamp> {
        pending(since, self.min_stay.unwrap_or(Self::DEFAULT_STAY), now)
    }

    /// Until when even budgets leave it.
    pub(crate) fn must_stay_until(&self, since: Timestamp, now: Timestamp) -> Option<Timestamp> {
        pending(since, self.min_stay?, now)
    }

    /// Until when no copy of the segment is made.
    pub(crate) fn cools_until(&self, facts: &SegmentFacts, now: Timestamp) -> Option<Timestamp> {
        let wait = self.cool_down.unwrap_or(Self::DEFAULT_COOL_DOWN);
        // A new segment has come from nowhere; only a demotion starts a cool-down.
        let demoted = Some(facts.in_tier_since).filter(|_| facts.home != Tier::Hot);
        (demoted.into_iter().chain(facts.copies_since))
            .filter_map(|since| pending(since, wait, now))
            .max()
    }
}

/// The end of a wait that began at `since`. A beginning that is still to come was read from a clock
/// that has been set back since then, and nothing waits for it.
fn pending(since: Timestamp, wait: Duration, now: Timestamp) -> Option<Timestamp> {
    (since <= now && since.age(now) < wait).then(|| since.saturating_add(wait))
}
