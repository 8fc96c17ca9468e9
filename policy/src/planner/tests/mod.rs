//! The planner against hand-made tables, and against its promises on random stores.

mod cost;
mod heat;
mod pins;
mod properties;
mod steady;
mod tables;

use std::{collections::BTreeMap, time::Duration};

use crate::{Action, Plan, Policy, SegmentFacts, SegmentId, TableRules, Tier, Timestamp};

const DAY: Duration = Duration::from_secs(86_400);
const NOW: Timestamp = Timestamp(1_700_000_000_000_000);

fn ago(days: u32) -> Timestamp {
    NOW.saturating_sub(DAY * days)
}

/// A segment of 100 bytes in every tier.
fn segment(id: u128, home: Tier, sealed_days_ago: u32) -> SegmentFacts {
    SegmentFacts::new(SegmentId(id), "t", home)
        .with_hot_bytes(100)
        .with_ingested(ago(sealed_days_ago))
}

fn rules(rules: TableRules) -> Policy {
    Policy::default().with_default_rules(rules)
}

fn actions(plan: &Plan) -> Vec<(u128, Action)> {
    plan.moves.iter().map(|m| (m.segment.0, m.action)).collect()
}

const TO_WARM: Action = Action::Demote {
    from: Tier::Hot,
    to: Tier::Warm,
};
const TO_COLD: Action = Action::Demote {
    from: Tier::Warm,
    to: Tier::Cold,
};

/// What an engine does with a plan, written without the planner's own book-keeping.
fn apply(facts: &[SegmentFacts], plan: &Plan, now: Timestamp) -> Vec<SegmentFacts> {
    let mut left: BTreeMap<_, _> = facts.iter().map(|f| (f.segment, f.clone())).collect();
    assert_eq!(left.len(), facts.len(), "ids must be distinct");
    for step in &plan.moves {
        let facts = left
            .get_mut(&step.segment)
            .expect("a plan only names known segments");
        match step.action {
            Action::Demote { from, to } => {
                assert_eq!((facts.home, from.colder()), (from, Some(to)));
                facts.home = to;
                facts.copies.retain(|copy| *copy < to);
                facts.in_tier_since = now;
            }
            Action::Promote { to } => {
                assert!(to < facts.tier());
                facts.copies.push(to);
                facts.copies_since = Some(now);
            }
            Action::DropCopy { tier } => {
                assert!(facts.has_copy(tier), "only a copy may be dropped");
                facts.copies.retain(|copy| *copy != tier);
                facts.copies_since = Some(now);
            }
            Action::Forget => {
                left.remove(&step.segment);
            }
        }
    }
    left.into_values().collect()
}
