//! What eviction policies make of the segments of a store.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::eviction::{Access, Eviction};
use crate::trace::Request;
use crate::{Budget, Policy, SegmentFacts, Tier, Timestamp};

/// What the eviction policy of a tier's budget has made of a segment that stands there. The lesser
/// leaves first.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It has let go of it; the number grows from one segment that leaves to the next.
    Evicted(u64),
    /// It would keep it.
    #[default]
    Resident,
}

/// The standings of a segment in the tiers that have a budget.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Standings {
    /// Under the budget of memory.
    pub hot: Option<Standing>,
    /// Under the budget of warm files.
    pub warm: Option<Standing>,
}

impl Standings {
    /// The standing in one tier.
    #[must_use]
    pub const fn at(&self, tier: Tier) -> Option<Standing> {
        match tier {
            Tier::Hot => self.hot,
            Tier::Warm => self.warm,
            Tier::Cold => None,
        }
    }
}

/// The eviction policies of a store at work: one for each tier with a budget.
///
/// An [`Eviction`] sees requests, and a plan is made of facts. This is between them: shown the facts
/// before each plan, it tells each policy of the segments that came to its tier, that left it, and that
/// were read since, and notes in the facts what the policy would evict. A policy works with the bytes
/// of the low watermark, which is what stays when a full tier was emptied. Reads of one segment between
/// two plans count as one, as correlated references do in LRU-K (O'Neil and others, SIGMOD 1993).
///
/// ```
/// use thermocline_policy::{
///     Action, Budget, Policy, Residents, SegmentFacts, SegmentId, Tier, Timestamp,
///     eviction::EvictionPolicy,
/// };
///
/// # fn main() -> Result<(), thermocline_policy::Error> {
/// let budget = Budget::of(100).with_eviction(EvictionPolicy::Lru)?;
/// let policy = Policy::default().with_warm_budget(budget);
/// let mut facts: Vec<_> = (1..=3).map(|id| {
///     SegmentFacts::new(SegmentId(id), "orders", Tier::Warm).with_hot_bytes(35)
/// }).collect();
/// facts[0].last_access = Some(Timestamp(7));
/// Residents::default().observe(&policy, &mut facts);
/// // Two of three fit under the low mark of 70, and the first was read: the second leaves.
/// let plan = policy.plan(&facts, Timestamp(10));
/// assert_eq!(plan.moves.iter().map(|m| m.segment).collect::<Vec<_>>(), [SegmentId(2)]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Residents {
    hot: Option<Tracked>,
    warm: Option<Tracked>,
}

impl Residents {
    /// Lets the policies follow the facts, and notes in the facts where each segment stands. Under another
    /// budget than before, a policy begins anew.
    pub fn observe(&mut self, policy: &Policy, facts: &mut [SegmentFacts]) {
        for (tier, tracked) in [(Tier::Hot, &mut self.hot), (Tier::Warm, &mut self.warm)] {
            let Some(budget) = policy.budgets.at(tier) else {
                *tracked = None;
                continue;
            };
            if tracked.as_ref().is_none_or(|old| old.budget != budget) {
                *tracked = Tracked::new(budget);
            }
            if let Some(tracked) = tracked {
                tracked.observe(tier, facts);
            }
        }
    }
}

/// The policy of one tier.
#[derive(Debug)]
struct Tracked {
    budget: Budget,
    eviction: Box<dyn Eviction>,
    /// What stands in the tier, by its number.
    seen: BTreeMap<u64, Seen>,
    /// How many segments it has let go of.
    evictions: u64,
    /// How often it was shown the facts.
    rounds: u64,
    /// The latest time that it was told: a policy's time doesn't run backwards.
    now: Timestamp,
}

/// A segment in the tier.
#[derive(Debug, Clone, Copy)]
struct Seen {
    last_use: Timestamp,
    standing: Standing,
    /// The last round in which it stood there.
    round: u64,
}

impl Tracked {
    /// `None` for a policy that no budget can have.
    fn new(budget: Budget) -> Option<Self> {
        let eviction = budget.eviction().build(budget.low_bytes()).ok()?;
        Some(Self {
            budget,
            eviction,
            seen: BTreeMap::new(),
            evictions: 0,
            rounds: 0,
            now: Timestamp(i64::MIN),
        })
    }

