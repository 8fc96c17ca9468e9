//! Budgets.

use super::{Draft, Segment};
use crate::{Action, Budget, Choice, Plan, Reason, Tier, Unmet};

/// Frees room in `tier`, if it is above its high watermark, down to its low one.
pub(super) fn fit(draft: &mut Draft<'_>, tier: Tier) {
    let Some(budget) = draft.policy.budgets.at(tier) else {
        return;
    };
    if draft.plan.after.at(tier) <= budget.high_bytes() {
        return;
    }
    let pass = Pass {
        tier,
        budget,
        used: draft.plan.after.at(tier),
    };
    let (segments, plan) = (&mut draft.segments, &mut draft.plan);

    let mut copies: Vec<_> = segments.iter_mut().filter(|s| pass.may_drop(s)).collect();
    copies.sort_by_key(|s| (s.facts.last_access, s.facts.segment));
    pass.evict(
        copies,
        Action::DropCopy { tier },
        Choice::LeastRecentlyReadCopy,
        plan,
    );

    if let Some(to) = tier.colder() {
        let mut homes: Vec<_> = segments
            .iter_mut()
            .filter(|s| pass.may_demote(s, to))
            .collect();
        homes.sort_by_key(|s| (s.facts.last_use(), s.facts.segment));
        pass.evict(
            homes,
            Action::Demote { from: tier, to },
            Choice::Oldest,
            plan,
        );
    }

    let used = plan.after.at(tier);
    if used > budget.high_bytes() {
        let pinned = segments
            .iter()
            .map(|s| pass.pinned_bytes(s))
            .fold(0, u64::saturating_add);
        plan.unmet.push(Unmet {
            tier,
            used,
            budget: budget.bytes(),
            high: budget.high_bytes(),
            pinned,
        });
    }
}

/// One tier that is above its high watermark.
struct Pass {
    tier: Tier,
    budget: Budget,
    /// The bytes in the tier when the pass began.
    used: u64,
}

impl Pass {
    fn may_drop(&self, segment: &Segment<'_>) -> bool {
        let facts = segment.facts;
        segment.action.is_none()
            && facts.has_copy(self.tier)
            && segment.rules.allows(facts.tier_without_copy(self.tier))
    }

    fn may_demote(&self, segment: &Segment<'_>, to: Tier) -> bool {
        segment.action.is_none() && segment.facts.home == self.tier && segment.rules.allows(to)
    }

    /// The bytes that stand in the tier after the plan and that a pin keeps from ever leaving it.
    fn pinned_bytes(&self, segment: &Segment<'_>) -> u64 {
        let facts = segment.facts_after();
        let held = if facts.home == self.tier {
            !self
                .tier
                .colder()
                .is_some_and(|to| segment.rules.allows(to))
        } else {
            facts.has_copy(self.tier) && !segment.rules.allows(facts.tier_without_copy(self.tier))
        };
        if held { facts.bytes.at(self.tier) } else { 0 }
    }

    /// Applies `action` to the candidates in their order until the low watermark is reached.
    fn evict(
        &self,
        candidates: Vec<&mut Segment<'_>>,
        action: Action,
        choice: Choice,
        plan: &mut Plan,
    ) {
        for (segment, rank) in candidates.into_iter().zip(1..) {
            if plan.after.at(self.tier) <= self.budget.low_bytes() {
                return;
            }
            let reason = Reason::OverBudget {
                tier: self.tier,
                used: self.used,
                budget: self.budget.bytes(),
                high: self.budget.high_bytes(),
                choice,
                rank,
            };
            segment.apply(action, reason, plan);
        }
    }
}
