//! The planner against hand-made tables, and against its promises on random stores.

use std::{collections::BTreeMap, time::Duration};

use proptest::prelude::*;

use crate::{
    Action, AgeClock, AgeRule, Budget, Choice, Plan, Policy, Reason, SegmentFacts, SegmentId,
    TableRules, Tier, TierBytes, TierUsage, Timestamp, Unmet, plan,
};

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
                facts.in_tier_since = now;
            }
            Action::Promote { to } => {
                assert!(to < facts.tier());
                facts.copies.push(to);
            }
            Action::DropCopy { tier } => {
                assert!(facts.has_copy(tier), "only a copy may be dropped");
                facts.copies.retain(|copy| *copy != tier);
            }
            Action::Forget => {
                left.remove(&step.segment);
            }
        }
    }
    left.into_values().collect()
}

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
            .with_warm_to_cold(rule),
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

fn any_tier() -> impl Strategy<Value = Tier> {
    prop::sample::select(&Tier::ALL[..])
}

prop_compose! {
    fn any_time()(days in -400_i64..40) -> Timestamp {
        Timestamp(NOW.0 + days * 86_400_000_000)
    }
}

prop_compose! {
    fn any_facts()(
        table in prop::sample::select(&["a", "b", "c"][..]),
        (home, hot_copy, warm_copy) in (any_tier(), any::<bool>(), any::<bool>()),
        bytes in (0_u64..1_000, prop::option::of(0_u64..1_000), prop::option::of(0_u64..1_000)),
        event in prop::option::of((any_time(), any_time())),
        (ingested, in_tier_since, last_access) in
            (any_time(), any_time(), prop::option::of(any_time())),
        hold in any::<bool>(),
    ) -> SegmentFacts {
        let copies = [(Tier::Hot, hot_copy), (Tier::Warm, warm_copy)];
        SegmentFacts {
            copies: copies.into_iter().filter(|(t, has)| *has && *t < home).map(|(t, _)| t).collect(),
            bytes: TierBytes { hot: bytes.0, warm: bytes.1, cold: bytes.2 },
            event_time: event.map(|(a, b)| (a.min(b), a.max(b))),
            in_tier_since,
            last_access,
            hold,
            ..SegmentFacts::new(SegmentId(0), table, home).with_ingested(ingested)
        }
    }
}

fn any_store() -> impl Strategy<Value = Vec<SegmentFacts>> {
    prop::collection::vec(any_facts(), 0..30).prop_map(|mut all| {
        for (facts, id) in all.iter_mut().zip(1..) {
            facts.segment = SegmentId(id);
        }
        all
    })
}

fn any_rule(clocks: &'static [AgeClock]) -> impl Strategy<Value = Option<AgeRule>> {
    let rule = (prop::sample::select(clocks), 0_u32..300)
        .prop_map(|(clock, days)| AgeRule::new(clock, DAY * days));
    prop::option::of(rule)
}

prop_compose! {
    fn any_rules()(
        hot_to_warm in any_rule(&[AgeClock::EventTime, AgeClock::TimeInTier, AgeClock::IngestTime]),
        warm_to_cold in any_rule(&[AgeClock::EventTime, AgeClock::TimeInTier, AgeClock::IngestTime]),
        retention in any_rule(&[AgeClock::EventTime, AgeClock::IngestTime]),
        pin in prop::option::of(any_tier()),
    ) -> TableRules {
        TableRules { hot_to_warm, warm_to_cold, retention, pin }
    }
}

fn any_budget() -> impl Strategy<Value = Option<Budget>> {
    let budget = (0_u64..10_000, 0.0..=1.0, 0.0..=1.0).prop_map(|(bytes, a, b): (_, f64, f64)| {
        Budget::of(bytes)
            .with_watermarks(a.max(b), a.min(b))
            .unwrap()
    });
    prop::option::of(budget)
}

prop_compose! {
    fn any_policy()(
        hot in any_budget(),
        warm in any_budget(),
        default_rules in any_rules(),
        a in any_rules(),
        b in any_rules(),
    ) -> Policy {
        let mut policy = Policy::default()
            .with_default_rules(default_rules)
            .with_table("a", a)
            .with_table("b", b);
        policy.budgets.hot = hot;
        policy.budgets.warm = warm;
        policy
    }
}

proptest! {
    #[test]
    fn the_order_of_the_facts_does_not_matter(
        policy in any_policy(),
        (facts, shuffled) in any_store().prop_flat_map(|f| (Just(f.clone()), Just(f).prop_shuffle())),
    ) {
        prop_assert_eq!(plan(&policy, &facts, NOW), plan(&policy, &shuffled, NOW));
    }

    #[test]
    fn the_bytes_after_are_those_of_the_applied_plan(policy in any_policy(), facts in any_store()) {
        let plan = plan(&policy, &facts, NOW);
        prop_assert_eq!(plan.before, TierUsage::of(&facts));
        prop_assert_eq!(plan.after, TierUsage::of(&apply(&facts, &plan, NOW)));
    }

    #[test]
    fn no_segment_moves_twice_in_one_plan(policy in any_policy(), facts in any_store()) {
        let plan = plan(&policy, &facts, NOW);
        let mut ids: Vec<_> = plan.moves.iter().map(|m| m.segment).collect();
        ids.sort();
        ids.dedup();
        prop_assert_eq!(ids.len(), plan.moves.len());
    }

    #[test]
    fn after_two_plans_there_is_nothing_left_to_do(policy in any_policy(), facts in any_store()) {
        let mut facts = facts;
        for _ in 0..2 {
            facts = apply(&facts, &plan(&policy, &facts, NOW), NOW);
        }
        let settled = plan(&policy, &facts, NOW);
        prop_assert!(settled.is_empty(), "{:?}", settled.moves);
        for unmet in &settled.unmet {
            prop_assert_eq!(unmet.pinned, unmet.used, "only pins may keep a tier too full");
        }
        for tier in [Tier::Hot, Tier::Warm] {
            let told = settled.unmet.iter().any(|unmet| unmet.tier == tier);
            let full = policy.budgets.at(tier).is_some_and(|b| settled.after.at(tier) > b.high_bytes());
            prop_assert_eq!(told, full);
        }
    }

    #[test]
    fn a_budget_frees_no_more_than_the_last_segment_needed(
        budget in any_budget().prop_filter_map("some", |b| b),
        facts in any_store(),
    ) {
        let policy = Policy::default().with_hot_budget(budget);
        let plan = plan(&policy, &facts, NOW);
        if let Some(last) = plan.moves.last() {
            prop_assert!(plan.before.hot > budget.high_bytes());
            prop_assert!(plan.after.hot <= budget.low_bytes());
            prop_assert!(plan.after.hot + last.bytes > budget.low_bytes());
        }
    }

    #[test]
    fn only_retention_takes_a_segment_past_its_pin_or_a_hold(
        policy in any_policy(),
        facts in any_store(),
    ) {
        let plan = plan(&policy, &facts, NOW);
        let after = apply(&facts, &plan, NOW);
        for before in &facts {
            let now = after.iter().find(|f| f.segment == before.segment);
            if before.hold || policy.rules(&before.table).retention.is_none() {
                prop_assert!(now.is_some());
            }
            if let (Some(now), Some(pin)) = (now, policy.rules(&before.table).pin) {
                prop_assert!(now.tier() <= pin);
            }
        }
    }
}
