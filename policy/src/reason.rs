//! Why a move is proposed.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::eviction::EvictionPolicy;
use crate::{AgeClock, HumanBytes, HumanDuration, SegmentId, Tier};

/// How a segment came to be the one that leaves a full tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Choice {
    /// It is a promoted copy, and of those the least read.
    LeastReadCopy,
    /// Nobody has read it, and of all that is used as little it is the oldest.
    Oldest,
    /// It was read, but the least, with reads and newness long ago counting less.
    LeastRead,
    /// The eviction policy of the budget has let go of it.
    Evicted(EvictionPolicy),
}

/// Why a segment should move. Its `Display` is a sentence for a person.
///
/// ```
/// use thermocline_policy::{Choice, Reason, Tier};
///
/// let reason = Reason::OverBudget {
///     tier: Tier::Hot,
///     used: 95_630_131,
///     budget: 64 << 20,
///     high: 60_397_977,
///     choice: Choice::Oldest,
///     rank: 1,
/// };
/// assert_eq!(
///     reason.to_string(),
///     "hot holds 91.2 MiB of 64 MiB (high mark 57.6 MiB); this segment is the oldest there"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The tier holds more than its high watermark.
    OverBudget {
        /// The full tier.
        tier: Tier,
        /// Bytes in it before segments left for its budget.
        used: u64,
        /// Its budget in bytes.
        budget: u64,
        /// Its high watermark in bytes.
        high: u64,
        /// What the segment was chosen for.
        choice: Choice,
        /// Its place in that order, from 1.
        rank: u64,
    },
    /// The segment is older than its table keeps in that tier.
    Older {
        /// The tier it is too old for.
        tier: Tier,
        /// What the age is counted from.
        clock: AgeClock,
        /// Its age.
        age: Duration,
        /// The limit.
        limit: Duration,
    },
    /// The segment is older than its table keeps at all.
    Retention {
        /// What the age is counted from.
        clock: AgeClock,
        /// Its age.
        age: Duration,
        /// The limit.
        limit: Duration,
    },
    /// The table is pinned to a tier that doesn't hold the segment.
    Pinned {
        /// The tier of the pin.
        tier: Tier,
    },
    /// The segment, or its partition, is pinned to a tier and stands in another.
    PinnedHere {
        /// The tier of the pin.
        tier: Tier,
    },
    /// The segment is read often enough for a faster copy.
    ReadOften {
        /// Whole reads, those long ago counting less.
        reads: f64,
        /// From how many on its table wants a copy in that tier.
        promote_at: f64,
    },
    /// The copy isn't read often enough any more.
    ReadSeldom {
        /// Whole reads, those long ago counting less.
        reads: f64,
        /// Under how many its table drops the copy.
        drop_below: f64,
    },
    /// The copy makes room for one that is read much more.
    MakesRoom {
        /// The segment that gets the room.
        for_segment: SegmentId,
        /// Whole reads of this copy.
        reads: f64,
        /// Whole reads of that one.
        its_reads: f64,
    },
    /// The segment costs less there.
    Cheaper {
        /// What it costs a month where it is.
        before: f64,
        /// What it costs a month there, the move included.
        then: f64,
    },
    /// Reading it where it is takes too long.
    TooSlow {
        /// How long a whole read takes, about.
        time: Duration,
        /// How long it may take.
        limit: Duration,
    },
    /// Somebody asked for it.
    ManualRequest,
}

