use std::time::Duration;

use super::*;
use crate::{AgeRule, Budget, Heat, HeatRule};

const DAY: Duration = Duration::from_secs(86_400);
const NOW: Timestamp = Timestamp(1_700_000_000_000_000);

fn segment(home: Tier) -> SegmentFacts {
    SegmentFacts::new(SegmentId(1), "t", home)
        .with_hot_bytes(100)
        .with_ingested(NOW.saturating_sub(3 * DAY))
}

fn rules() -> TableRules {
    TableRules::default()
        .with_hot_to_warm(AgeRule::ingest_time(7 * DAY))
        .with_warm_to_cold(AgeRule::ingest_time(30 * DAY))
        .with_cold_to_warm(HeatRule::reads(2.0).unwrap())
        .with_retention(AgeRule::ingest_time(365 * DAY))
}

fn lines(policy: &Policy, facts: SegmentFacts) -> Vec<String> {
    let text = explain(policy, &[facts], SegmentId(1), NOW)
        .unwrap()
        .to_string();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn it_names_the_rules_that_hold_and_when_they_end() {
    let policy = Policy::default()
        .with_default_rules(rules())
        .with_hot_budget(Budget::of(1_000));
    let text = lines(&policy, segment(Tier::Hot));
    assert_eq!(
        text[1..],
        [
            "stays: hot holds 100 B, and lets go above 900 B",
            "stays: its age by ingest time is 3 days, and the limit 7 days",
            "would move: hot → warm, when it is older than 7 days by ingest time, in 4 days",
            "would move: hot → warm, when its turn comes after hot holds more than 900 B (it holds 100 B)",
            "would move: forget, when it is older than 365 days by ingest time, in 362 days",
        ]
    );
}

#[test]
fn what_it_says_of_the_future_comes_true() {
    let policy = Policy::default().with_default_rules(rules());
    let copy = segment(Tier::Cold)
        .with_copy(Tier::Warm)
        .with_heat(Heat::new(400.0, NOW))
        .with_last_access(NOW);
    for facts in [segment(Tier::Hot), segment(Tier::Warm), copy] {
        let told = explain(&policy, std::slice::from_ref(&facts), SegmentId(1), NOW).unwrap();
        assert_eq!(told.next, None);
        let soonest = told
            .would_move
            .iter()
            .filter_map(|outlook| match outlook.when {
                When::Older { wait, .. } | When::ReadSeldom { wait, .. } => {
                    Some((wait, outlook.action))
                }
                _ => None,
            });
        let (wait, action) = soonest.min_by_key(|(wait, _)| *wait).unwrap();
        let second = Duration::from_secs(1);
        let early = NOW.saturating_add(wait.saturating_sub(second));
        assert!(plan(&policy, std::slice::from_ref(&facts), early).is_empty());
        let late = NOW.saturating_add(wait + second);
        let moves = plan(&policy, std::slice::from_ref(&facts), late).moves;
        assert_eq!(moves.iter().map(|m| m.action).collect::<Vec<_>>(), [action]);
    }
}

#[test]
fn pins_holds_and_waits_come_first() {
    let policy = Policy::default().with_default_rules(rules());
    let pinned = SegmentFacts {
        hold: true,
        ..segment(Tier::Warm).with_pin(Tier::Warm)
    };
    assert_eq!(
        lines(&policy, pinned)[1..],
        [
            "stays: it is on hold, and not forgotten whatever its age",
            "stays: it is pinned to warm",
        ]
    );
    let new = segment(Tier::Warm).with_ingested(NOW);
    assert_eq!(
        lines(&policy, new)[1],
        "stays: it came lately; all but budgets leaves it there for another 1 hour"
    );
}

#[test]
fn a_move_that_is_due_is_told_as_the_plan_tells_it() {
    let policy = Policy::default().with_default_rules(rules());
    let read = segment(Tier::Cold).with_heat(Heat::new(250.0, NOW));
    let told = explain(&policy, std::slice::from_ref(&read), SegmentId(1), NOW).unwrap();
    assert_eq!(told.next, plan(&policy, &[read], NOW).moves.pop());
    assert!(
        told.to_string()
            .contains("moves now: copy to warm, because it was read 2.50 times")
    );
    let json = serde_json::to_value(&told).unwrap();
    assert_eq!(json["would_move"][0]["action"], "promote");
    assert_eq!(json["would_move"][0]["when"]["rule"], "read_often");
    assert_eq!(serde_json::from_value::<Explanation>(json).unwrap(), told);
}

#[test]
fn a_segment_that_nobody_knows_is_not_explained() {
    assert_eq!(explain(&Policy::default(), &[], SegmentId(1), NOW), None);
}
