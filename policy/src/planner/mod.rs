//! From facts to a plan: lifetimes, pins, ages, budgets from hot to warm, heat, money.

mod age;
mod cost;
mod heat;
mod pin;
mod retention;
mod watermark;

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::{
    Action, Move, Plan, Policy, Reason, SegmentFacts, TableRules, Tier, TierUsage, Timestamp,
};

/// Proposes the moves that bring the segments of a store where `policy` wants them at `now`.
///
/// In this order, and with at most one move for a segment:
///
/// 1. *Retention*: a segment whose table doesn't keep it any longer is forgotten, unless it is on
///    hold.
/// 2. *Pins*: a segment that stands colder than the pin of its table gets a copy in the pinned tier.
///    One that is pinned itself is brought to its tier, and nothing else moves it.
/// 3. *Age*: a home that is too old for its tier moves one tier down, if it has been there for its
///    minimum stay. Promoted copies don't age.
/// 4. *Budgets*, hot first and then warm with all that arrives there: above the high watermark,
///    promoted copies are dropped, the least read first, and then homes move one tier down, the
///    least read and oldest first, until the tier is at its low watermark.
/// 5. *Heat*: copies that are read too seldom by now are dropped; segments that are read often enough
///    get one, if there is room under the high watermark, or copies there that are read clearly less.
/// 6. *Cost*: what no other rule decides goes where it costs less, if the table wants that.
///
/// A pin is stronger than an age or a budget; a budget that can't be met for it is reported in
/// [`Plan::unmet`]. The plan doesn't depend on the order of `facts`, whose ids are distinct.
#[must_use]
pub fn plan(policy: &Policy, facts: &[SegmentFacts], now: Timestamp) -> Plan {
    let mut draft = Draft::new(policy, facts, now);
    retention::forget_expired(&mut draft);
    pin::place_pinned(&mut draft);
    age::demote_old(&mut draft);
    watermark::fit(&mut draft, Tier::Hot);
    watermark::fit(&mut draft, Tier::Warm);
    heat::drop_cooled(&mut draft);
    heat::promote_read(&mut draft, Tier::Hot);
    heat::promote_read(&mut draft, Tier::Warm);
    cost::save_money(&mut draft);
    cost::account(&mut draft);
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
        segments.sort_unstable_by_key(|segment| segment.facts.segment);
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
    /// Whether anything but a lifetime or its own pin may move it.
    fn is_free(&self) -> bool {
        self.action.is_none() && self.facts.pin.is_none()
    }

    /// Whether its pins allow it to stand no faster than in `tier`.
    fn allows(&self, tier: Tier) -> bool {
        (self.facts.pin.into_iter().chain(self.rules.pin)).all(|pin| tier <= pin)
    }

    /// Since when it has its copies; as long as its home, if nobody knows.
    fn copies_since(&self) -> Timestamp {
        self.facts.copies_since.unwrap_or(self.facts.in_tier_since)
    }

    fn reads(&self, now: Timestamp, half_life: Duration) -> f64 {
        self.facts.reads(now, half_life)
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
            money: None,
            reason,
        });
    }
}
