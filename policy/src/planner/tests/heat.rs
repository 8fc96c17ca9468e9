//! Copies that come and go with the reads.

use super::*;
use crate::{AgeRule, Budget, Heat, HeatRule, Reason, plan};

const PROMOTE: Action = Action::Promote { to: Tier::Warm };
const DROP: Action = Action::DropCopy { tier: Tier::Warm };

/// A cold segment that was read whole so many times just now.
fn read(id: u128, times: f64) -> SegmentFacts {
    segment(id, Tier::Cold, 90)
        .with_heat(Heat::new(times * 100.0, NOW))
        .with_last_access(NOW)
}

fn copied(id: u128, times: f64) -> SegmentFacts {
    read(id, times).with_copy(Tier::Warm)
}

fn heat_rules() -> TableRules {
    TableRules::default()
        .with_cold_to_warm(HeatRule::reads(2.0).unwrap())
        .with_warm_to_hot(HeatRule::reads(8.0).unwrap())
}

#[test]
fn what_is_read_often_gets_a_copy_one_tier_up_and_says_why() {
    let facts = [
        read(1, 1.99),
        read(2, 2.0),
        read(3, 100.0),
        copied(4, 7.9),
        copied(5, 8.0),
    ];
    let plan = plan(&rules(heat_rules()), &facts, NOW);
    let to_hot = Action::Promote { to: Tier::Hot };
    assert_eq!(actions(&plan), [(5, to_hot), (3, PROMOTE), (2, PROMOTE)]);
    assert_eq!(
        plan.moves[2].reason.to_string(),
        "it was read 2.00 times lately; from 2 on a copy is worth it"
    );
}

#[test]
fn one_scan_over_everything_promotes_nothing() {
    let policy = rules(heat_rules()).with_warm_budget(Budget::of(1_000));
    let mut facts: Vec<_> = (1..=100).map(|id| read(id, 1.0)).collect();
    facts.push(copied(101, 2.0));
    assert!(plan(&policy, &facts, NOW).is_empty());
}

#[test]
fn a_copy_cools_below_its_lower_limit_and_not_before() {
    let policy = rules(heat_rules());
    assert!(plan(&policy, &[copied(1, 0.5)], NOW).is_empty());
    let cooled = plan(&policy, &[copied(1, 0.49)], NOW);
    assert_eq!(actions(&cooled), [(1, DROP)]);
    assert!(matches!(cooled.moves[0].reason, Reason::ReadSeldom { .. }));
    // Half of it every half-life: 4, 2, 1, 0.5 reads, and then too few.
    let facts = [copied(1, 4.0)];
    assert!(plan(&policy, &facts, NOW.saturating_add(3 * DAY)).is_empty());
    let later = NOW.saturating_add(3 * DAY + Duration::from_secs(60));
    assert_eq!(actions(&plan(&policy, &facts, later)), [(1, DROP)]);
}

#[test]
fn without_a_rule_a_copy_stays_until_its_room_is_needed() {
    assert!(plan(&Policy::default(), &[copied(1, 0.0)], NOW).is_empty());
    let full = Policy::default().with_warm_budget(Budget::of(50));
    assert_eq!(actions(&plan(&full, &[copied(1, 9.0)], NOW)), [(1, DROP)]);
}

#[test]
fn there_is_no_promotion_past_the_high_mark() {
    // A high mark of 270: room for two.
    let policy = rules(heat_rules()).with_warm_budget(Budget::of(300));
    let facts = [read(1, 3.0), read(2, 5.0), read(3, 4.0)];
    let first = plan(&policy, &facts, NOW);
    assert_eq!(actions(&first), [(2, PROMOTE), (3, PROMOTE)]);
    assert_eq!(first.after.warm, 200);
    let facts = apply(&facts, &first, NOW);
    for days in 0..3 {
        assert!(plan(&policy, &facts, NOW.saturating_add(DAY * days)).is_empty());
    }
}

#[test]
fn a_budget_smaller_than_one_segment_takes_none() {
    for bytes in [0, 1, 99, 111] {
        let policy = rules(heat_rules()).with_warm_budget(Budget::of(bytes));
        assert!(plan(&policy, &[read(1, 1e9)], NOW).is_empty(), "{bytes}");
    }
}

#[test]
fn a_copy_makes_room_only_for_what_is_read_clearly_more() {
    let policy = rules(heat_rules()).with_warm_budget(Budget::of(250));
    let there = [copied(1, 3.0), copied(2, 2.5)];
    for (times, expected) in [
        // 6.25 - 1 = 1.5 × (2.5 + 1)
        (6.24, &[][..]),
        (6.25, &[(2, DROP), (3, PROMOTE)][..]),
        (60.0, &[(2, DROP), (3, PROMOTE)][..]),
    ] {
        let facts = [there[0].clone(), there[1].clone(), read(3, times)];
        assert_eq!(actions(&plan(&policy, &facts, NOW)), expected, "{times}");
    }
}

