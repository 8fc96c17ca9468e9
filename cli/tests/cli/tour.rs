//! The tour plays through, and says the same to people and to programs.

use serde_json::json;

use crate::support::{Place, check_flights, run};

#[test]
fn the_tours_object_has_the_known_numbers() {
    let tour = run(["tour", "--json"]).json();
    assert_eq!(tour["dir"], json!(null));
    assert_eq!(
        tour["ingest"]["rows"],
        336_776 + 26_115 + 3_322 + 1_458 + 16
    );
    let tiers = tour["tiers"].as_array().unwrap();
    assert_eq!(tiers.len(), 3);
    for (tier, flights) in tiers.iter().zip(tour["flights"].as_array().unwrap()) {
        assert!(tier["segments"].as_u64().unwrap() > 0, "{tier}");
        assert!(flights["rows"].as_u64().unwrap() > 0, "{flights}");
        assert_eq!(tier["tier"], flights["tier"]);
    }
    let rows: u64 = tour["flights"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["rows"].as_u64().unwrap())
        .sum();
    assert_eq!(rows, 336_776);
    assert!(
        tiers[2]["ratio_to_raw"].as_f64().unwrap() < 0.5,
        "{}",
        tiers[2]
    );

    let questions = tour["questions"].as_array().unwrap();
    assert!(questions.len() >= 5);
    let sums = json!([{"flights": 336_776, "miles": 350_217_607, "departed": 328_521}]);
    assert_eq!(questions[0]["rows"], sums);
    assert_eq!(questions[0]["tiers"], json!(["hot", "warm", "cold"]));
    assert_eq!(questions[1]["rows"][0]["airline"], "United Air Lines Inc.");
    assert_eq!(questions[1]["rows"][0]["flights"], 58_665);
    assert!(
        questions[5]["segments_ruled_out"].as_u64().unwrap() >= 11,
        "{}",
        questions[5]
    );

    assert_eq!(tour["crash"]["lost_rows"], 0);
    assert_eq!(tour["crash"]["contents_match"], true);
    assert_eq!(tour["crash"]["flights_intact"], true);
    assert!(tour["crash"]["acknowledged_rows"].as_u64().unwrap() >= 100_000);
    assert_eq!(tour["rewarm"]["same_answer"], true);
}

#[test]
fn the_tour_fits_a_screen_and_leaves_a_store_where_it_was_told() {
    let place = Place::new();
    let text = run(["tour", "--dir", &place.store()]).ok();
    for line in text.lines() {
        let is_path = line.contains(&place.store());
        assert!(
            is_path || line.chars().count() <= 100,
            "{} columns: {line}",
            line.chars().count()
        );
    }
    assert!(
        !text.contains('\u{1b}'),
        "no colours where there is no terminal"
    );
    for words in ["none lost", "336,776", "the same answer", "Next"] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    check_flights(&place);
    assert_eq!(
        place.on_store("verify", &["--json"]).json()["ok"],
        json!(true)
    );
    run(["tour", "--dir", &place.store()]).fails_with(&["a directory of its own"]);
}
