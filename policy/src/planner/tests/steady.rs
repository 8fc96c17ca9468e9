//! A constant workload in simulated time: the store reaches a placement and stays there.

use proptest::prelude::*;

use super::*;
use crate::{Budget, HeatRule, plan};

const HOUR: Duration = Duration::from_secs(3_600);

/// A segment that is read whole every so many hours, or never.
#[derive(Debug, Clone, Copy)]
struct Habit {
    bytes: u64,
    every: Option<u64>,
    home: Tier,
}

fn habit() -> impl Strategy<Value = Habit> {
    let home = prop::sample::select(vec![Tier::Warm, Tier::Cold]);
    (1_u64..100, prop::option::of(1_u64..72), home).prop_map(|(bytes, every, home)| Habit {
        bytes,
        every,
        home,
    })
}

/// Lives through the hours of `span`; returns how often each segment was moved in them.
fn live(
    policy: &Policy,
    habits: &[Habit],
    facts: &mut Vec<SegmentFacts>,
    span: std::ops::Range<u64>,
) -> Vec<usize> {
    let mut moves = vec![0; habits.len()];
    for hour in span {
        let now = NOW.saturating_add(HOUR * u32::try_from(hour).unwrap());
        for (habit, facts) in habits.iter().zip(facts.iter_mut()) {
            if habit.every.is_some_and(|every| hour.is_multiple_of(every)) {
                facts.heat.touch(habit.bytes, now, policy.half_life);
                facts.last_access = Some(now);
            }
        }
        let plan = plan(policy, facts, now);
        for moved in &plan.moves {
            moves[usize::try_from(moved.segment.0).unwrap()] += 1;
        }
        for tier in [Tier::Hot, Tier::Warm] {
            let high = policy
                .budgets
                .at(tier)
                .map_or(u64::MAX, |budget| budget.high_bytes());
            assert!(plan.after.at(tier) <= high.max(plan.before.at(tier)));
        }
        *facts = apply(facts, &plan, now);
    }
    moves
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_constant_workload_comes_to_rest(
        habits in prop::collection::vec(habit(), 1..12),
        (hot, warm) in (0_u64..300, 0_u64..600),
    ) {
        let rules = TableRules::default()
            .with_cold_to_warm(HeatRule::reads(1.5).unwrap())
            .with_warm_to_hot(HeatRule::reads(6.0).unwrap());
        let policy = Policy::default()
            .with_default_rules(rules)
            .with_half_life(3 * DAY)
            .with_hot_budget(Budget::of(hot))
            .with_warm_budget(Budget::of(warm));
        let mut facts: Vec<_> = habits.iter().zip(0..).map(|(habit, id)| {
            SegmentFacts::new(SegmentId(id), "t", habit.home)
                .with_hot_bytes(habit.bytes)
                .with_ingested(ago(90))
        }).collect();
        // Heat has settled after ten half-lives.
        let first = live(&policy, &habits, &mut facts, 0..30 * 24);
        let later = live(&policy, &habits, &mut facts, 30 * 24..60 * 24);
        prop_assert!(later.iter().all(|moves| *moves == 0), "{first:?} then {later:?}");
        // On the way there, nothing goes up and down again and again.
        prop_assert!(first.iter().all(|moves| *moves <= 6), "{first:?}");
    }
}
