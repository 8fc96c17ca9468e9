//! What a table asks for.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{SegmentFacts, Tier, Timestamp};

/// Which time a segment's age is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AgeClock {
    /// Its newest event; where the table has no event time, when it was sealed.
    ///
    /// For a demotion an event counts as no later than the sealing, so that one row from the
    /// future doesn't hold a segment in memory. For retention it counts as it is: a segment lives
    /// until its newest event is old enough, even if that event is still to come.
    EventTime,
    /// When it got its present home. A backfill of old events starts at zero on this clock.
    TimeInTier,
    /// When it was sealed.
    IngestTime,
}

impl fmt::Display for AgeClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::EventTime => "event time",
            Self::TimeInTier => "time in tier",
            Self::IngestTime => "ingest time",
        })
    }
}

/// A limit on age: it applies to a segment that is older, and not yet at exactly this age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgeRule {
    /// Where the age is counted from.
    pub clock: AgeClock,
    /// The limit.
    pub older_than: Duration,
}

impl AgeRule {
    /// A rule that applies to segments older than `older_than` on `clock`.
    #[must_use]
    pub const fn new(clock: AgeClock, older_than: Duration) -> Self {
        Self { clock, older_than }
    }

    /// Counts from the newest event.
    #[must_use]
    pub const fn event_time(older_than: Duration) -> Self {
        Self::new(AgeClock::EventTime, older_than)
    }

    /// Counts from the arrival in the tier.
    #[must_use]
    pub const fn time_in_tier(older_than: Duration) -> Self {
        Self::new(AgeClock::TimeInTier, older_than)
    }

    /// Counts from the sealing.
    #[must_use]
    pub const fn ingest_time(older_than: Duration) -> Self {
        Self::new(AgeClock::IngestTime, older_than)
    }

    /// The age for placement, if it is over the limit.
    pub(crate) fn exceeded(&self, facts: &SegmentFacts, now: Timestamp) -> Option<Duration> {
        self.over(facts, facts.newest_event(), now)
    }

    /// The age for retention, if it is over the limit.
    pub(crate) fn expired(&self, facts: &SegmentFacts, now: Timestamp) -> Option<Duration> {
        self.over(
            facts,
            facts
                .event_time
                .map_or(facts.ingested, |(_, newest)| newest),
            now,
        )
    }

    fn over(&self, facts: &SegmentFacts, event: Timestamp, now: Timestamp) -> Option<Duration> {
        let since = match self.clock {
            AgeClock::EventTime => event,
            AgeClock::TimeInTier => facts.in_tier_since,
            AgeClock::IngestTime => facts.ingested,
        };
        Some(since.age(now)).filter(|age| *age > self.older_than)
    }
}

/// The rules of one table. By default there are none, and only budgets move its segments.
///
/// ```
/// use std::time::Duration;
/// use thermocline_policy::{AgeRule, TableRules, Tier};
///
/// let day = Duration::from_secs(86_400);
/// let rules = TableRules::default()
///     .with_hot_to_warm(AgeRule::time_in_tier(day))
///     .with_warm_to_cold(AgeRule::event_time(30 * day))
///     .with_retention(AgeRule::event_time(365 * day));
/// assert_eq!(rules.pin, None);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TableRules {
    /// When a segment's home moves from memory to a warm file. A shorter time costs reads their
    /// speed, a longer one memory and log.
    pub hot_to_warm: Option<AgeRule>,
    /// When a segment's home moves from a warm file to a cold object. A shorter time costs reads
    /// their speed, a longer one local disk.
    pub warm_to_cold: Option<AgeRule>,
    /// When a whole segment is forgotten for good, in whatever tier it stands. Counted from the
    /// newest event or from the sealing; only a hold stops it.
    pub retention: Option<AgeRule>,
    /// The coldest tier that the table may stand in. It holds placement, not lifetime, and it is
    /// stronger than a budget.
    pub pin: Option<Tier>,
}

impl TableRules {
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

    /// Whether a segment may stand in `tier` by its pin.
    pub(crate) fn allows(&self, tier: Tier) -> bool {
        self.pin.is_none_or(|pin| tier <= pin)
    }
}
