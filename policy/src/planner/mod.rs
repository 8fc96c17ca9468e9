//! From facts to a plan: lifetimes, then ages, pins, and budgets from hot to warm.

mod age;
mod pin;
mod retention;
mod watermark;

#[cfg(test)]
mod tests;

use crate::{
    Action, Move, Plan, Policy, Reason, SegmentFacts, TableRules, Tier, TierBytes, TierUsage,
    Timestamp,
};

/// Proposes the moves that bring the segments of a store where `policy` wants them at `now`.
///
/// In this order, and with at most one move for a segment:
///
/// 1. *Retention*: a segment whose table doesn't keep it any longer is forgotten, unless it is on
///    hold.
/// 2. *Age*: a home that is too old for its tier moves one tier down. Promoted copies don't age;
///    they go when their room is needed.
/// 3. *Pins*: a segment that stands colder than its pin gets a copy in the pinned tier.
/// 4. *Budgets*, hot first and then warm with all that arrives there: above the high watermark,
///    promoted copies are dropped, the least recently read first, and then homes move one tier
///    down, the longest unused first, until the tier is at its low watermark.
///
/// A pin is stronger than an age or a budget; a budget that can't be met for it is reported in
/// [`Plan::unmet`]. The plan doesn't depend on the order of `facts`, whose ids are distinct.
#[must_use]
pub fn plan(policy: &Policy, facts: &[SegmentFacts], now: Timestamp) -> Plan {
    let mut draft = Draft::new(policy, facts, now);
    retention::forget_expired(&mut draft);
    age::demote_old(&mut draft);
    pin::promote_pinned(&mut draft);
    watermark::fit(&mut draft, Tier::Hot);
    watermark::fit(&mut draft, Tier::Warm);
    draft.plan
}

/// A plan in the making.
struct Draft<'a> {
    policy: &'a Policy,
    now: Timestamp,
    /// In the order of their ids, for a plan that doesn't depend on the order of the facts.
    segments: Vec<Segment<'a>>,
    /// `after` is kept up to date with every move.
    plan: Plan,
}

/// A segment and what the plan does with it.
struct Segment<'a> {
    facts: &'a SegmentFacts,
    rules: &'a TableRules,
    action: Option<Action>,
}

impl<'a> Draft<'a> {
    fn new(policy: &'a Policy, facts: &'a [SegmentFacts], now: Timestamp) -> Self {
        let mut segments: Vec<_> = facts
            .iter()
            .map(|facts| Segment {
                facts,
                rules: policy.rules(&facts.table),
                action: None,
            })
            .collect();
        segments.sort_by_key(|segment| segment.facts.segment);
        let before = TierUsage::of(facts);
        Self {
            policy,
            now,
            segments,
            plan: Plan {
                before,
                after: before,
                ..Plan::default()
            },
        }
    }

    /// Moves every untouched segment for which `choose` has an action and a reason.
    fn move_each(&mut self, choose: impl Fn(&Segment<'_>, Timestamp) -> Option<(Action, Reason)>) {
        for segment in self
            .segments
            .iter_mut()
            .filter(|segment| segment.action.is_none())
        {
            if let Some((action, reason)) = choose(segment, self.now) {
                segment.apply(action, reason, &mut self.plan);
            }
        }
    }
}

impl Segment<'_> {
    /// The segment as it stands once the plan is applied; one that is forgotten stands nowhere.
    fn facts_after(&self) -> SegmentFacts {
        let mut facts = self.facts.clone();
        match self.action {
            Some(Action::Demote { to, .. }) => facts.home = to,
            Some(Action::Promote { to }) => facts.copies.push(to),
            Some(Action::DropCopy { tier }) => facts.copies.retain(|copy| *copy != tier),
            Some(Action::Forget) => {
                facts.bytes = TierBytes {
                    hot: 0,
                    warm: None,
                    cold: None,
                }
            }
            None => {}
        }
        facts
    }

    /// Adds a move of this segment to the plan.
    fn apply(&mut self, action: Action, reason: Reason, plan: &mut Plan) {
        let facts = self.facts;
        let after = &mut plan.after;
        let bytes = match action {
            Action::Demote { from, to } => {
                after.sub(from, facts.bytes.at(from));
                after.add(to, facts.bytes.at(to));
                facts.bytes.at(from)
            }
            Action::Promote { to } => {
                after.add(to, facts.bytes.at(to));
                facts.bytes.at(to)
            }
            Action::DropCopy { tier } => {
                after.sub(tier, facts.bytes.at(tier));
                facts.bytes.at(tier)
            }
            Action::Forget => {
                let usage = facts.usage();
                for tier in Tier::ALL {
                    after.sub(tier, usage.at(tier));
                }
                usage.total()
            }
        };
        self.action = Some(action);
        plan.moves.push(Move {
            segment: facts.segment,
            table: facts.table.clone(),
            partition: facts.partition.clone(),
            action,
            bytes,
            reason,
        });
    }
}
