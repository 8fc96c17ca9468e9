//! Why a segment is where it is, and what would move it.

mod text;

#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::eviction::EvictionPolicy;
use crate::{
    Action, AgeClock, Move, Policy, SegmentFacts, SegmentId, Standing, TableRules, Tier, TierUsage,
    Timestamp, plan,
};

/// Why a segment is where it is, and what would move it. Its `Display` is a few lines for a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The segment.
    pub segment: SegmentId,
    /// Its table.
    pub table: String,
    /// Its partition.
    pub partition: String,
    /// Where reads of it are served from.
    pub tier: Tier,
    /// Where its durable copy is.
    pub home: Tier,
    /// Where it has promoted copies.
    pub copies: Vec<Tier>,
    /// How often it was read whole, where reads long ago count less.
    pub reads: f64,
    /// What the policy does with it now, if anything.
    pub next: Option<Move>,
    /// What keeps it where it is, the strongest first.
    pub held_by: Vec<Holder>,
    /// What would move it.
    pub would_move: Vec<Outlook>,
}

/// A rule that keeps a segment where it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Holder {
    /// A hold: it is not forgotten, whatever its age.
    Hold,
    /// A pin of its own, or of its partition.
    Pin {
        /// The tier of the pin.
        tier: Tier,
    },
    /// The pin of its table.
    TablePin {
        /// The coldest tier that it may stand in.
        tier: Tier,
    },
    /// It has not been there for its minimum stay.
    MinStay {
        /// When that ends.
        until: Timestamp,
        /// How long that is from now.
        wait: Duration,
        /// Whether budgets wait too.
        budgets_wait: bool,
    },
    /// It gets no copy so soon after the last move.
    CoolDown {
        /// When that ends.
        until: Timestamp,
        /// How long that is from now.
        wait: Duration,
    },
    /// There is room in its tier.
    Room {
        /// The tier.
        tier: Tier,
        /// Bytes in it.
        used: u64,
        /// The bytes above which segments leave; `None` without a budget.
        high: Option<u64>,
    },
    /// It is not old enough to leave.
    Age {
        /// The clock of the rule.
        clock: AgeClock,
        /// Its age.
        age: Duration,
        /// The limit.
        limit: Duration,
    },
    /// Its copy is read often enough to be kept.
    Read {
        /// Whole reads.
        reads: f64,
        /// Under how many the copy goes.
        drop_below: f64,
    },
    /// There is nothing colder.
    Coldest,
}

/// Something that would move a segment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outlook {
    /// What would be done with it.
    #[serde(flatten)]
    pub action: Action,
    /// When.
    pub when: When,
}

/// What has to happen before a segment moves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
#[non_exhaustive]
pub enum When {
    /// It gets older than a limit.
    Older {
        /// The clock of the rule.
        clock: AgeClock,
        /// The limit.
        limit: Duration,
        /// How long that takes from now, if nothing sets the clock back.
        wait: Duration,
    },
    /// Its tier fills up.
    Full {
        /// The tier.
        tier: Tier,
        /// Bytes in it.
        used: u64,
        /// The bytes above which segments leave.
        high: u64,
        /// The eviction policy of the budget.
        eviction: EvictionPolicy,
        /// What that has made of the segment, if it was asked.
        standing: Option<Standing>,
    },
    /// It is read more.
    ReadOften {
        /// Whole reads so far.
        reads: f64,
        /// How many it takes.
        promote_at: f64,
    },
    /// It is read less.
    ReadSeldom {
        /// Whole reads so far.
        reads: f64,
        /// Under how many the copy goes.
        drop_below: f64,
        /// How long that takes from now, without further reads.
        wait: Duration,
    },
}

/// Explains the placement of one of the segments of a store; `None` if it is not among `facts`.
#[must_use]
pub fn explain(
    policy: &Policy,
    facts: &[SegmentFacts],
    segment: SegmentId,
    now: Timestamp,
) -> Option<Explanation> {
    let of = facts.iter().find(|facts| facts.segment == segment)?;
    let plan = plan(policy, facts, now);
    let next = plan.moves.into_iter().find(|m| m.segment == segment);
    let view = Looked {
        facts: of,
        rules: policy.rules(&of.table),
        policy,
        usage: plan.before,
        reads: of.reads(now, policy.half_life),
        now,
    };
    Some(Explanation {
        segment,
        table: of.table.clone(),
        partition: of.partition.clone(),
        tier: of.tier(),
        home: of.home,
        copies: of.copies.clone(),
        reads: view.reads,
        next,
        held_by: view.holders(),
        would_move: view.outlooks(),
    })
}

/// One segment, looked at by the policy.
struct Looked<'a> {
    facts: &'a SegmentFacts,
    rules: &'a TableRules,
    policy: &'a Policy,
    usage: TierUsage,
    reads: f64,
    now: Timestamp,
}

