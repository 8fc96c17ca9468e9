//! Policy, plan, apply and move.

use serde_json::{Value, json};

use crate::support::{Place, check_flights};

fn segments(place: &Place) -> Vec<Value> {
    place
        .on_store("segments", &["--table", "flights", "--json"])
        .json()
        .as_array()
        .unwrap()
        .clone()
}

fn tiers(place: &Place) -> Vec<String> {
    let mut tiers: Vec<_> = segments(place)
        .iter()
        .map(|s| s["tier"].as_str().unwrap().to_owned())
        .collect();
    tiers.sort();
    tiers.dedup();
    tiers
}

#[test]
fn answers_are_the_same_in_every_tier_and_mixture() {
    let place = Place::with_flights(&[]);
    for (args, expected) in [
        (&["--all", "--to", "warm"][..], &["warm"][..]),
        (
            &["--partition", "time_hour_month=2013-03", "--to", "cold"],
            &["cold", "warm"],
        ),
        (&["--all", "--to", "cold"], &["cold"]),
        (
            &["--partition", "time_hour_month=2013-07", "--to", "warm"],
            &["cold", "warm"],
        ),
        (&["--all", "--to", "cold"], &["cold"]),
        (&["--all", "--to", "hot"], &["cold"]),
    ] {
        place
            .on_store("move", &[&["--table", "flights"][..], args].concat())
            .ok();
        assert_eq!(tiers(&place), expected, "{args:?}");
        check_flights(&place);
    }
}

#[test]
fn a_segment_tells_where_it_is() {
    let place = Place::with_flights(&[]);
    place
        .on_store("move", &["--table", "flights", "--all", "--to", "cold"])
        .ok();
    let id = segments(&place)[0]["segment"].as_str().unwrap().to_owned();
    place
        .on_store(
            "move",
            &["--table", "flights", "--segment", &id, "--to", "warm"],
        )
        .ok();
    let all = segments(&place);
    let segment = all.iter().find(|s| s["segment"] == json!(id)).unwrap();
    assert_eq!(segment["table"], "flights");
    assert_eq!(segment["tier"], "warm");
    assert_eq!(segment["home"], "cold");
    assert_eq!(segment["copies"], json!(["warm"]));
    assert!(
        segment["partition"]
            .as_str()
            .unwrap()
            .starts_with("time_hour_month=")
    );
    assert!(segment["rows"].as_u64().unwrap() > 0 && segment["bytes"].as_u64().unwrap() > 0);
    let file = place.path("store").join(segment["path"].as_str().unwrap());
    assert!(
        file.is_file() && file.extension().unwrap() == "parquet",
        "{segment}"
    );
}

#[test]
fn a_plan_gives_reasons_and_apply_carries_it_out() {
    let place = Place::with_flights(&[]);
    assert!(place.on_store("plan", &[]).ok().contains("Nothing to move"));
    let policy = place
        .on_store("policy", &["--warm-budget", "8MiB", "--json"])
        .json();
    assert_eq!(policy["budgets"]["warm"]["bytes"], 8 << 20);

    let before = segments(&place);
    let plan = place.on_store("plan", &["--json"]).json();
    let moves = plan["moves"].as_array().unwrap().len();
    assert!(moves > 0, "{plan}");
    let text = place.on_store("plan", &[]).ok();
    assert!(
        text.contains("warm → cold") && text.contains("warm holds"),
        "{text}"
    );
    assert_eq!(segments(&place), before, "a plan moves nothing");

    assert!(
        place
            .on_store("apply", &[])
            .ok()
            .contains(&format!("{moves} moves done"))
    );
    assert_eq!(tiers(&place), ["cold", "warm"]);
    assert!(place.on_store("plan", &[]).ok().contains("Nothing to move"));
    check_flights(&place);
}

