//! Explain, pin, hold and trace.

use serde_json::{Value, json};

use crate::support::Place;

fn segments(place: &Place) -> Vec<Value> {
    let segments = place
        .on_store("segments", &["--table", "flights", "--json"])
        .json();
    segments.as_array().unwrap().clone()
}

/// The tiers of one month's segments, and of all others.
fn tiers(place: &Place, month: &str) -> (Vec<String>, Vec<String>) {
    let (mut of, mut others) = (Vec::new(), Vec::new());
    for segment in segments(place) {
        let text = |name: &str| {
            segment
                .get(name)
                .and_then(Value::as_str)
                .unwrap()
                .to_owned()
        };
        if text("partition").ends_with(month) {
            of.push(text("tier"));
        } else {
            others.push(text("tier"));
        }
    }
    for tiers in [&mut of, &mut others] {
        tiers.sort();
        tiers.dedup();
    }
    (of, others)
}

const MARCH: [&str; 4] = [
    "--table",
    "flights",
    "--partition",
    "time_hour_month=2013-03",
];

fn with(args: &[&'static str]) -> Vec<&'static str> {
    [&MARCH[..], args].concat()
}

#[test]
fn a_pinned_partition_stays_until_it_is_unpinned() {
    let place = Place::with_flights(&[]);
    let text = place.on_store("pin", &with(&["--to", "warm"])).ok();
    assert_eq!(
        text,
        "partition `time_hour_month=2013-03` of flights is pinned to warm\n"
    );
    place.on_store("policy", &["--warm-budget", "0"]).ok();
    place.on_store("apply", &[]).ok();
    let (warm, cold) = (vec!["warm".to_owned()], vec!["cold".to_owned()]);
    assert_eq!(tiers(&place, "2013-03"), (warm, cold.clone()));

    let all = segments(&place);
    let pinned = all
        .iter()
        .find(|s| s["partition"].as_str().unwrap().ends_with("2013-03"))
        .unwrap();
    let id = pinned["segment"].as_str().unwrap();
    let text = place.on_store("explain", &[id]).ok();
    assert!(text.contains("stays: it is pinned to warm"), "{text}");
    let explained = place.on_store("explain", &[id, "--json"]).json();
    assert_eq!(
        explained["held_by"],
        json!([{"rule": "pin", "tier": "warm"}])
    );
    assert_eq!(
        (&explained["tier"], &explained["next"]),
        (&json!("warm"), &Value::Null)
    );

    let object = place.on_store("unpin", &with(&["--json"])).json();
    assert_eq!(
        (&object["table"], &object["moves"]),
        (&json!("flights"), &json!(1))
    );
    let done = place.on_store("apply", &["--json"]).json();
    assert_eq!(done["done"][0]["segment"], json!(id));
    assert_eq!(
        (&done["done"][0]["action"]["to"], &done["left"]),
        (&json!("cold"), &json!(0))
    );
    assert_eq!(tiers(&place, "2013-03"), (cold.clone(), cold));
    place
        .on_store("unpin", &MARCH)
        .fails_with(&["time_hour_month=2013-03", "not pinned"]);
}

#[test]
fn a_hold_stops_retention_until_it_is_released() {
    let place = Place::with_flights(&[]);
    let march = place.sql(
        "SELECT count(*) AS n FROM flights WHERE time_hour >= TIMESTAMP '2013-03-01' AND time_hour < \
         TIMESTAMP '2013-04-01'",
    );
    assert_ne!(march, json!([{"n": 0}]));
    place.on_store("hold", &MARCH).ok();
    place.on_store("policy", &["--forget-after", "365d"]).ok();
    place.on_store("apply", &[]).ok();
    assert_eq!(place.sql("SELECT count(*) AS n FROM flights"), march);
    place.on_store("release", &MARCH).ok();
    place.on_store("apply", &[]).ok();
    assert_eq!(
        place.sql("SELECT count(*) AS n FROM flights"),
        json!([{"n": 0}])
    );
    place
        .on_store("release", &MARCH)
        .fails_with(&["not on hold"]);
}

#[test]
fn a_segment_is_explained_by_its_rules_and_one_that_is_not_there_is_named() {
    let place = Place::with_flights(&[]);
    place
        .on_store(
            "policy",
            &["--cold-after", "36500d", "--warm-budget", "1GiB"],
        )
        .ok();
    let id = segments(&place)[0]["segment"].as_str().unwrap().to_owned();
    let text = place.on_store("explain", &[&id]).ok();
    for words in [
        &id,
        "is warm",
        "lets go above 921.6 MiB",
        "the limit 36500 days",
        "would move: warm → cold, when",
    ] {
        assert!(text.contains(words), "`{words}` is not in {text}");
    }
    let nobody = "00000000-0000-0000-0000-000000000000";
    place
        .on_store("explain", &[nobody])
        .fails_with(&[nobody, "list them"]);
    let run = place.on_store("explain", &["seven"]);
    assert!(run.code == 2 && run.stderr.contains("seven"), "{run:?}");
}

#[test]
fn what_sql_reads_often_comes_back_from_cold() {
    let place = Place::with_flights(&["--hot-budget", "0", "--warm-budget", "0"]);
    place
        .on_store(
            "policy",
            &[
                "--warm-budget",
                "1GiB",
                "--warm-reads",
                "1.5",
                "--cool-down",
                "0s",
            ],
        )
        .ok();
    let report = "SELECT * FROM flights WHERE time_hour >= TIMESTAMP '2013-03-01' AND time_hour < TIMESTAMP '2013-03-31'";
    place.on_store("sql", &[report, "--format", "csv"]).ok();
    assert!(
        place.on_store("plan", &[]).ok().contains("Nothing to move"),
        "once is not often"
    );
    place.on_store("sql", &[report, "--format", "csv"]).ok();
    let plan = place.on_store("plan", &[]).ok();
    assert!(
        plan.contains("copy to warm") && plan.contains("it was read 2.00 times lately"),
        "{plan}"
    );
    place.on_store("apply", &[]).ok();
    assert_eq!(
        tiers(&place, "2013-03"),
        (vec!["warm".to_owned()], vec!["cold".to_owned()])
    );
}

#[test]
fn reads_are_recorded_from_start_to_stop_and_exported() {
    let place = Place::with_flights(&[]);
    let store = place.store();
    let trace =
        |what: &str, args: &[&str]| crate::support::run([&["trace", what, &store], args].concat());
    let (file, csv) = (place.text("reads.trace"), place.text("reads.csv"));
    trace("stop", &[]).fails_with(&["no accesses are recorded", "start"]);
    trace("export", &["-o", &file]).fails_with(&["no accesses are recorded yet", "trace start"]);
    assert_eq!(
        trace("start", &["--json"]).json(),
        json!({"recording": true})
    );
    trace("start", &[]).fails_with(&["already"]);
    for _ in 0..3 {
        place.sql("SELECT sum(distance) FROM flights WHERE time_hour < TIMESTAMP '2013-02-15'");
    }
    assert_eq!(
        trace("stop", &["--json"]).json(),
        json!({"recording": false, "requests": 6})
    );
    place.sql("SELECT sum(distance) FROM flights");
    assert!(
        trace("export", &["-o", &file])
            .ok()
            .starts_with("6 reads written to ")
    );
    assert!(std::fs::read(&file).unwrap().starts_with(b"TCTR"));
    let object = trace("export", &["-o", &csv, "--format", "csv", "--json"]).json();
    assert_eq!(object["requests"], 6);
    let text = std::fs::read_to_string(&csv).unwrap();
    let lines: Vec<Vec<&str>> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').collect())
        .collect();
    let mut objects: Vec<_> = lines.iter().map(|line| (line[1], line[2])).collect();
    objects.sort();
    objects.dedup();
    assert_eq!(
        (lines.len(), objects.len()),
        (6, 2),
        "January and February: {text}"
    );
    let times: Vec<f64> = lines.iter().map(|line| line[0].parse().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn a_budget_evicts_by_the_policy_that_it_was_given() {
    let place = Place::with_flights(&[]);
    let nothing_to_leave = place.on_store("policy", &["--warm-eviction", "lru"]);
    nothing_to_leave.fails_with(&["warm has no budget", "--warm-budget"]);
    let args = ["--warm-budget", "1GiB", "--warm-eviction", "gdsf"];
    let text = place.on_store("policy", &args).ok();
    assert!(text.contains("gdsf says what leaves"), "{text}");
    // Another size leaves the rest as it was.
    let args = ["--warm-budget", "1MiB", "--json"];
    let policy = place.on_store("policy", &args).json();
    assert_eq!(policy["budgets"]["warm"]["eviction"], "gdsf");
    let plan = place.on_store("plan", &["--json"]).json();
    let moves = plan["moves"].as_array().unwrap();
    assert!(!moves.is_empty());
    for proposed in moves {
        assert_eq!(proposed["reason"]["choice"], json!({"evicted": "gdsf"}));
    }
    let belady = place.on_store("policy", &["--warm-eviction", "belady"]);
    belady.fails_with(&["has to know the future"]);
}
