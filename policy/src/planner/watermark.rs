//! Budgets.

use super::{Draft, Segment};
use crate::{Action, Budget, Choice, Plan, Reason, Standing, Tier, Timestamp, Unmet};

/// Frees room in `tier`, if it is above its high watermark, down to its low one.
pub(super) fn fit(draft: &mut Draft<'_>, tier: Tier) {
    let Some(budget) = draft.policy.budgets.at(tier) else {
        return;
    };
    if draft.plan.after.at(tier) <= budget.high_bytes() {
        return;
    }
    let (now, half_life) = (draft.now, draft.policy.half_life);
    let pass = Pass {
        tier,
        budget,
        used: draft.plan.after.at(tier),
        now,
    };
    let (segments, plan) = (&mut draft.segments, &mut draft.plan);

    // What is worth a copy there by its reads competes with the homes; other copies go before them.
    let mut candidates: Vec<_> = segments
        .iter_mut()
        .filter_map(|segment| {
            let facts = segment.facts;
            let (stage, rank, used, action) = if pass.may_drop(segment) {
                let reads = segment.reads(now, half_life);
                let rule = segment.rules.heat_for(tier);
                let wanted = rule.is_some_and(|rule| reads >= rule.drop_below());
                let action = Action::DropCopy { tier };
                (wanted, reads, facts.last_access, action)
            } else {
                let to = tier.colder().filter(|to| pass.may_demote(segment, *to))?;
                let warmth = facts.warmth(now, half_life);
                let action = Action::Demote { from: tier, to };
                (true, warmth, Some(facts.last_use()), action)
            };
            let standing = facts.standing.at(tier).unwrap_or_default();
            Some((stage, standing, Rank(rank), used, action, segment))
        })
        .collect();
    // First what the eviction policy has let go of, then what is least read. Of equal rank, the smaller
    // id goes first: the candidates are in that order.
    candidates.sort_by_key(|(stage, standing, rank, used, ..)| (*stage, *standing, *rank, *used));
    let candidates = candidates.into_iter();
    pass.evict(
        candidates.map(|(.., action, segment)| (action, segment)),
        plan,
    );

    let used = plan.after.at(tier);
    if used > budget.high_bytes() {
        let (mut pinned, mut staying) = (0_u64, 0_u64);
        for segment in segments.iter() {
            let bytes = pass.bytes_after(segment);
            if pass.is_pinned(segment) {
                pinned = pinned.saturating_add(bytes);
            } else if pass.stays(segment) {
                staying = staying.saturating_add(bytes);
            }
        }
        plan.unmet.push(Unmet {
            tier,
            used,
            budget: budget.bytes(),
            high: budget.high_bytes(),
            pinned,
            staying,
        });
    }
}

/// A float in order.
#[derive(Debug, Clone, Copy)]
struct Rank(f64);

impl Ord for Rank {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Rank {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Rank {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Rank {}

/// One tier that is above its high watermark.
struct Pass {
    tier: Tier,
    budget: Budget,
    /// The bytes in the tier when the pass began.
    used: u64,
    now: Timestamp,
}

impl Pass {
    fn may_drop(&self, segment: &Segment<'_>) -> bool {
        let facts = segment.facts;
        segment.is_free()
            && facts.has_copy(self.tier)
            && segment.allows(facts.tier_without_copy(self.tier))
            && !self.stays(segment)
    }

    fn may_demote(&self, segment: &Segment<'_>, to: Tier) -> bool {
        segment.is_free()
            && segment.facts.home == self.tier
            && segment.allows(to)
            && !self.stays(segment)
    }

    /// Whether what stands in the tier has to stay for some time yet.
    fn stays(&self, segment: &Segment<'_>) -> bool {
        let since = if segment.facts.home == self.tier {
            segment.facts.in_tier_since
        } else {
            segment.copies_since()
        };
        segment.rules.must_stay_until(since, self.now).is_some()
    }

    /// The bytes of the segment that stand in the tier after the plan.
    fn bytes_after(&self, segment: &Segment<'_>) -> u64 {
        let (tier, facts) = (self.tier, segment.facts);
        let there = match segment.action {
            Some(Action::Forget) => false,
            Some(Action::Demote { from, .. }) if from == tier => false,
            Some(Action::Demote { to, .. } | Action::Promote { to }) if to == tier => true,
            Some(Action::DropCopy { tier: dropped }) if dropped == tier => false,
            _ => facts.home == tier || facts.has_copy(tier),
        };
        if there { facts.bytes.at(tier) } else { 0 }
    }

    /// Whether a pin keeps the segment from ever leaving the tier, once it stands there.
    fn is_pinned(&self, segment: &Segment<'_>) -> bool {
        let (tier, facts) = (self.tier, segment.facts);
        let home = match segment.action {
            Some(Action::Demote { to, .. }) => to,
            _ => facts.home,
        };
        // Where its pin isn't met yet, it is on its way.
        if facts.pin.is_some() {
            return true;
        }
        if home == tier {
            return !tier.colder().is_some_and(|to| segment.allows(to));
        }
        let others = facts.copies.iter().copied().filter(|copy| *copy != tier);
        let left = match segment.action {
            Some(Action::DropCopy { tier: dropped }) => {
                others.filter(|copy| *copy != dropped).fold(home, Tier::min)
            }
            _ => others.fold(home, Tier::min),
        };
        !segment.allows(left)
    }

    /// Moves the candidates in their order until the low watermark is reached.
    fn evict<'s, 'f: 's>(
        &self,
        candidates: impl Iterator<Item = (Action, &'s mut Segment<'f>)>,
        plan: &mut Plan,
    ) {
        let (mut dropped, mut demoted, mut evicted) = (0, 0, 0);
        for (action, segment) in candidates {
            if plan.after.at(self.tier) <= self.budget.low_bytes() {
                return;
            }
            let standing = segment.facts.standing.at(self.tier);
            let (choice, rank) = match action {
                _ if matches!(standing, Some(Standing::Evicted(_))) => {
                    (Choice::Evicted(self.budget.eviction()), &mut evicted)
                }
                Action::DropCopy { .. } => (Choice::LeastReadCopy, &mut dropped),
                _ if segment.facts.last_access.is_none() => (Choice::Oldest, &mut demoted),
                _ => (Choice::LeastRead, &mut demoted),
            };
            *rank += 1;
            let reason = Reason::OverBudget {
                tier: self.tier,
                used: self.used,
                budget: self.budget.bytes(),
                high: self.budget.high_bytes(),
                choice,
                rank: *rank,
            };
            segment.apply(action, reason, plan);
        }
    }
}
