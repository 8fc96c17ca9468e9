//! One rule at a time, on stores of a few segments.

use super::*;
use crate::{AgeClock, AgeRule, Budget, Choice, Reason, TierUsage, Unmet, plan};

#[test]
fn a_policy_without_rules_moves_nothing() {
    let facts = [segment(1, Tier::Hot, 9_999), segment(2, Tier::Warm, 9_999)];
    let plan = plan(&Policy::default(), &facts, NOW);
    assert!(plan.is_empty() && plan.unmet.is_empty());
    assert_eq!(
        plan.before,
        TierUsage {
            hot: 100,
            warm: 100,
            cold: 0
        }
    );
    assert_eq!(plan.after, plan.before);
}

#[test]
fn an_age_rule_moves_a_home_one_tier_down_by_its_clock() {
    let limit = DAY * 7;
    let backfill = segment(1, Tier::Hot, 1).with_event_time(ago(900), ago(800));
    let settled = SegmentFacts {
        in_tier_since: ago(1),
        ..segment(1, Tier::Hot, 30)
    };
    let exact = segment(1, Tier::Hot, 7);
    let from_the_future = segment(1, Tier::Hot, 8).with_event_time(ago(9), Timestamp::MAX);
    for (clock, facts, moves) in [
        (AgeClock::EventTime, &backfill, true),
        (AgeClock::IngestTime, &backfill, false),
        (AgeClock::TimeInTier, &backfill, false),
        (AgeClock::EventTime, &settled, true),
        (AgeClock::IngestTime, &settled, true),
        (AgeClock::TimeInTier, &settled, false),
        (AgeClock::IngestTime, &exact, false),
        (AgeClock::EventTime, &from_the_future, true),
    ] {
        let policy = rules(TableRules::default().with_hot_to_warm(AgeRule::new(clock, limit)));
        let plan = plan(&policy, std::slice::from_ref(facts), NOW);
        assert_eq!(plan.moves.len(), usize::from(moves), "{clock} {facts:?}");
    }
}

#[test]
fn times_to_come_have_no_age() {
    let rule = AgeRule::event_time(Duration::ZERO);
    let policy = rules(
        TableRules::default()
            .with_hot_to_warm(rule)
            .with_retention(rule),
    );
    let facts = [segment(1, Tier::Hot, 0)
        .with_ingested(Timestamp::MAX)
        .with_event_time(Timestamp::MAX, Timestamp::MAX)];
    assert!(plan(&policy, &facts, Timestamp::MIN).is_empty());
}

#[test]
fn an_old_segment_takes_one_step_with_each_plan() {
    let rule = AgeRule::ingest_time(DAY);
    let policy = rules(
        TableRules::default()
            .with_hot_to_warm(rule)
            .with_warm_to_cold(rule)
            .with_min_stay(Duration::ZERO),
    );
    let facts = [segment(1, Tier::Hot, 30)];
    let first = plan(&policy, &facts, NOW);
    assert_eq!(actions(&first), [(1, TO_WARM)]);
    let facts = apply(&facts, &first, NOW);
    let second = plan(&policy, &facts, NOW);
    assert_eq!(actions(&second), [(1, TO_COLD)]);
    assert!(plan(&policy, &apply(&facts, &second, NOW), NOW).is_empty());
    let reason = second.moves[0].reason.to_string();
    assert_eq!(reason, "it was sealed 30 days ago; warm keeps 1 day");
}

#[test]
fn retention_forgets_by_the_newest_event_and_only_a_hold_stops_it() {
    let policy = rules(
        TableRules::default()
            .with_retention(AgeRule::event_time(DAY * 365))
            .with_pin(Tier::Hot),
    );
    let old = segment(1, Tier::Cold, 1)
        .with_event_time(ago(900), ago(366))
        .with_copy(Tier::Hot);
    let straddling = segment(2, Tier::Hot, 400).with_event_time(ago(900), ago(364));
    let to_come = segment(3, Tier::Hot, 400).with_event_time(ago(900), Timestamp::MAX);
    let held = SegmentFacts {
        hold: true,
        segment: SegmentId(4),
        ..old.clone()
    };
    let eventless = segment(5, Tier::Hot, 366);
    let plan = plan(&policy, &[old, straddling, to_come, held, eventless], NOW);
    assert_eq!(actions(&plan), [(1, Action::Forget), (5, Action::Forget)]);
    assert_eq!(plan.moves[0].bytes, 200, "both copies are freed");
    assert_eq!(
        plan.after,
        TierUsage {
            hot: 300,
            warm: 0,
            cold: 100
        }
    );
    assert_eq!(
        plan.moves[0].reason.to_string(),
        "its newest event is 366 days old; its table keeps 365 days"
    );
}