#[test]
fn copies_that_came_just_now_make_no_room_and_what_just_left_comes_not_back() {
    let policy = rules(heat_rules()).with_warm_budget(Budget::of(250));
    let new = |facts: SegmentFacts| SegmentFacts {
        copies_since: Some(NOW),
        ..facts
    };
    let facts = [new(copied(1, 2.0)), new(copied(2, 2.0)), read(3, 60.0)];
    assert!(plan(&policy, &facts, NOW).is_empty());
    let hour = NOW.saturating_add(TableRules::DEFAULT_STAY);
    assert_eq!(plan(&policy, &facts, hour).moves.len(), 2);

    let dropped = [new(read(1, 9.0))];
    assert!(plan(&policy, &dropped, NOW).is_empty());
    assert_eq!(actions(&plan(&policy, &dropped, hour)), [(1, PROMOTE)]);
    let demoted = [SegmentFacts {
        in_tier_since: NOW,
        ..read(1, 9.0)
    }];
    assert!(plan(&policy, &demoted, NOW).is_empty());
}

#[test]
fn a_full_tier_lets_go_of_what_is_read_least_and_keeps_copies_that_are_worth_it() {
    let policy =
        rules(heat_rules()).with_warm_budget(Budget::of(400).with_watermarks(0.9, 0.5).unwrap());
    let old_home = segment(1, Tier::Warm, 30);
    let new_home = segment(2, Tier::Warm, 0);
    let facts = [old_home, new_home, copied(3, 5.0), copied(4, 0.6)];
    let plan = plan(&policy, &facts, NOW);
    assert_eq!(actions(&plan), [(1, TO_COLD), (4, DROP)]);
    assert!(
        plan.moves[0]
            .reason
            .to_string()
            .ends_with("this segment is the oldest there")
    );
    assert!(
        plan.moves[1]
            .reason
            .to_string()
            .ends_with("this is the least read copy there")
    );
}

#[test]
fn a_backfill_of_old_events_stays_where_it_arrived_until_its_stay_ends() {
    let day = AgeRule::event_time(DAY);
    let policy = rules(
        TableRules::default()
            .with_hot_to_warm(day)
            .with_warm_to_cold(day),
    );
    let mut facts = vec![segment(1, Tier::Hot, 0).with_event_time(ago(900), ago(800))];
    let mut homes = Vec::new();
    for minutes in (0..=150).step_by(30) {
        let now = NOW.saturating_add(Duration::from_secs(60 * minutes));
        facts = apply(&facts, &plan(&policy, &facts, now), now);
        homes.push(facts[0].home);
    }
    use Tier::{Cold, Hot, Warm};
    assert_eq!(homes, [Hot, Hot, Warm, Warm, Cold, Cold]);
}

#[test]
fn a_stay_that_was_asked_for_is_stronger_than_a_budget_and_the_plan_says_so() {
    let policy =
        rules(TableRules::default().with_min_stay(DAY * 2)).with_hot_budget(Budget::of(50));
    let facts = [segment(1, Tier::Hot, 1)];
    let waits = plan(&policy, &facts, NOW);
    assert!(waits.is_empty());
    assert_eq!((waits.unmet[0].staying, waits.unmet[0].pinned), (100, 0));
    assert!(
        waits.unmet[0].to_string().contains("minimum stay"),
        "{}",
        waits.unmet[0]
    );
    assert_eq!(
        actions(&plan(&policy, &facts, NOW.saturating_add(DAY))),
        [(1, TO_WARM)]
    );
}

#[test]
fn a_clock_that_was_set_back_keeps_nothing_waiting() {
    let policy = rules(
        heat_rules()
            .with_min_stay(DAY)
            .with_cool_down(DAY)
            .with_hot_to_warm(AgeRule::ingest_time(DAY)),
    );
    let century = NOW.saturating_add(36_500 * DAY);
    let facts = [SegmentFacts {
        in_tier_since: century,
        copies_since: Some(century),
        last_access: Some(century),
        heat: Heat::new(500.0, century),
        ..segment(1, Tier::Cold, 90)
    }];
    assert_eq!(actions(&plan(&policy, &facts, NOW)), [(1, PROMOTE)]);
    // Nothing else happens to what claims to come from the future.
    let sealed = [segment(1, Tier::Hot, 0).with_ingested(century)];
    assert!(plan(&policy, &sealed, NOW).is_empty());
}
