//! Money, with prices that can be added up by hand.

use super::*;
use crate::{AgeRule, CostRule, Heat, HeatRule, Reason, plan};

const GIB: u64 = 1 << 30;

/// A GiB costs 10 a month in warm and 1 in cold, where reading it costs 2.
fn prices() -> &'static str {
    "[prices.warm]\ngib_month = 10.0\n[prices.cold]\ngib_month = 1.0\ngib_read = 2.0\n"
}

fn policy(rest: &str) -> Policy {
    Policy::from_toml(&format!("half_life = \"30d\"\n{}{rest}", prices())).unwrap()
}

/// A segment of a GiB that is read whole so often a month of 730 hours.
fn gib(home: Tier, reads_a_month: f64) -> SegmentFacts {
    let heat = reads_a_month * 30.0 * 24.0 / 730.0 / std::f64::consts::LN_2;
    SegmentFacts::new(SegmentId(1), "t", home)
        .with_hot_bytes(GIB)
        .with_ingested(ago(90))
        .with_heat(Heat::new(heat * GIB as f64, NOW))
        .with_last_access(NOW)
}

const COST: &str = "[default_rules.cost]\n";

#[test]
fn a_warm_home_goes_to_cold_when_that_saves_a_fifth() {
    // Cold costs 1 + 2 × reads, warm 10: 8 at 3.5 reads.
    for (reads, moves) in [(0.0, 1), (3.49, 1), (3.51, 0), (20.0, 0)] {
        let plan = plan(&policy(COST), &[gib(Tier::Warm, reads)], NOW);
        assert_eq!(plan.moves.len(), moves, "{reads}");
    }
    let plan = plan(&policy(COST), &[gib(Tier::Warm, 1.0)], NOW);
    assert_eq!(actions(&plan), [(1, TO_COLD)]);
    let money = plan.money.unwrap();
    assert!(
        (money.before - 10.0).abs() < 1e-9 && (money.after - 3.0).abs() < 1e-9,
        "{money:?}"
    );
    assert!((plan.moves[0].money.unwrap() + 7.0).abs() < 1e-9);
    assert_eq!(
        plan.moves[0].reason.to_string(),
        "it costs 10.0000 a month, and 3.0000 there"
    );
}

#[test]
fn a_copy_comes_and_goes_with_what_reads_cost() {
    // Cold 1 + 2 × reads; with a copy 11, and 2 once: 1 + 2r > 13 / 0.8 from 7.625 reads on.
    for (reads, moves) in [(1.0, 0), (7.6, 0), (7.65, 1)] {
        let plan = plan(&policy(COST), &[gib(Tier::Cold, reads)], NOW);
        assert_eq!(plan.moves.len(), moves, "{reads}");
    }
    // The copy goes when 1 + 2r < 11 × 0.8, below 3.9 reads.
    for (reads, moves) in [(7.0, 0), (3.95, 0), (3.85, 1)] {
        let facts = [gib(Tier::Cold, reads).with_copy(Tier::Warm)];
        assert_eq!(
            plan(&policy(COST), &facts, NOW).moves.len(),
            moves,
            "{reads}"
        );
    }
}

#[test]
fn the_smallest_billed_size_and_time_keep_crumbs_and_the_short_lived_out_of_cold() {
    let crumbs = format!("min_billed_bytes = {}\n{COST}", 20 * GIB);
    assert!(plan(&policy(&crumbs), &[gib(Tier::Warm, 0.0)], NOW).is_empty());
    // Ten days are left, and a hundred are billed: ten times the price of cold.
    let short = format!(
        "min_billed_time = \"100d\"\n{COST}[default_rules.retention]\nclock = \"ingest_time\"\nolder_than = \"100d\""
    );
    assert!(plan(&policy(&short), &[gib(Tier::Warm, 0.0)], NOW).is_empty());
    let long = short.replace("older_than = \"100d\"", "older_than = \"900d\"");
    assert_eq!(
        plan(&policy(&long), &[gib(Tier::Warm, 0.0)], NOW)
            .moves
            .len(),
        1
    );
}

