//! What is proposed.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{HumanBytes, Reason, SegmentId, Tier, TierUsage};

/// What to do with a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// Move its home to a colder tier. Promoted copies in hotter tiers may stay.
    Demote {
        /// The home it has.
        from: Tier,
        /// The home it gets.
        to: Tier,
    },
    /// Leave a copy in a faster tier; the home stays.
    Promote {
        /// Where the copy goes.
        to: Tier,
    },
    /// Drop a promoted copy; the home stays.
    DropCopy {
        /// Where the copy stands.
        tier: Tier,
    },
    /// Remove the segment from every tier, for good.
    Forget,
}

impl Action {
    /// Its name, as in JSON.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Demote { .. } => "demote",
            Self::Promote { .. } => "promote",
            Self::DropCopy { .. } => "drop_copy",
            Self::Forget => "forget",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Demote { from, to } => write!(f, "{from} → {to}"),
            Self::Promote { to } => write!(f, "copy to {to}"),
            Self::DropCopy { tier } => write!(f, "drop the {tier} copy"),
            Self::Forget => f.write_str("forget"),
        }
    }
}

/// One segment that should change its place, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Move {
    /// Which segment.
    pub segment: SegmentId,
    /// Its table.
    pub table: String,
    /// Its partition.
    pub partition: String,
    /// What to do with it.
    #[serde(flatten)]
    pub action: Action,
    /// The bytes that it frees: in the faster tier for a demotion or a dropped copy, in all tiers
    /// when it is forgotten. For a promotion, the bytes that the copy takes.
    pub bytes: u64,
    /// By how much it changes what the segment costs a month, if the policy has prices: below zero if it
    /// saves money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money: Option<f64>,
    /// Why.
    pub reason: Reason,
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            segment,
            table,
            action,
            bytes,
            reason,
            ..
        } = self;
        write!(
            f,
            "{table} {segment}: {action} ({}), because {reason}",
            HumanBytes(*bytes)
        )
    }
}

/// A budget that the plan does not meet.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Unmet {
    /// The tier that stays too full.
    pub tier: Tier,
    /// The bytes in it after the plan.
    pub used: u64,
    /// Its budget in bytes.
    pub budget: u64,
    /// Its high watermark in bytes, which `used` exceeds.
    pub high: u64,
    /// Bytes of it that a pin holds there. The rest arrives with this plan and can move on with the
    /// next.
    pub pinned: u64,
    /// Bytes of it that wait for their minimum stay to end.
    #[serde(default)]
    pub staying: u64,
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            tier,
            used,
            budget,
            high,
            pinned,
            staying,
        } = self;
        write!(
            f,
            "{tier} will hold {} of {} (high mark {}): ",
            HumanBytes(*used),
            HumanBytes(*budget),
            HumanBytes(*high)
        )?;
        match (pinned, staying) {
            (0, 0) => f.write_str("segments that arrive with this plan can move on with the next"),
            (0, staying) => write!(
                f,
                "{} have not been there for their minimum stay; raise the budget or shorten the stay",
                HumanBytes(*staying)
            ),
            (pinned, _) => write!(
                f,
                "{} are pinned there; raise the budget or release a pin",
                HumanBytes(*pinned)
            ),
        }
    }
}

/// The moves that a policy proposes now. It touches no segment twice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The moves, in the order in which they should be made.
    pub moves: Vec<Move>,
    /// Budgets that are exceeded even after the plan.
    pub unmet: Vec<Unmet>,
    /// Bytes in each tier before the plan.
    pub before: TierUsage,
    /// Bytes in each tier after it, where a size isn't known yet by estimate.
    pub after: TierUsage,
    /// What it all costs, if the policy has prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money: Option<Money>,
}

/// What all segments cost a month, storage and reads as lately, in the currency of the prices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Money {
    /// Where they are.
    pub before: f64,
    /// Where the plan brings them.
    pub after: f64,
}

impl Plan {
    /// Whether everything may stay where it is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.moves.is_empty()
    }
}