#[test]
fn nothing_leaves_at_the_high_mark_and_enough_leaves_above_it() {
    let facts: Vec<_> = (1..=9)
        .map(|n| segment(n.into(), Tier::Hot, 10 - n))
        .collect();
    let at_the_mark = Policy::default().with_hot_budget(Budget::of(1_000));
    assert!(plan(&at_the_mark, &facts, NOW).is_empty());

    let above = Policy::default().with_hot_budget(Budget::of(999));
    let plan = plan(&above, &facts, NOW);
    // 900 of 999 with marks at 899 and 699: the three oldest go.
    assert_eq!(actions(&plan), [(1, TO_WARM), (2, TO_WARM), (3, TO_WARM)]);
    assert_eq!(
        plan.after,
        TierUsage {
            hot: 600,
            warm: 300,
            cold: 0
        }
    );
    assert_eq!(
        plan.moves[0].reason.to_string(),
        "hot holds 900 B of 999 B (high mark 899 B); this segment is the oldest there"
    );
    assert!(matches!(
        plan.moves[2].reason,
        Reason::OverBudget {
            tier: Tier::Hot,
            rank: 3,
            choice: Choice::Oldest,
            ..
        }
    ));
}

#[test]
fn the_longest_unused_goes_first() {
    let read_lately = segment(1, Tier::Hot, 30).with_last_access(ago(1));
    let new_with_old_events = segment(2, Tier::Hot, 0).with_event_time(ago(90), ago(80));
    let old = segment(3, Tier::Hot, 20);
    let from_the_future = segment(4, Tier::Hot, 10).with_event_time(ago(11), Timestamp::MAX);
    let facts = [from_the_future, read_lately, old, new_with_old_events];
    let policy = Policy::default().with_hot_budget(Budget::of(0));
    let order: Vec<_> = plan(&policy, &facts, NOW)
        .moves
        .iter()
        .map(|m| m.segment.0)
        .collect();
    assert_eq!(order, [2, 3, 4, 1]);
}

#[test]
fn copies_are_dropped_before_homes_move_and_never_demoted() {
    let facts = [
        segment(1, Tier::Hot, 900),
        segment(2, Tier::Cold, 900)
            .with_copy(Tier::Hot)
            .with_last_access(ago(1)),
        segment(3, Tier::Warm, 1)
            .with_copy(Tier::Hot)
            .with_last_access(ago(5)),
        segment(4, Tier::Cold, 1).with_copy(Tier::Hot),
    ];
    let drop = Action::DropCopy { tier: Tier::Hot };
    let cases: [(u64, &[(u128, Action)]); 4] = [
        (400, &[(4, drop), (3, drop)]),
        (200, &[(4, drop), (3, drop), (2, drop)]),
        (100, &[(4, drop), (3, drop), (2, drop), (1, TO_WARM)]),
        (1_000, &[]),
    ];
    for (budget, expected) in cases {
        let policy = Policy::default().with_hot_budget(Budget::of(budget));
        assert_eq!(
            actions(&plan(&policy, &facts, NOW)),
            expected,
            "budget {budget}"
        );
    }
}

#[test]
fn what_leaves_hot_counts_in_warm_with_the_same_plan() {
    let facts = [
        segment(1, Tier::Hot, 3),
        segment(2, Tier::Hot, 2),
        segment(3, Tier::Warm, 9),
        segment(4, Tier::Warm, 8),
    ];
    let full = Budget::of(200).with_watermarks(1.0, 1.0).unwrap();
    let none = Policy::default()
        .with_hot_budget(Budget::of(0))
        .with_warm_budget(full);
    let first = plan(&none, &facts, NOW);
    assert_eq!(
        actions(&first),
        [(1, TO_WARM), (2, TO_WARM), (3, TO_COLD), (4, TO_COLD)]
    );
    assert_eq!(
        first.after,
        TierUsage {
            hot: 0,
            warm: 200,
            cold: 200
        }
    );
    assert!(first.unmet.is_empty());
    assert!(plan(&none, &apply(&facts, &first, NOW), NOW).is_empty());
}

#[test]
fn a_segment_that_just_arrived_in_warm_moves_on_with_the_next_plan() {
    let policy = Policy::default()
        .with_hot_budget(Budget::of(0))
        .with_warm_budget(Budget::of(0));
    let facts = [segment(1, Tier::Hot, 3)];
    let first = plan(&policy, &facts, NOW);
    assert_eq!(actions(&first), [(1, TO_WARM)]);
    let unmet = Unmet {
        tier: Tier::Warm,
        used: 100,
        budget: 0,
        high: 0,
        pinned: 0,
        staying: 0,
    };
    assert_eq!(first.unmet, [unmet]);
    assert_eq!(
        first.unmet[0].to_string(),
        "warm will hold 100 B of 0 B (high mark 0 B): \
         segments that arrive with this plan can move on with the next"
    );
    let facts = apply(&facts, &first, NOW);
    let second = plan(&policy, &facts, NOW);
    assert_eq!(actions(&second), [(1, TO_COLD)]);
    assert_eq!(
        second.after,
        TierUsage {
            hot: 0,
            warm: 0,
            cold: 100
        }
    );
}