#[test]
fn a_latency_target_buys_a_copy_of_what_is_read() {
    let slow =
        format!("latency = \"100ms\"\nbytes_per_second = {GIB}\n{COST}max_read_time = \"1s\"\n");
    let first = plan(&policy(&slow), &[gib(Tier::Cold, 1.5)], NOW);
    assert_eq!(actions(&first), [(1, Action::Promote { to: Tier::Warm })]);
    // Two requests of 100 ms and a second for the GiB.
    assert_eq!(
        first.moves[0].reason,
        Reason::TooSlow {
            time: Duration::from_millis(1_200),
            limit: Duration::from_secs(1)
        }
    );
    let there = gib(Tier::Cold, 1.5).with_copy(Tier::Warm);
    assert!(
        plan(&policy(&slow), &[there], NOW).is_empty(),
        "it stays, whatever it costs"
    );
    assert!(plan(&policy(&slow), &[gib(Tier::Warm, 1.5)], NOW).is_empty());
    assert!(
        plan(&policy(&slow), &[gib(Tier::Cold, 0.5)], NOW).is_empty(),
        "nobody waits for it"
    );
    let fast = slow.replace("\"1s\"", "\"2s\"");
    assert!(plan(&policy(&fast), &[gib(Tier::Cold, 1.5)], NOW).is_empty());
}

#[test]
fn money_comes_last() {
    let mut with_age = policy(COST);
    with_age.default_rules.warm_to_cold = Some(AgeRule::ingest_time(365 * DAY));
    assert!(
        plan(&with_age, &[gib(Tier::Warm, 0.0)], NOW).is_empty(),
        "age decides"
    );
    let mut with_heat = policy(COST);
    with_heat.default_rules.cold_to_warm = Some(HeatRule::reads(1e6).unwrap());
    assert!(
        plan(&with_heat, &[gib(Tier::Cold, 99.0)], NOW).is_empty(),
        "heat decides"
    );
    let pinned = gib(Tier::Warm, 0.0).with_pin(Tier::Warm);
    assert!(plan(&policy(COST), &[pinned], NOW).is_empty());
    let new = gib(Tier::Warm, 0.0).with_ingested(NOW);
    assert!(
        plan(&policy(COST), &[new], NOW).is_empty(),
        "it stays for its hour"
    );
    let small = crate::Budget::of(GIB / 2);
    let full = policy(COST).with_warm_budget(small);
    assert!(
        plan(&full, &[gib(Tier::Cold, 99.0)], NOW).is_empty(),
        "there is no room"
    );
}

#[test]
fn at_constant_prices_nothing_goes_back_and_forth() {
    for home in [Tier::Warm, Tier::Cold] {
        for tenths in 0..200 {
            let mut facts = vec![gib(home, f64::from(tenths) / 10.0)];
            let mut moves = 0;
            for days in 0..20 {
                let now = NOW.saturating_add(DAY * days);
                let heat = facts[0].heat.bytes_at(NOW, Policy::default().half_life);
                // Read on as before.
                facts[0].heat = Heat::new(heat, now);
                let plan = plan(&policy(COST), &facts, now);
                moves += plan.moves.len();
                facts = apply(&facts, &plan, now);
                facts[0].heat = Heat::new(heat, NOW);
            }
            assert!(moves <= 1, "{home} {tenths}: {moves}");
        }
    }
}

#[test]
fn impossible_prices_and_rules_are_named() {
    for (text, words) in [
        ("[prices.cold]\ngib_month = -1.0", &["gib_month", "-1"][..]),
        (
            "[prices.cold]\negress = 1.0",
            &["line 2", "egress", "gib_read"],
        ),
        ("[prices.lukewarm]\n", &["line 1", "lukewarm"]),
        (
            "[default_rules]\ncost = { saving = 1.5 }",
            &["line 2", "1.5"],
        ),
        (
            "[default_rules]\ncost = { saving = 0.1 }",
            &["default rules", "price"],
        ),
    ] {
        let error = Policy::from_toml(text).unwrap_err().to_string();
        for word in words {
            assert!(error.contains(word), "`{word}` is not in {error:?}");
        }
    }
    let _ = CostRule::default();
}
