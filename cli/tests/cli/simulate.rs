//! Traces replayed by `simulate`, against numbers that were worked out by hand.

use serde_json::json;

use crate::support::{Place, Run, run};

/// A loop over five objects of 1 KiB, ten times.
fn a_loop() -> String {
    let lines = (0..50).map(|n| format!("{n},{},1024\n", n % 5));
    format!("time,object,size\n{}", lines.collect::<String>())
}

fn simulate(trace: &str, format: &str, more: &[&str]) -> Run {
    run(["simulate", "--trace", trace, "--format", format]
        .iter()
        .chain(more))
}

#[test]
fn the_json_has_every_policy_under_every_budget() {
    let place = Place::new();
    let trace = place.file("loop.csv", a_loop());
    let args = ["--policy", "lru,belady", "--budget", "4KiB,100%", "--json"];
    let seen = simulate(&trace, "csv", &args).json();
    let seen = seen.as_array().unwrap();
    let named: Vec<_> = seen
        .iter()
        .map(|o| {
            (
                o["policy"].as_str().unwrap(),
                o["budget_bytes"].as_u64().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("lru", 4_096),
        ("belady", 4_096),
        ("lru", 5_120),
        ("belady", 5_120),
    ];
    assert_eq!(named, expected);
    // A loop that is one object larger than the budget is LRU's worst case.
    assert_eq!(seen[0]["requests"], json!(50));
    assert_eq!(seen[0]["request_miss_ratio"], json!(1.0));
    assert_eq!(seen[0]["byte_miss_ratio"], json!(1.0));
    assert_eq!(seen[0]["bytes_moved"], json!(50 * 1024));
    assert_eq!(seen[0]["money"], json!(null));
    // With room for all, each is missed once.
    assert_eq!(seen[2]["request_miss_ratio"], json!(0.1));
    assert_eq!(seen[2]["bytes_moved"], json!(5 * 1024));
    assert_eq!(seen[2]["byte_misses_to_belady"], json!(1.0));
    let belady = seen[1]["request_miss_ratio"].as_f64().unwrap();
    assert!(belady < 0.4, "{belady}");
    let distance = seen[0]["request_misses_to_belady"].as_f64().unwrap();
    assert!((distance * belady - 1.0).abs() < 1e-9, "{distance}");
}

#[test]
fn oracle_general_says_the_same_as_csv() {
    let place = Place::new();
    let csv = place.file("loop.csv", a_loop());
    let mut records = Vec::new();
    for n in 0..50_u32 {
        records.extend(n.to_le_bytes());
        records.extend(u64::from(n % 5).to_le_bytes());
        records.extend(1024_u32.to_le_bytes());
        records.extend((-1_i64).to_le_bytes());
    }
    let oracle = place.file("loop.bin", records);
    let args = ["--budget", "25%,60%,4096", "--json"];
    let expected = simulate(&csv, "csv", &args).json();
    assert_eq!(expected.as_array().unwrap().len(), 3 * 13, "all policies");
    assert_eq!(simulate(&oracle, "oracle-general", &args).json(), expected);
}

#[test]
fn the_table_is_for_people_and_counts_money_by_a_price_list() {
    let place = Place::new();
    let trace = place.file("loop.csv", a_loop());
    let args = ["--policy", "lru", "--budget", "4KiB"];
    let table = simulate(&trace, "csv", &args).ok();
    assert!(table.starts_with("50 requests for 5 objects of 5.00 KiB; 50.0 KiB requested\n"));
    assert!(table.contains("100.00%") && !table.contains("money") && !table.contains("belady"));

    let prices = place.file("prices.json", r#"{"request": 0.25}"#);
    let args = [
        "--policy",
        "lru,belady",
        "--budget",
        "4KiB",
        "--prices",
        &prices,
    ];
    let table = simulate(&trace, "csv", &args).ok();
    assert!(
        table.contains("12.50") && table.contains("to belady"),
        "{table}"
    );
}

#[test]
fn the_plot_is_an_svg_with_a_line_for_each_policy() {
    let place = Place::new();
    let trace = place.file("loop.csv", a_loop());
    let plot = place.text("plot.svg");
    let args = [
        "--policy",
        "lru,2q",
        "--budget",
        "2KiB,4KiB",
        "--plot",
        &plot,
    ];
    simulate(&trace, "csv", &args).ok();
    let svg = std::fs::read_to_string(&plot).unwrap();
    assert!(
        svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"),
        "{svg}"
    );
    for word in ["lru", "2q", "budget", "KiB"] {
        assert!(svg.contains(word), "{word}");
    }
    assert!(!svg.contains("sieve"));
    assert_eq!(svg.matches("<circle").count(), 4);
}

#[test]
fn what_cannot_be_replayed_is_named() {
    let place = Place::new();
    let budget = &["--budget", "1KiB"][..];
    let bad = place.file("bad.csv", "1,2,3\n1,2\n");
    simulate(&bad, "csv", budget).fails_with(&["bad.csv", "line 2", "three fields"]);
    simulate(&bad, "oracle-general", budget).fails_with(&["bad.csv", "record 1"]);
    simulate(&bad, "thermocline", budget).fails_with(&["bad.csv", "not a trace"]);
    let empty = place.file("empty.csv", "time,object,size\n");
    simulate(&empty, "csv", budget).fails_with(&["empty.csv", "no requests"]);
    let missing = place.text("missing.csv");
    simulate(&missing, "csv", budget).fails_with(&["missing.csv", "no such file"]);
    simulate("/dev/null", "csv", budget).fails_with(&["/dev/null", "no ordinary file"]);
    let prices = place.file("prices.json", r#"{"request": -1}"#);
    let trace = place.file("loop.csv", a_loop());
    let args = ["--budget", "1KiB", "--prices", &prices];
    simulate(&trace, "csv", &args).fails_with(&["prices.json", "request"]);
    let nowhere = place.text("nowhere/plot.svg");
    let args = ["--budget", "1KiB", "--plot", &nowhere];
    simulate(&trace, "csv", &args).fails_with(&["plot.svg"]);
}
