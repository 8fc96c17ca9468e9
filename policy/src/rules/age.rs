//! Limits on age, each by a clock.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{SegmentFacts, Timestamp};

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
    /// When it was last read; where nobody read it, its newest event.
    LastAccess,
}

impl fmt::Display for AgeClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::EventTime => "event time",
            Self::TimeInTier => "time in tier",
            Self::IngestTime => "ingest time",
            Self::LastAccess => "last access",
        })
    }
}

/// A limit on age: it applies to a segment that is older, and not yet at exactly this age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgeRule {
    /// Where the age is counted from.
    pub clock: AgeClock,
    /// The limit; as text `30d`, `12h`, `1h 30m`.
    #[serde(with = "crate::span")]
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

    /// Counts from the last read.
    #[must_use]
    pub const fn last_access(older_than: Duration) -> Self {
        Self::new(AgeClock::LastAccess, older_than)
    }

    /// The age for placement, if it is over the limit.
    pub(crate) fn exceeded(&self, facts: &SegmentFacts, now: Timestamp) -> Option<Duration> {
        Some(self.since(facts).age(now)).filter(|age| *age > self.older_than)
    }

    /// Since when the age for placement counts.
    pub(crate) fn since(&self, facts: &SegmentFacts) -> Timestamp {
        self.since_event(facts, facts.newest_event())
    }

    /// The age for retention, if it is over the limit.
    pub(crate) fn expired(&self, facts: &SegmentFacts, now: Timestamp) -> Option<Duration> {
        Some(self.lives_since(facts).age(now)).filter(|age| *age > self.older_than)
    }

    /// Since when the age for retention counts.
    pub(crate) fn lives_since(&self, facts: &SegmentFacts) -> Timestamp {
        let newest = facts.event_time.map(|(_, newest)| newest);
        self.since_event(facts, newest.unwrap_or(facts.ingested))
    }

    fn since_event(&self, facts: &SegmentFacts, event: Timestamp) -> Timestamp {
        match self.clock {
            AgeClock::EventTime => event,
            AgeClock::TimeInTier => facts.in_tier_since,
            AgeClock::IngestTime => facts.ingested,
            AgeClock::LastAccess => facts.last_use(),
        }
    }
}
