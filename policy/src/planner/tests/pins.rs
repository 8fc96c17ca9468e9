//! Pins and holds of single segments.

use super::*;
use crate::{AgeRule, Budget, HeatRule, Reason, plan};

fn everything_against_it() -> Policy {
    rules(
        TableRules::default()
            .with_hot_to_warm(AgeRule::ingest_time(DAY))
            .with_warm_to_cold(AgeRule::ingest_time(DAY))
            .with_cold_to_warm(HeatRule::reads(0.1).unwrap())
            .with_warm_to_hot(HeatRule::reads(0.1).unwrap())
            .with_min_stay(Duration::ZERO),
    )
    .with_hot_budget(Budget::of(0))
    .with_warm_budget(Budget::of(0))
}

/// Plans and applies until there is nothing to do.
fn settle(policy: &Policy, facts: SegmentFacts) -> SegmentFacts {
    let mut facts = vec![facts];
    for _ in 0..5 {
        facts = apply(&facts, &plan(policy, &facts, NOW), NOW);
    }
    assert!(plan(policy, &facts, NOW).is_empty());
    facts.remove(0)
}

#[test]
fn a_pinned_segment_goes_to_its_tier_and_nothing_else_moves_it() {
    let everywhere = [
        segment(1, Tier::Hot, 9),
        segment(1, Tier::Warm, 9),
        segment(1, Tier::Cold, 9),
        segment(1, Tier::Cold, 9).with_copy(Tier::Hot),
        segment(1, Tier::Warm, 9).with_copy(Tier::Hot),
        segment(1, Tier::Cold, 9)
            .with_copy(Tier::Warm)
            .with_copy(Tier::Hot),
    ];
    for pin in Tier::ALL {
        for facts in &everywhere {
            let facts = facts.clone().with_last_access(NOW).with_pin(pin);
            let settled = settle(&everything_against_it(), facts.clone());
            assert_eq!(settled.tier(), pin, "{facts:?}");
            assert!(settled.home >= facts.home, "a home only ever gets colder");
        }
    }
}

#[test]
fn the_plan_says_that_it_was_the_pin_and_what_it_costs() {
    let policy = Policy::default().with_warm_budget(Budget::of(50));
    let facts = [segment(1, Tier::Cold, 9).with_pin(Tier::Warm)];
    let first = plan(&policy, &facts, NOW);
    assert_eq!(actions(&first), [(1, Action::Promote { to: Tier::Warm })]);
    assert_eq!(
        first.moves[0].reason,
        Reason::PinnedHere { tier: Tier::Warm }
    );
    assert_eq!((first.unmet[0].pinned, first.unmet[0].used), (100, 100));
}

#[test]
fn a_pin_of_its_own_overrides_that_of_its_table() {
    let policy = rules(TableRules::default().with_pin(Tier::Hot));
    let cold = settle(&policy, segment(1, Tier::Warm, 9).with_pin(Tier::Cold));
    assert_eq!((cold.tier(), cold.home), (Tier::Cold, Tier::Cold));
}

#[test]
fn a_pin_holds_no_lifetime_and_a_hold_no_placement() {
    let policy = everything_against_it().with_default_rules(
        TableRules::default()
            .with_hot_to_warm(AgeRule::ingest_time(DAY))
            .with_retention(AgeRule::ingest_time(DAY)),
    );
    let pinned = segment(1, Tier::Hot, 9).with_pin(Tier::Hot);
    assert_eq!(
        actions(&plan(&policy, &[pinned], NOW)),
        [(1, Action::Forget)]
    );
    let held = SegmentFacts {
        hold: true,
        ..segment(1, Tier::Hot, 9)
    };
    assert_eq!(actions(&plan(&policy, &[held], NOW)), [(1, TO_WARM)]);
}
