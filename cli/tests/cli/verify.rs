//! Damage is found and named.

use serde_json::json;

use crate::support::{Place, run};

#[test]
fn a_whole_store_is_ok() {
    let place = Place::with_flights(&["--warm-budget", "8MiB"]);
    let report = place.on_store("verify", &["--json"]).json();
    assert_eq!(report["ok"], json!(true));
    assert_eq!(report["tables"], json!(1));
    assert_eq!(report["rows"], json!(336_776));
    assert!(report["segments"].as_u64().unwrap() >= 13);
    assert_eq!(report["problems"], json!([]));
    assert!(
        place
            .on_store("verify", &[])
            .ok()
            .starts_with("ok 336,776 rows in ")
    );
}

#[test]
fn a_truncated_or_flipped_file_of_either_tier_is_named() {
    for tier in ["warm", "cold"] {
        for damage in ["truncated", "flipped"] {
            let place = Place::with_airlines();
            place
                .on_store("move", &["--table", "airlines", "--all", "--to", tier])
                .ok();
            let segments = place.on_store("segments", &["--json"]).json();
            let path = segments[0]["path"].as_str().unwrap().to_owned();
            let file = place.files(&path).pop().unwrap();
            let mut bytes = std::fs::read(&file).unwrap();
            let middle = bytes.len() / 2;
            if damage == "flipped" {
                bytes[middle] ^= 4;
            } else {
                bytes.truncate(middle);
            }
            std::fs::write(&file, bytes).unwrap();

            let run = place.on_store("verify", &["--json"]);
            run.fails_with(&["1 problem found", "backup"]);
            let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
            assert_eq!(report["ok"], json!(false), "{tier} {damage}");
            assert_eq!(report["problems"][0]["table"], json!("airlines"));
            assert_eq!(report["problems"][0]["path"], json!(path));
            let text = place.on_store("verify", &[]);
            assert!(text.stdout.contains(&path), "{text:?}");
        }
    }
}

#[test]
fn damage_is_an_error_of_a_query_not_a_wrong_answer() {
    let place = Place::with_airlines();
    place
        .on_store("move", &["--table", "airlines", "--all", "--to", "warm"])
        .ok();
    let segments = place.on_store("segments", &["--json"]).json();
    let file = place
        .files(segments[0]["path"].as_str().unwrap())
        .pop()
        .unwrap();
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let run = run(["sql", &place.store(), "FROM airlines"]);
    run.fails_with(&[]);
}