#[test]
fn a_pin_beats_ages_and_budgets_and_the_plan_says_what_it_costs() {
    let rule = AgeRule::ingest_time(DAY);
    let pinned = |tier| {
        TableRules::default()
            .with_pin(tier)
            .with_hot_to_warm(rule)
            .with_warm_to_cold(rule)
    };
    let none = |tier| {
        rules(pinned(tier))
            .with_hot_budget(Budget::of(0))
            .with_warm_budget(Budget::of(0))
    };
    let facts = [segment(1, Tier::Hot, 9)];

    let hot = plan(&none(Tier::Hot), &facts, NOW);
    assert!(hot.is_empty());
    assert_eq!(
        hot.unmet[0].to_string(),
        "hot will hold 100 B of 0 B (high mark 0 B): \
         100 B are pinned there; raise the budget or release a pin"
    );

    let warm = plan(&none(Tier::Warm), &facts, NOW);
    assert_eq!(actions(&warm), [(1, TO_WARM)]);
    let [
        Unmet {
            tier: Tier::Warm,
            pinned: 100,
            ..
        },
    ] = warm.unmet[..]
    else {
        panic!("{:?}", warm.unmet)
    };
    assert!(plan(&none(Tier::Warm), &apply(&facts, &warm, NOW), NOW).is_empty());
}

#[test]
fn a_segment_colder_than_its_pin_gets_a_copy_that_no_budget_drops() {
    let policy = rules(TableRules::default().with_pin(Tier::Hot)).with_hot_budget(Budget::of(150));
    let facts = [
        segment(1, Tier::Cold, 9),
        segment(2, Tier::Warm, 9),
        SegmentFacts {
            table: "other".into(),
            ..segment(3, Tier::Hot, 0)
        },
    ];
    let policy = policy.with_table("other", TableRules::default());
    let first = plan(&policy, &facts, NOW);
    let promote = Action::Promote { to: Tier::Hot };
    assert_eq!(actions(&first), [(1, promote), (2, promote), (3, TO_WARM)]);
    assert_eq!(
        first.moves[0].reason.to_string(),
        "its table is pinned to hot"
    );
    assert_eq!(
        first.after,
        TierUsage {
            hot: 200,
            warm: 200,
            cold: 100
        }
    );
    let facts = apply(&facts, &first, NOW);
    let second = plan(&policy, &facts, NOW);
    assert!(second.is_empty());
    assert_eq!(second.unmet[0].pinned, 200);
}

#[test]
fn a_copy_goes_if_what_is_left_still_satisfies_the_pin() {
    let policy = rules(TableRules::default().with_pin(Tier::Warm))
        .with_hot_budget(Budget::of(0))
        .with_warm_budget(Budget::of(0));
    let drop_hot = Action::DropCopy { tier: Tier::Hot };
    let both = segment(1, Tier::Cold, 9)
        .with_copy(Tier::Hot)
        .with_copy(Tier::Warm);
    let only_hot = segment(2, Tier::Cold, 9).with_copy(Tier::Hot);
    let plan = plan(&policy, &[both, only_hot], NOW);
    assert_eq!(actions(&plan), [(1, drop_hot)]);
    let pinned: Vec<_> = plan
        .unmet
        .iter()
        .map(|unmet| (unmet.tier, unmet.pinned))
        .collect();
    assert_eq!(pinned, [(Tier::Hot, 100), (Tier::Warm, 100)]);
}

#[test]
fn a_move_prints_as_a_sentence_and_its_json_is_flat() {
    let policy = rules(TableRules::default().with_hot_to_warm(AgeRule::ingest_time(DAY)));
    let plan = plan(&policy, &[segment(1, Tier::Hot, 2)], NOW);
    assert_eq!(
        plan.moves[0].to_string(),
        "t 00000000-0000-0000-0000-000000000001: hot → warm (100 B), \
         because it was sealed 2 days ago; hot keeps 1 day"
    );
    let json = serde_json::to_value(&plan).unwrap();
    assert_eq!(json["moves"][0]["action"], "demote");
    assert_eq!(json["moves"][0]["to"], "warm");
    assert_eq!(json["moves"][0]["reason"]["why"], "older");
    assert_eq!(serde_json::from_value::<Plan>(json).unwrap(), plan);
}
