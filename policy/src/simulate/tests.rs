//! Outcomes against numbers that were worked out by hand.

use super::{Outcome, Prices, Simulation, Summary, Survey};
use crate::{
    Timestamp,
    eviction::EvictionPolicy::{self, Belady, Gdsf, Lru, S3Fifo},
    trace::Request,
};

const GIB: u64 = 1 << 30;
/// A month of 730 hours.
const MONTH: i64 = 730 * 3_600 * 1_000_000;

fn survey(trace: &[Request]) -> Summary {
    let mut survey = Survey::with_future();
    trace.iter().for_each(|request| survey.push(request));
    survey.finish()
}

fn replay(trace: &[Request], policies: &[(EvictionPolicy, u64)], prices: Prices) -> Vec<Outcome> {
    let summary = survey(trace);
    let mut simulation = Simulation::new().with_prices(prices);
    for (policy, budget) in policies {
        simulation.add(*policy, *budget, &summary).unwrap();
    }
    trace.iter().for_each(|request| simulation.push(request));
    simulation.finish()
}

#[test]
fn misses_bytes_and_moves_are_counted_each_for_itself() {
    // LRU of 100: 1 and 2 come in, 1 hits, 3 drives both out, 4 is too large, 2 comes in again.
    let trace = [(1, 40), (2, 60), (1, 40), (3, 90), (4, 200), (2, 60)];
    let trace = trace.map(|(object, bytes)| Request::new(object, bytes));
    let summary = survey(&trace);
    assert_eq!(
        (
            summary.requests,
            summary.bytes,
            summary.objects,
            summary.footprint_bytes
        ),
        (6, 490, 4, 390)
    );
    let [lru] = &replay(&trace, &[(Lru, 100)], Prices::default())[..] else {
        panic!()
    };
    assert_eq!(
        (lru.policy, lru.budget_bytes, lru.requests, lru.hits),
        (Lru, 100, 6, 1)
    );
    assert_eq!(lru.request_miss_ratio, 5.0 / 6.0);
    assert_eq!((lru.bytes_requested, lru.bytes_missed), (490, 450));
    assert_eq!(lru.byte_miss_ratio, 450.0 / 490.0);
    assert_eq!(lru.bytes_moved, 40 + 60 + 90 + 60);
    assert_eq!(lru.request_misses_to_belady, None, "Belady was not asked");
}

#[test]
fn money_is_storage_over_time_requests_and_reads() {
    let trace = [
        // A GiB comes in and stays for half a month; a hit costs nothing.
        Request::new(1, GIB),
        Request::new(1, GIB).at(Timestamp(MONTH / 2)),
        // Another two for a month and a half; the clock jumps back in between.
        Request::new(2, 2 * GIB).at(Timestamp(MONTH / 2)),
        Request::new(2, 2 * GIB).at(Timestamp(0)),
        Request::new(1, GIB).at(Timestamp(2 * MONTH)),
    ];
    let prices = Prices::new(0.25, 0.5, 2.0).unwrap();
    let [lru] = &replay(&trace, &[(Lru, 3 * GIB)], prices)[..] else {
        panic!()
    };
    let money = lru.money.unwrap();
    assert_eq!(money.storage, (0.5 + 3.0 * 1.5) * 0.25);
    assert_eq!((money.requests, money.reads), (2.0 * 0.5, 3.0 * 2.0));
    assert_eq!(money.total, money.storage + 7.0);
}

#[test]
fn gdsf_goes_by_the_price_list() {
    // With a price for requests, the large object leaves; with one for bytes, the older.
    let mut trace = Vec::new();
    for object in [1, 2, 3] {
        trace.push(Request::new(object, if object == 2 { 60 } else { 30 }));
    }
    trace.push(Request::new(1, 30));
    trace.push(Request::new(2, 60));
    let hits = |prices| replay(&trace, &[(Gdsf, 100)], prices)[0].hits;
    assert_eq!(hits(Prices::new(0.0, 1.0, 0.0).unwrap()), 1, "1 stayed");
    assert_eq!(
        hits(Prices::new(0.0, 0.0, 1.0).unwrap()),
        0,
        "1 left, and then 2"
    );
    assert_eq!(
        hits(Prices::new(1.0, 0.0, 0.0).unwrap()),
        1,
        "misses are free"
    );
}