    fn observe(&mut self, tier: Tier, facts: &mut [SegmentFacts]) {
        self.rounds += 1;
        let stands_there = |facts: &SegmentFacts| facts.home == tier || facts.has_copy(tier);
        let mut used = Vec::new();
        for facts in facts.iter().filter(|facts| stands_there(facts)) {
            let (object, last_use) = (facts.segment.object(), facts.last_use());
            let known = self.seen.get_mut(&object).map(|seen| {
                seen.round = self.rounds;
                let newest = seen.last_use.max(last_use);
                std::mem::replace(&mut seen.last_use, newest)
            });
            if known.is_none() {
                let seen = Seen {
                    last_use,
                    standing: Standing::Resident,
                    round: self.rounds,
                };
                self.seen.insert(object, seen);
            }
            if known.is_none_or(|known| known < last_use) {
                used.push((last_use, facts.segment, facts.bytes.at(tier)));
            }
        }
        self.seen.retain(|object, seen| {
            let is_there = seen.round == self.rounds;
            if !is_there {
                self.eviction.remove(*object);
            }
            is_there
        });
        used.sort_unstable();
        for (last_use, segment, bytes) in used {
            self.now = self.now.max(last_use);
            self.access(&Request::new(segment.object(), bytes).at(self.now));
        }
        for facts in facts {
            let seen = self.seen.get(&facts.segment.object());
            let standing = seen
                .filter(|_| stands_there(facts))
                .map(|seen| seen.standing);
            match tier {
                Tier::Hot => facts.standing.hot = standing,
                Tier::Warm => facts.standing.warm = standing,
                Tier::Cold => {}
            }
        }
    }

    fn access(&mut self, request: &Request) {
        let mut left = Vec::new();
        let standing = match self.eviction.access(request, &mut left) {
            Access::Hit | Access::Admitted => Standing::Resident,
            Access::Bypassed => self.next_to_leave(),
        };
        if let Some(seen) = self.seen.get_mut(&request.object) {
            seen.standing = standing;
        }
        for object in left {
            let standing = self.next_to_leave();
            if let Some(seen) = self.seen.get_mut(&object) {
                seen.standing = standing;
            }
        }
    }