impl Reason {
    /// Its name, as in JSON.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::OverBudget { .. } => "over_budget",
            Self::Older { .. } => "older",
            Self::Retention { .. } => "retention",
            Self::Pinned { .. } => "pinned",
            Self::PinnedHere { .. } => "pinned_here",
            Self::ReadOften { .. } => "read_often",
            Self::ReadSeldom { .. } => "read_seldom",
            Self::MakesRoom { .. } => "makes_room",
            Self::Cheaper { .. } => "cheaper",
            Self::TooSlow { .. } => "too_slow",
            Self::ManualRequest => "manual_request",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OverBudget {
                tier,
                used,
                budget,
                high,
                choice,
                rank,
            } => {
                let (used, budget, high) =
                    (HumanBytes(*used), HumanBytes(*budget), HumanBytes(*high));
                write!(f, "{tier} holds {used} of {budget} (high mark {high}); ")?;
                match (choice, rank) {
                    (Choice::LeastReadCopy, 0 | 1) => {
                        f.write_str("this is the least read copy there")
                    }
                    (Choice::LeastReadCopy, n) => {
                        write!(f, "this is one of the {n} least read copies there")
                    }
                    (Choice::Oldest, 0 | 1) => f.write_str("this segment is the oldest there"),
                    (Choice::Oldest, n) => {
                        write!(f, "this segment is one of the {n} oldest there")
                    }
                    (Choice::LeastRead, 0 | 1) => {
                        f.write_str("this segment is the least read there")
                    }
                    (Choice::LeastRead, n) => {
                        write!(f, "this segment is one of the {n} least read there")
                    }
                    (Choice::Evicted(policy), 0 | 1) => {
                        write!(f, "by {policy} this is the first to leave")
                    }
                    (Choice::Evicted(policy), n) => {
                        write!(f, "by {policy} this is one of the first {n} to leave")
                    }
                }
            }
            Self::Older {
                tier,
                clock,
                age,
                limit,
            } => {
                write_age(f, *clock, *age)?;
                write!(f, "; {tier} keeps {}", HumanDuration(*limit))
            }
            Self::Retention { clock, age, limit } => {
                write_age(f, *clock, *age)?;
                write!(f, "; its table keeps {}", HumanDuration(*limit))
            }
            Self::Pinned { tier } => write!(f, "its table is pinned to {tier}"),
            Self::PinnedHere { tier } => write!(f, "it is pinned to {tier}"),
            Self::ReadOften { reads, promote_at } => write!(
                f,
                "it was read {reads:.2} times lately; from {promote_at} on a copy is worth it"
            ),
            Self::ReadSeldom { reads, drop_below } => write!(
                f,
                "it was read {reads:.2} times lately; under {drop_below} the copy isn't worth it"
            ),
            Self::MakesRoom {
                for_segment,
                reads,
                its_reads,
            } => write!(
                f,
                "it was read {reads:.2} times lately, and {for_segment}, which needs the room, \
                 {its_reads:.2} times"
            ),
            Self::Cheaper { before, then } => {
                write!(f, "it costs {before:.4} a month, and {then:.4} there")
            }
            Self::TooSlow { time, limit } => write!(
                f,
                "reading it takes {}, and may take {}",
                HumanDuration(*time),
                HumanDuration(*limit)
            ),
            Self::ManualRequest => f.write_str("it was asked for"),
        }
    }
}

fn write_age(f: &mut fmt::Formatter<'_>, clock: AgeClock, age: Duration) -> fmt::Result {
    let age = HumanDuration(age);
    match clock {
        AgeClock::EventTime => write!(f, "its newest event is {age} old"),
        AgeClock::TimeInTier => write!(f, "it has been in its tier for {age}"),
        AgeClock::IngestTime => write!(f, "it was sealed {age} ago"),
        AgeClock::LastAccess => write!(f, "it was of use {age} ago"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn every_reason_is_a_sentence() {
        let older = |clock| Reason::Older {
            tier: Tier::Hot,
            clock,
            age: 9 * DAY,
            limit: 7 * DAY,
        };
        for (reason, text) in [
            (
                older(AgeClock::EventTime),
                "its newest event is 9 days old; hot keeps 7 days",
            ),
            (
                older(AgeClock::TimeInTier),
                "it has been in its tier for 9 days; hot keeps 7 days",
            ),
            (
                Reason::Retention {
                    clock: AgeClock::IngestTime,
                    age: 9 * DAY,
                    limit: DAY,
                },
                "it was sealed 9 days ago; its table keeps 1 day",
            ),
            (
                Reason::Pinned { tier: Tier::Warm },
                "its table is pinned to warm",
            ),
            (
                Reason::PinnedHere { tier: Tier::Hot },
                "it is pinned to hot",
            ),
            (
                Reason::ReadOften {
                    reads: 2.346,
                    promote_at: 2.0,
                },
                "it was read 2.35 times lately; from 2 on a copy is worth it",
            ),
            (
                Reason::ReadSeldom {
                    reads: 0.4,
                    drop_below: 0.5,
                },
                "it was read 0.40 times lately; under 0.5 the copy isn't worth it",
            ),
            (
                Reason::MakesRoom {
                    for_segment: SegmentId(7),
                    reads: 0.4,
                    its_reads: 3.0,
                },
                "it was read 0.40 times lately, and 00000000-0000-0000-0000-000000000007, which \
                 needs the room, 3.00 times",
            ),
            (Reason::ManualRequest, "it was asked for"),
        ] {
            assert_eq!(reason.to_string(), text);
            assert_eq!(serde_json::to_value(&reason).unwrap()["why"], reason.kind());
        }
    }

    #[test]
    fn later_choices_say_how_many_went_before() {
        let reason = |choice| Reason::OverBudget {
            tier: Tier::Warm,
            used: 10,
            budget: 5,
            high: 4,
            choice,
            rank: 3,
        };
        assert_eq!(
            reason(Choice::Oldest).to_string(),
            "warm holds 10 B of 5 B (high mark 4 B); this segment is one of the 3 oldest there"
        );
        assert_eq!(
            reason(Choice::LeastReadCopy).to_string(),
            "warm holds 10 B of 5 B (high mark 4 B); this is one of the 3 least read copies there"
        );
    }

    #[test]
    fn json_names_the_reason_and_comes_back() {
        let reason = Reason::Retention {
            clock: AgeClock::EventTime,
            age: DAY,
            limit: DAY,
        };
        let json = serde_json::to_value(&reason).unwrap();
        assert_eq!(json["why"], "retention");
        assert_eq!(serde_json::from_value::<Reason>(json).unwrap(), reason);
    }
}