#[test]
fn the_distance_to_belady_is_under_the_same_budget() {
    let trace: Vec<_> = (0..60).map(|n| Request::new(n % 3, 10)).collect();
    let outcomes = replay(
        &trace,
        &[(Lru, 20), (Belady, 20), (Belady, 30), (Lru, 30), (Lru, 40)],
        Prices::default(),
    );
    // LRU misses all 60 of the loop. Belady keeps two of three: 3 and every third after.
    let belady = outcomes[1].requests - outcomes[1].hits;
    assert_eq!(outcomes[0].hits, 0);
    assert_eq!(
        outcomes[0].request_misses_to_belady,
        Some(60.0 / belady as f64)
    );
    assert_eq!(
        outcomes[0].byte_misses_to_belady,
        outcomes[0].request_misses_to_belady
    );
    assert_eq!(outcomes[1].request_misses_to_belady, Some(1.0));
    assert_eq!(outcomes[3].request_misses_to_belady, Some(1.0));
    assert_eq!(outcomes[4].request_misses_to_belady, None);
}

#[test]
fn a_trace_of_nothing_has_no_ratio_to_divide_by() {
    let outcomes = replay(&[], &[(S3Fifo, 10), (Belady, 10)], Prices::default());
    assert_eq!(outcomes[0].request_miss_ratio, 0.0);
    assert_eq!(outcomes[0].byte_miss_ratio, 0.0);
    assert_eq!(outcomes[0].byte_misses_to_belady, Some(1.0));
    let empty = replay(&[Request::new(1, 0)], &[(Lru, 10)], Prices::default());
    assert_eq!(empty[0].byte_miss_ratio, 0.0);
    assert_eq!(empty[0].request_miss_ratio, 1.0);
}

#[test]
fn huge_sizes_do_not_overflow_sums() {
    let trace = [Request::new(1, u64::MAX), Request::new(2, u64::MAX)];
    let outcomes = replay(&trace, &[(Lru, u64::MAX)], Prices::default());
    assert_eq!(outcomes[0].bytes_missed, u64::MAX);
    assert_eq!(outcomes[0].byte_miss_ratio, 1.0);
    assert_eq!(survey(&trace).footprint_bytes, u64::MAX);
    let far = [
        Request::new(1, 5).at(Timestamp(i64::MIN)),
        Request::new(1, 5).at(Timestamp(i64::MAX)),
    ];
    let prices = Prices::new(1.0, 0.0, 0.0).unwrap();
    let money = replay(&far, &[(Lru, 10)], prices)[0].money.unwrap();
    assert!(money.storage.is_finite() && money.storage > 0.0);
}

#[test]
fn belady_without_a_future_says_what_is_missing() {
    let error = Simulation::new()
        .add(Belady, 10, &Survey::new().finish())
        .unwrap_err();
    assert!(error.to_string().contains("future"), "{error}");
}

#[test]
fn impossible_prices_are_named() {
    for (json, name) in [
        (r#"{"request": -1}"#, "request"),
        (r#"{"gib_read": -0.5}"#, "gib_read"),
        (r#"{"egress": 1}"#, "egress"),
    ] {
        let error = serde_json::from_str::<Prices>(json)
            .unwrap_err()
            .to_string();
        assert!(error.contains(name), "{error}");
    }
    assert!(Prices::new(f64::NAN, 0.0, 0.0).is_err());
}

#[test]
fn an_outcome_has_the_documented_fields_in_json() {
    let trace = [Request::new(1, 10)];
    let outcome = &replay(&trace, &[(S3Fifo, 100)], Prices::default())[0];
    let json = serde_json::to_value(outcome).unwrap();
    for (field, value) in [
        ("policy", serde_json::json!("s3-fifo")),
        ("budget_bytes", 100.into()),
        ("requests", 1.into()),
        ("request_miss_ratio", 1.0.into()),
        ("byte_miss_ratio", 1.0.into()),
        ("bytes_moved", 10.into()),
    ] {
        assert_eq!(json[field], value, "{field}");
    }
}