#[test]
fn budgets_given_to_ingest_settle_the_data_at_once() {
    let place = Place::with_flights(&["--hot-budget", "2MiB", "--warm-budget", "6MiB"]);
    assert_eq!(tiers(&place), ["cold", "warm"]);
    let text = place.on_store("policy", &[]).ok();
    assert!(
        text.contains("hot   2.00 MiB") && text.contains("warm  6.00 MiB"),
        "{text}"
    );
    check_flights(&place);
}

#[test]
fn zero_budgets_keep_nothing_there() {
    let place = Place::with_flights(&["--hot-budget", "0", "--warm-budget", "0"]);
    assert_eq!(tiers(&place), ["cold"]);
    check_flights(&place);
}

#[test]
fn rules_are_set_for_one_table_and_lifted_again() {
    let place = Place::with_flights(&[]);
    place
        .on_store(
            "policy",
            &["--table", "flights", "--cold-after", "90d", "--pin", "warm"],
        )
        .ok();
    let text = place.on_store("policy", &[]).ok();
    assert!(
        text.contains("table flights: to cold after 90 days of event time, never colder than warm"),
        "{text}"
    );
    place
        .on_store("policy", &["--table", "flights", "--pin", "none"])
        .ok();
    assert!(!place.on_store("policy", &[]).ok().contains("never colder"));
    // 2013 is long ago, but what has just come stays for an hour.
    place.on_store("apply", &[]).ok();
    assert_eq!(tiers(&place), ["warm"]);
    place
        .on_store("policy", &["--table", "flights", "--min-stay", "0s"])
        .ok();
    place.on_store("apply", &[]).ok();
    assert_eq!(tiers(&place), ["cold"]);
    place
        .on_store("policy", &["--table", "nothing", "--pin", "hot"])
        .fails_with(&["nothing", "flights"]);
}

#[test]
fn a_policy_goes_to_a_file_and_comes_back_from_it() {
    let place = Place::with_airlines();
    let rules = [
        "--warm-reads",
        "2",
        "--hot-reads",
        "8",
        "--cool-down",
        "2h",
        "--half-life",
        "12h",
    ];
    place.on_store("policy", &rules).ok();
    place
        .on_store("policy", &["--warm-budget", "1GiB", "--move-rate", "50MB"])
        .ok();
    let toml = place.on_store("policy", &["--toml"]).ok();
    let before = place.on_store("policy", &["--json"]).json();
    assert_eq!(
        before["default_rules"]["cold_to_warm"],
        json!({"promote_at": 2.0, "drop_below": 0.5})
    );
    assert_eq!(before["default_rules"]["cool_down"], "2h");
    assert_eq!(
        (&before["half_life"], &before["move_bytes_per_second"]),
        (&json!("12h"), &json!(50_000_000))
    );

    let other = Place::with_airlines();
    let file = other.file("policy.toml", &toml);
    assert_eq!(
        other
            .on_store("policy", &["--file", &file, "--json"])
            .json(),
        before
    );
    let wrong = other.file("wrong.toml", toml.replace("cool_down", "cool_dwon"));
    let run = other.on_store("policy", &["--file", &wrong]);
    run.fails_with(&["wrong.toml", "line", "`cool_dwon`", "`cool_down`"]);
    assert_eq!(
        other.on_store("policy", &["--json"]).json(),
        before,
        "nothing was set"
    );
    let backwards = ["--warm-after", "9d", "--cold-after", "1d"];
    other
        .on_store("policy", &backwards)
        .fails_with(&["the default rules", "1d", "9d"]);
}

#[test]
fn moving_what_is_not_there_is_said_so() {
    let place = Place::with_flights(&[]);
    let run = place.on_store(
        "move",
        &["--table", "flights", "--partition", "x=1", "--to", "cold"],
    );
    run.fails_with(&["x=1"]);
    place
        .on_store("move", &["--table", "cargo", "--all", "--to", "cold"])
        .fails_with(&["cargo"]);
    place
        .on_store("segments", &["--table", "cargo"])
        .fails_with(&["cargo", "flights"]);
}
