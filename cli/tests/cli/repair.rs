//! Damage is repaired as far as that goes, and what is gone is named.

use serde_json::json;

use crate::support::Place;

/// Flips a bit in the middle of every segment file of a tier.
fn damage(place: &Place, ending: &str) {
    let files = place.files(ending);
    assert!(!files.is_empty(), "there is no {ending}");
    for file in files {
        let mut bytes = std::fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        *bytes.get_mut(middle).unwrap() ^= 4;
        std::fs::write(&file, bytes).unwrap();
    }
}

#[test]
fn a_whole_store_needs_no_repair() {
    let place = Place::with_airlines();
    let text = place.on_store("repair", &[]).ok();
    assert!(
        text.starts_with("ok nothing to repair in 1 segment"),
        "{text}"
    );
}

#[test]
fn a_damaged_copy_is_dropped_and_nothing_is_lost() {
    let place = Place::with_airlines();
    for tier in ["cold", "warm"] {
        place
            .on_store("move", &["--table", "airlines", "--all", "--to", tier])
            .ok();
    }
    let rows = || place.sql("SELECT count(*) AS n, max(name) AS last FROM airlines");
    let before = rows();
    damage(&place, ".arrow");
    assert_eq!(rows(), before, "the home is read instead");
    let report = place.on_store("repair", &["--json"]).json();
    assert_eq!(
        (&report["ok"], &report["rows_lost"]),
        (&json!(true), &json!(0))
    );
    assert_eq!(
        report["repairs"][0]["done"],
        json!({"action": "copy_dropped"})
    );
    assert_eq!(
        place.on_store("verify", &["--json"]).json()["ok"],
        json!(true)
    );
    assert_eq!(rows(), before);
}

#[test]
fn a_segment_without_an_intact_copy_is_set_aside_and_named() {
    let place = Place::with_airlines();
    place
        .on_store("move", &["--table", "airlines", "--all", "--to", "cold"])
        .ok();
    damage(&place, ".parquet");
    let run = place.on_store("repair", &["--json"]);
    run.fails_with(&["16 rows gone", "backup"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let done = &report["repairs"][0]["done"];
    assert_eq!(
        (&done["action"], &done["rows"]),
        (&json!("set_aside"), &json!(16))
    );
    let kept = done["kept"].as_str().unwrap();
    assert!(std::path::Path::new(kept).exists(), "{kept}");
    assert_eq!(
        place.on_store("verify", &["--json"]).json()["ok"],
        json!(true)
    );
    let text = place.on_store("repair", &[]).ok();
    assert!(text.starts_with("ok nothing to repair"), "{text}");
}
