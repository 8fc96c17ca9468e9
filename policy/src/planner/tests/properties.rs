//! What holds of every plan, on random stores under random policies.

use proptest::prelude::*;

use super::*;
use crate::{AgeClock, AgeRule, Budget, Heat, HeatRule, Reason, TierBytes, TierUsage, plan};

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
        (copies_since, heat) in (prop::option::of(any_time()), (0.0_f64..5_000.0, any_time())),
        (pin, hold) in (prop::option::weighted(0.2, any_tier()), any::<bool>()),
    ) -> SegmentFacts {
        let copies = [(Tier::Hot, hot_copy), (Tier::Warm, warm_copy)];
        SegmentFacts {
            copies: copies.into_iter().filter(|(t, has)| *has && *t < home).map(|(t, _)| t).collect(),
            bytes: TierBytes::in_memory(bytes.0).with_warm(bytes.1).with_cold(bytes.2),
            event_time: event.map(|(a, b)| (a.min(b), a.max(b))),
            in_tier_since,
            last_access,
            copies_since,
            heat: Heat::new(heat.0, heat.1),
            pin,
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

fn any_heat_rule() -> impl Strategy<Value = Option<HeatRule>> {
    let rule = (0.1_f64..5.0, 0.0_f64..0.9).prop_map(|(at, share)| {
        HeatRule::reads(at)
            .unwrap()
            .with_drop_below(at * share)
            .unwrap()
    });
    prop::option::of(rule)
}

fn any_span() -> impl Strategy<Value = Option<Duration>> {
    prop::option::of((0_u32..20).prop_map(|days| DAY * days))
}

prop_compose! {
    fn any_rules()(
        hot_to_warm in any_rule(&[AgeClock::EventTime, AgeClock::TimeInTier, AgeClock::IngestTime, AgeClock::LastAccess]),
        warm_to_cold in any_rule(&[AgeClock::EventTime, AgeClock::TimeInTier, AgeClock::IngestTime, AgeClock::LastAccess]),
        retention in any_rule(&[AgeClock::EventTime, AgeClock::IngestTime]),
        (cold_to_warm, warm_to_hot) in (any_heat_rule(), any_heat_rule()),
        (min_stay, cool_down) in (any_span(), any_span()),
        pin in prop::option::of(any_tier()),
    ) -> TableRules {
        TableRules {
            hot_to_warm,
            warm_to_cold,
            cold_to_warm,
            warm_to_hot,
            min_stay,
            cool_down,
            cost: None,
            retention,
            pin,
        }
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
    fn a_store_that_nobody_reads_settles_and_stays_so(
        policy in any_policy(),
        facts in any_store(),
    ) {
        let mut facts = facts;
        // A pin of its own takes a segment at most three steps; budgets and ages, two.
        for _ in 0..6 {
            facts = apply(&facts, &plan(&policy, &facts, NOW), NOW);
        }
        let settled = plan(&policy, &facts, NOW);
        prop_assert!(settled.is_empty(), "{:?}", settled.moves);
        for unmet in &settled.unmet {
            let held = unmet.pinned + unmet.staying;
            prop_assert_eq!(held, unmet.used, "only pins and stays may keep a tier too full");
        }
        for tier in [Tier::Hot, Tier::Warm] {
            let told = settled.unmet.iter().any(|unmet| unmet.tier == tier);
            let full = policy.budgets.at(tier).is_some_and(|b| settled.after.at(tier) > b.high_bytes());
            prop_assert_eq!(told, full);
        }
    }

    #[test]
    fn no_plan_fills_a_tier_past_its_high_mark_by_heat(
        policy in any_policy(),
        facts in any_store(),
    ) {
        let plan = plan(&policy, &facts, NOW);
        for tier in [Tier::Hot, Tier::Warm] {
            let Some(budget) = policy.budgets.at(tier) else { continue };
            let promoted = plan.moves.iter().any(|m| {
                m.action == Action::Promote { to: tier } && matches!(m.reason, Reason::ReadOften { .. })
            });
            let full = plan.after.at(tier) > budget.high_bytes();
            let told = plan.unmet.iter().any(|unmet| unmet.tier == tier);
            prop_assert!(!(promoted && full), "{:?}", plan.moves);
            prop_assert_eq!(full, told);
        }
    }

    #[test]
    fn a_segment_that_stands_where_it_is_pinned_only_ever_ends(
        policy in any_policy(),
        facts in any_store(),
    ) {
        let plan = plan(&policy, &facts, NOW);
        for moved in &plan.moves {
            let before = facts.iter().find(|f| f.segment == moved.segment).unwrap();
            if before.pin == Some(before.tier()) {
                prop_assert_eq!(moved.action, Action::Forget);
            }
        }
    }

    #[test]
    fn what_has_to_stay_is_moved_by_nothing_but_pins_and_lifetimes(
        policy in any_policy(),
        facts in any_store(),
    ) {
        let plan = plan(&policy, &facts, NOW);
        for moved in &plan.moves {
            let before = facts.iter().find(|f| f.segment == moved.segment).unwrap();
            let rules = policy.rules(&before.table);
            let since = match moved.action {
                Action::Demote { .. } => before.in_tier_since,
                Action::DropCopy { .. } => before.copies_since.unwrap_or(before.in_tier_since),
                _ => continue,
            };
            let by_pin = matches!(moved.reason, Reason::PinnedHere { .. });
            if let Some(stay) = rules.min_stay && !by_pin && since <= NOW {
                prop_assert!(since.age(NOW) >= stay, "{moved}");
            }
        }
    }

    #[test]
    fn a_budget_frees_no_more_than_the_last_segment_needed(
        budget in any_budget().prop_filter_map("some", |b| b),
        facts in any_store(),
    ) {
        let policy = Policy::default().with_hot_budget(budget);
        let facts: Vec<_> = facts.into_iter().map(|f| SegmentFacts { pin: None, ..f }).collect();
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
            if let (Some(now), Some(pin), None) = (now, policy.rules(&before.table).pin, before.pin) {
                prop_assert!(now.tier() <= pin);
            }
        }
    }
}
