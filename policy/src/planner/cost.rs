//! Money.

use std::time::Duration;

use super::{Draft, Segment};
use crate::prices::MONTH;
use crate::{Action, CostRule, PriceList, Reason, Tier, Timestamp};

/// Moves what would cost less elsewhere, where no other rule decides it.
pub(super) fn save_money(draft: &mut Draft<'_>) {
    let Some(prices) = draft.policy.prices else {
        return;
    };
    let bill = Bill {
        prices,
        half_life: draft.policy.half_life,
        now: draft.now,
    };
    let limit = draft.policy.budgets.warm.map(|budget| budget.high_bytes());
    let (segments, plan) = (&mut draft.segments, &mut draft.plan);
    for segment in segments.iter_mut().filter(|segment| segment.is_free()) {
        let Some(rule) = segment.rules.cost else {
            continue;
        };
        let Some((action, reason)) = bill.choose(segment, rule) else {
            continue;
        };
        let bytes = segment.facts.bytes.at(Tier::Warm);
        let fits = limit.is_none_or(|limit| plan.after.warm.saturating_add(bytes) <= limit);
        if fits || !matches!(action, Action::Promote { .. }) {
            segment.apply(action, reason, plan);
        }
    }
}

/// Writes into every move of the plan, and into the plan, what it means in money.
pub(super) fn account(draft: &mut Draft<'_>) {
    let Some(prices) = draft.policy.prices else {
        return;
    };
    let bill = Bill {
        prices,
        half_life: draft.policy.half_life,
        now: draft.now,
    };
    let (mut before, mut after) = (0.0, 0.0);
    let mut changes = Vec::with_capacity(draft.plan.moves.len());
    for segment in &draft.segments {
        let place = Place::of(segment);
        let now = bill.month(segment, place);
        let then = segment.action.map_or(now, |action| {
            place
                .after(action)
                .map_or(0.0, |place| bill.month(segment, place))
        });
        before += now;
        after += then;
        if segment.action.is_some() {
            changes.push((segment.facts.segment, then - now));
        }
    }
    for step in &mut draft.plan.moves {
        // Segments are in the order of their ids.
        let found = changes.binary_search_by_key(&step.segment, |(id, _)| *id);
        step.money = found
            .ok()
            .and_then(|at| changes.get(at))
            .map(|(_, money)| *money);
    }
    draft.plan.money = Some(crate::plan::Money { before, after });
}

/// Where a segment stands, as far as it is billed.
#[derive(Debug, Clone, Copy)]
struct Place {
    home: Tier,
    hot_copy: bool,
    warm_copy: bool,
}

impl Place {
    fn of(segment: &Segment<'_>) -> Self {
        let facts = segment.facts;
        Self {
            home: facts.home,
            hot_copy: facts.has_copy(Tier::Hot),
            warm_copy: facts.has_copy(Tier::Warm),
        }
    }

    /// `None` if the segment is nowhere then.
    fn after(self, action: Action) -> Option<Self> {
        Some(match action {
            Action::Demote { to, .. } => Self {
                home: to,
                warm_copy: self.warm_copy && to > Tier::Warm,
                ..self
            },
            Action::Promote { to: Tier::Hot } => Self {
                hot_copy: true,
                ..self
            },
            Action::Promote { .. } => Self {
                warm_copy: true,
                ..self
            },
            Action::DropCopy { tier: Tier::Hot } => Self {
                hot_copy: false,
                ..self
            },
            Action::DropCopy { .. } => Self {
                warm_copy: false,
                ..self
            },
            Action::Forget => return None,
        })
    }

    fn fastest(self) -> Tier {
        if self.hot_copy {
            Tier::Hot
        } else if self.warm_copy {
            self.home.min(Tier::Warm)
        } else {
            self.home
        }
    }
}

struct Bill {
    prices: PriceList,
    half_life: Duration,
    now: Timestamp,
}