impl Looked<'_> {
    fn holders(&self) -> Vec<Holder> {
        let (facts, rules, now) = (self.facts, self.rules, self.now);
        let tier = facts.tier();
        let wait = |until: Timestamp| now.age(until);
        let mut all = Vec::new();
        if facts.hold {
            all.push(Holder::Hold);
        }
        match (facts.pin, rules.pin) {
            (Some(tier), _) => all.push(Holder::Pin { tier }),
            (None, Some(tier)) => all.push(Holder::TablePin { tier }),
            _ => {}
        }
        if facts.pin.is_some() {
            return all;
        }
        let is_copy = tier != facts.home;
        let since = if is_copy {
            facts.copies_since.unwrap_or(facts.in_tier_since)
        } else {
            facts.in_tier_since
        };
        if let Some(until) = rules.stays_until(since, now).filter(|_| tier != Tier::Cold) {
            all.push(Holder::MinStay {
                until,
                wait: wait(until),
                budgets_wait: rules.min_stay.is_some(),
            });
        }
        if let Some(until) = rules.cools_until(facts, now).filter(|_| tier != Tier::Hot) {
            all.push(Holder::CoolDown {
                until,
                wait: wait(until),
            });
        }
        if tier == Tier::Cold {
            all.push(Holder::Coldest);
            return all;
        }
        let high = self
            .policy
            .budgets
            .at(tier)
            .map(|budget| budget.high_bytes());
        let used = self.usage.at(tier);
        if high.is_none_or(|high| used <= high) {
            all.push(Holder::Room { tier, used, high });
        }
        if is_copy {
            let rule = rules
                .heat_for(tier)
                .filter(|rule| self.reads >= rule.drop_below());
            all.extend(rule.map(|rule| Holder::Read {
                reads: self.reads,
                drop_below: rule.drop_below(),
            }));
        } else if let Some(rule) = rules.age_for(tier) {
            let age = rule.since(facts).age(now);
            if age <= rule.older_than {
                all.push(Holder::Age {
                    clock: rule.clock,
                    age,
                    limit: rule.older_than,
                });
            }
        }
        all
    }

    fn outlooks(&self) -> Vec<Outlook> {
        let (facts, rules) = (self.facts, self.rules);
        let tier = facts.tier();
        let mut all = Vec::new();
        let mut add = |action, when| all.push(Outlook { action, when });
        let free = facts.pin.is_none();
        if let Some(to) = facts
            .home
            .colder()
            .filter(|to| free && rules.pin.is_none_or(|pin| *to <= pin))
        {
            let action = Action::Demote {
                from: facts.home,
                to,
            };
            if let Some(rule) = rules.age_for(facts.home) {
                let (clock, limit) = (rule.clock, rule.older_than);
                let wait = self.until(rule.since(facts).saturating_add(limit));
                add(action, When::Older { clock, limit, wait });
            }
            if let Some(when) = self.full(facts.home) {
                add(action, when);
            }
        }
        for copy in facts
            .copies
            .iter()
            .copied()
            .filter(|copy| free && facts.has_copy(*copy))
        {
            if rules
                .pin
                .is_some_and(|pin| facts.tier_without_copy(copy) > pin)
            {
                continue;
            }
            let action = Action::DropCopy { tier: copy };
            if let Some(rule) = rules.heat_for(copy) {
                let (reads, drop_below) = (self.reads, rule.drop_below());
                let wait = self.cooling(drop_below);
                add(
                    action,
                    When::ReadSeldom {
                        reads,
                        drop_below,
                        wait,
                    },
                );
            }
            if let Some(when) = self.full(copy) {
                add(action, when);
            }
        }
        let warmer = [Tier::Hot, Tier::Warm]
            .into_iter()
            .find(|to| to.colder() == Some(tier));
        if let Some(to) = warmer.filter(|_| free)
            && let Some(rule) = rules.heat_for(to)
        {
            let (reads, promote_at) = (self.reads, rule.promote_at());
            add(
                Action::Promote { to },
                When::ReadOften { reads, promote_at },
            );
        }
        if let Some(rule) = rules.retention.filter(|_| !facts.hold) {
            let (clock, limit) = (rule.clock, rule.older_than);
            let wait = self.until(rule.lives_since(facts).saturating_add(limit));
            add(Action::Forget, When::Older { clock, limit, wait });
        }
        all
    }

    fn until(&self, at: Timestamp) -> Duration {
        self.now.age(at)
    }

    fn full(&self, tier: Tier) -> Option<When> {
        let budget = self.policy.budgets.at(tier)?;
        Some(When::Full {
            tier,
            used: self.usage.at(tier),
            high: budget.high_bytes(),
            eviction: budget.eviction(),
            standing: self.facts.standing.at(tier),
        })
    }

    /// How long it takes until there are fewer reads than that.
    fn cooling(&self, drop_below: f64) -> Duration {
        let half_lives = (self.reads / drop_below).log2().max(0.0);
        let seconds = half_lives * self.policy.half_life.as_secs_f64();
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }
}