    fn next_to_leave(&mut self) -> Standing {
        self.evictions += 1;
        Standing::Evicted(self.evictions)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::SegmentId;
    use crate::eviction::EvictionPolicy;

    fn policy(eviction: EvictionPolicy, bytes: u64) -> Policy {
        let budget = Budget::of(bytes)
            .with_watermarks(1.0, 0.8)
            .and_then(|budget| budget.with_eviction(eviction));
        Policy::default().with_warm_budget(budget.unwrap())
    }

    fn warm(id: u128, bytes: u64) -> SegmentFacts {
        SegmentFacts::new(SegmentId(id), "t", Tier::Warm).with_hot_bytes(bytes)
    }

    /// The policies that a budget can have.
    fn usable() -> impl Iterator<Item = EvictionPolicy> {
        let all = EvictionPolicy::ALL.into_iter();
        all.filter(|policy| !policy.needs_future())
    }

    fn leaving(policy: &Policy, facts: &[SegmentFacts]) -> Vec<SegmentId> {
        let plan = policy.plan(facts, Timestamp(1_000_000));
        plan.moves.iter().map(|moved| moved.segment).collect()
    }

    proptest! {
        /// LRU is known from its definition: whatever was used longest ago leaves, until it fits.
        #[test]
        fn under_lru_what_was_used_longest_ago_leaves(
            sizes in prop::collection::vec(1_u64..40, 1..30),
            reads in prop::collection::vec((0_usize..30, any::<bool>()), 0..60),
            bytes in 50_u64..500,
        ) {
            let policy = policy(EvictionPolicy::Lru, bytes);
            let mut facts: Vec<_> = sizes.iter().zip(1..).map(|(size, id)| warm(id, *size)).collect();
            let mut residents = Residents::default();
            residents.observe(&policy, &mut facts);
            for (time, (at, look)) in (1..).zip(reads) {
                let at = at % facts.len();
                facts[at].last_access = Some(Timestamp(time));
                if look {
                    residents.observe(&policy, &mut facts);
                }
            }
            residents.observe(&policy, &mut facts);

            let mut by_use: Vec<_> = facts.iter().collect();
            by_use.sort_by_key(|facts| (facts.last_use(), facts.segment));
            let budget = policy.budgets.warm.unwrap();
            let mut left: u64 = sizes.iter().sum();
            let mut expected = Vec::new();
            for facts in by_use {
                if left <= budget.low_bytes() || (expected.is_empty() && left <= budget.high_bytes()) {
                    break;
                }
                left -= facts.bytes.hot;
                expected.push(facts.segment);
            }
            let mut got = leaving(&policy, &facts);
            got.sort();
            expected.sort();
            prop_assert_eq!(got, expected);
        }

        #[test]
        fn under_every_policy_the_budget_is_kept(
            sizes in prop::collection::vec(0_u64..50, 1..30),
            reads in prop::collection::vec(0_usize..30, 0..60),
            bytes in 0_u64..500,
        ) {
            for eviction in usable() {
                let policy = policy(eviction, bytes);
                let mut facts: Vec<_> =
                    sizes.iter().zip(1..).map(|(size, id)| warm(id, *size)).collect();
                let mut residents = Residents::default();
                for (time, at) in (1..).zip(&reads) {
                    let at = at % facts.len();
                    facts[at].last_access = Some(Timestamp(time));
                    residents.observe(&policy, &mut facts);
                }
                residents.observe(&policy, &mut facts);
                let plan = policy.plan(&facts, Timestamp(1_000));
                let budget = policy.budgets.warm.unwrap();
                prop_assert!(plan.after.warm <= budget.high_bytes(), "{eviction}");
                prop_assert!(plan.unmet.is_empty(), "{eviction}");
            }
        }
    }

    /// Ten segments are read daily, when a scan reads a hundred others once.
    #[test]
    fn a_policy_that_resists_scans_keeps_what_is_read_daily() {
        let survivors = |eviction| {
            let policy = policy(eviction, 400);
            let mut facts: Vec<_> = (1..=10).map(|id| warm(id, 10)).collect();
            let mut residents = Residents::default();
            for day in 1..=5 {
                for facts in &mut facts {
                    facts.last_access = Some(Timestamp(day * 100));
                }
                residents.observe(&policy, &mut facts);
            }
            for id in 11..=110_u32 {
                let mut scanned = warm(u128::from(id), 10);
                scanned.last_access = Some(Timestamp(500 + i64::from(id)));
                facts.push(scanned);
                residents.observe(&policy, &mut facts);
            }
            let leave = leaving(&policy, &facts);
            let daily = (1..=10).map(SegmentId);
            daily.filter(|id| !leave.contains(id)).count()
        };
        assert_eq!(survivors(EvictionPolicy::Lru), 0);
        for eviction in [
            EvictionPolicy::S3Fifo,
            EvictionPolicy::WTinyLfu,
            EvictionPolicy::Lirs,
        ] {
            assert_eq!(survivors(eviction), 10, "{eviction}");
        }
    }

    #[test]
    fn a_small_segment_stays_under_gdsf_where_lru_lets_it_go() {
        let leave = |eviction| {
            let policy = policy(eviction, 100);
            let mut facts = vec![warm(1, 5), warm(2, 60), warm(3, 60)];
            for (facts, time) in facts.iter_mut().zip(1..) {
                facts.last_access = Some(Timestamp(time));
            }
            Residents::default().observe(&policy, &mut facts);
            leaving(&policy, &facts)
        };
        assert_eq!(leave(EvictionPolicy::Gdsf), [SegmentId(2)]);
        assert_eq!(leave(EvictionPolicy::Lru)[0], SegmentId(1));
    }

    #[test]
    fn what_left_the_tier_is_forgotten_and_a_new_budget_begins_anew() {
        let mut policy = policy(EvictionPolicy::Lru, 100);
        let mut facts = vec![warm(1, 50), warm(2, 50)];
        let mut residents = Residents::default();
        residents.observe(&policy, &mut facts);
        assert_eq!(facts[0].standing.warm, Some(Standing::Evicted(1)));
        assert_eq!(
            facts[1].standing,
            Standings {
                hot: None,
                warm: Some(Standing::Resident)
            }
        );

        facts[1].home = Tier::Cold;
        residents.observe(&policy, &mut facts);
        assert_eq!(facts[1].standing, Standings::default());
        facts[0].last_access = Some(Timestamp(1));
        residents.observe(&policy, &mut facts);
        assert_eq!(facts[0].standing.warm, Some(Standing::Resident));

        policy.budgets.warm = None;
        residents.observe(&policy, &mut facts);
        assert!(residents.warm.is_none());
    }

    #[test]
    fn a_clock_that_jumps_back_is_no_read() {
        let policy = policy(EvictionPolicy::Lru, 100);
        let mut facts = vec![warm(1, 50), warm(2, 50)];
        facts[0].last_access = Some(Timestamp(5));
        facts[1].last_access = Some(Timestamp(9));
        let mut residents = Residents::default();
        residents.observe(&policy, &mut facts);
        let before: Vec<_> = facts.iter().map(|facts| facts.standing).collect();
        facts[0].last_access = Some(Timestamp(3));
        residents.observe(&policy, &mut facts);
        let after: Vec<_> = facts.iter().map(|facts| facts.standing).collect();
        assert_eq!(before, after);
    }
}
