//! A cold tier elsewhere.

use serde_json::json;

use crate::support::{Place, check_flights, run};

/// Budgets under which most rows go cold.
const SMALL: [&str; 4] = ["--hot-budget", "1MiB", "--warm-budget", "1MiB"];

#[test]
fn the_cold_tier_is_named_once_and_then_remembered() {
    let cold = Place::new();
    let archive = cold.text("archive");
    let place = Place::with_flights(&[&["--cold", archive.as_str()], &SMALL[..]].concat());
    assert!(!cold.files_in("archive", ".parquet").is_empty());
    assert!(!place.path("store/cold").exists());
    check_flights(&place);
    let other = cold.text("other");
    place
        .on_store("ingest", &["--table", "f", "--cold", &other, &other])
        .fails_with(&[&archive, &other]);
}

#[test]
fn a_tour_with_its_cold_tier_elsewhere_needs_a_store_that_stays() {
    let tour = run(["tour", "--cold", "/nowhere"]);
    assert_eq!(tour.code, 2);
    assert!(tour.stderr.contains("--dir"), "{tour:?}");
}

#[test]
fn secrets_are_not_taken_from_the_command_line() {
    let place = Place::new();
    let option = "secret_access_key=made-up";
    let args = [
        "--table",
        "t",
        "--cold",
        "s3://b",
        "--cold-option",
        option,
        "f",
    ];
    let refused = place.on_store("ingest", &args);
    assert_eq!(refused.code, 2);
    assert!(
        refused.stderr.contains("AWS_SECRET_ACCESS_KEY"),
        "{refused:?}"
    );
}

#[cfg(feature = "s3")]
#[test]
fn the_tour_plays_with_its_cold_tier_on_s3() {
    let Some(cold) = thermocline_testing::extras::place("tour") else {
        return;
    };
    let place = Place::new();
    let tour = run(["tour", "--json", "--dir", &place.store(), "--cold", &cold]).json();
    assert_eq!(
        tour["questions"][0]["tiers"],
        json!(["hot", "warm", "cold"])
    );
    assert!(tour["tiers"][2]["segments"].as_u64().unwrap() > 0);
    assert_eq!(tour["crash"]["lost_rows"], 0);
    let rows = place.sql("SELECT count(*) AS n FROM flights");
    assert_eq!(rows, json!([{"n": 336_776}]));
}