impl Bill {
    /// What a segment costs a month in this place, if it goes on to be read as lately.
    fn month(&self, segment: &Segment<'_>, place: Place) -> f64 {
        let bytes = |tier| segment.facts.bytes.at(tier);
        let storage = |tier: Tier| self.prices.at(tier).storage_month(bytes(tier));
        let mut sum = storage(place.home) * self.early_end(segment, place.home);
        if place.hot_copy {
            sum += storage(Tier::Hot);
        }
        if place.warm_copy {
            sum += storage(Tier::Warm);
        }
        let from = place.fastest();
        sum + self.reads_a_month(segment) * self.prices.at(from).read(bytes(from))
    }

    /// Whole reads a month: heat settles at their number in a half-life, divided by ln 2.
    fn reads_a_month(&self, segment: &Segment<'_>) -> f64 {
        let half_lives = MONTH.as_secs_f64() / self.half_life.as_secs_f64().max(1e-6);
        segment.reads(self.now, self.half_life) * std::f64::consts::LN_2 * half_lives
    }

    /// How much dearer it gets because the segment ends before the time that is billed at least.
    fn early_end(&self, segment: &Segment<'_>, tier: Tier) -> f64 {
        let billed = self.prices.at(tier).min_billed_time;
        // What stands there already has part of the time behind it, and the rest is owed in any case.
        let Some(rule) = segment
            .rules
            .retention
            .filter(|_| tier != segment.facts.home)
        else {
            return 1.0;
        };
        let end = rule
            .lives_since(segment.facts)
            .saturating_add(rule.older_than);
        let left = self.now.age(end).as_secs_f64().max(3_600.0);
        (billed.as_secs_f64() / left).max(1.0)
    }

    fn choose(&self, segment: &Segment<'_>, rule: CostRule) -> Option<(Action, Reason)> {
        let (facts, rules, now) = (segment.facts, segment.rules, self.now);
        let place = Place::of(segment);
        let cold_is_slow = rule.max_read_time().is_some_and(|limit| {
            let is_read = segment.reads(now, self.half_life) >= 1.0;
            is_read && self.prices.cold.time(facts.bytes.at(Tier::Cold)) > limit
        });
        let may_leave = |since| rules.stays_until(since, now).is_none();
        let action = if place.home == Tier::Warm
            && !place.hot_copy
            && rules.warm_to_cold.is_none()
            && segment.allows(Tier::Cold)
            && !cold_is_slow
            && may_leave(facts.in_tier_since)
        {
            let (from, to) = (Tier::Warm, Tier::Cold);
            Action::Demote { from, to }
        } else if place.home == Tier::Cold && rules.cold_to_warm.is_none() && !place.hot_copy {
            let to = Tier::Warm;
            match place.warm_copy {
                false if rules.cools_until(facts, now).is_none() => Action::Promote { to },
                true if !cold_is_slow
                    && segment.allows(Tier::Cold)
                    && may_leave(segment.copies_since()) =>
                {
                    Action::DropCopy { tier: to }
                }
                _ => return None,
            }
        } else {
            return None;
        };
        let before = self.month(segment, place);
        let then = self.month(segment, place.after(action)?) + self.once(segment, action);
        if matches!(action, Action::Promote { .. }) && cold_is_slow {
            let limit = rule.max_read_time()?;
            let time = self.prices.cold.time(facts.bytes.at(Tier::Cold));
            return Some((action, Reason::TooSlow { time, limit }));
        }
        let cheaper = then < before * (1.0 - rule.saving());
        cheaper.then_some((action, Reason::Cheaper { before, then }))
    }

    /// What the move itself costs, as if it were paid for in a month.
    fn once(&self, segment: &Segment<'_>, action: Action) -> f64 {
        match action {
            Action::Demote { to, .. } => self.prices.at(to).write_request,
            Action::Promote { to } => {
                let from = segment.facts.tier();
                let read = self.prices.at(from).read(segment.facts.bytes.at(from));
                read + self.prices.at(to).write_request
            }
            Action::DropCopy { .. } | Action::Forget => 0.0,
        }
    }
}
