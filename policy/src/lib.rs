//! Which segment belongs in which tier, and why.
//!
//! This crate is pure: [`plan`] takes a [`Policy`], the [`SegmentFacts`] of every segment and the
//! time, and returns a [`Plan`], a list of moves with a [`Reason`] each. It reads no clock, does no
//! I/O, and starts no thread, so the same input always gives the same plan.
//!
//! ```
//! use thermocline_policy::{Action, Budget, Policy, SegmentFacts, SegmentId, Tier, Timestamp, plan};
//!
//! # fn main() -> Result<(), thermocline_policy::Error> {
//! let policy = Policy::default().with_hot_budget(Budget::of(100));
//! let facts: Vec<SegmentFacts> = (1..=3)
//!     .map(|n| {
//!         SegmentFacts::new(SegmentId(n), "flights", Tier::Hot)
//!             .with_hot_bytes(40)
//!             .with_ingested(Timestamp(n as i64))
//!     })
//!     .collect();
//!
//! let plan = plan(&policy, &facts, Timestamp(10));
//! // 120 bytes of 100: the oldest two go, because 80 is still above the low mark of 70.
//! assert_eq!(plan.moves.len(), 2);
//! let first = plan.moves.first().map(|m| (m.segment, m.action));
//! let demote = Action::Demote { from: Tier::Hot, to: Tier::Warm };
//! assert_eq!(first, Some((SegmentId(1), demote)));
//! # Ok(())
//! # }
//! ```

mod bucket;
mod budget;
mod check;
mod error;
pub mod eviction;
mod explain;
mod facts;
mod heat;
mod human;
mod id;
mod plan;
mod planner;
mod policy;
mod prices;
mod reason;
mod residents;
mod rules;
pub mod simulate;
mod span;
mod tier;
mod time;
mod toml;
pub mod trace;
mod usage;

pub use bucket::TokenBucket;
pub use budget::{Budget, Budgets};
pub use error::{Error, ErrorKind, Result};
pub use explain::{Explanation, Holder, Outlook, When, explain};
pub use facts::{SegmentFacts, TierBytes, estimate_sizes};
pub use heat::Heat;
pub use human::{HumanBytes, HumanDuration};
pub use id::SegmentId;
pub use plan::{Action, Money, Move, Plan, Unmet};
pub use planner::plan;
pub use policy::Policy;
pub use prices::{PriceList, TierPrices};
pub use reason::{Choice, Reason};
pub use residents::{Residents, Standing, Standings};
pub use rules::{AgeClock, AgeRule, CostRule, HeatRule, TableRules};
pub use tier::Tier;
pub use time::Timestamp;
pub use usage::TierUsage;
