//! Files into tables.

use serde_json::json;

use crate::support::{Place, check_flights, data};

#[test]
fn flights_from_parquet_have_the_known_sums() {
    let place = Place::with_flights(&[]);
    check_flights(&place);
    let tables = place.on_store("tables", &["--json"]).json();
    assert_eq!(tables[0]["table"], "flights");
    assert_eq!(tables[0]["rows"], 336_776);
    assert_eq!(tables[0]["columns"].as_array().unwrap().len(), 19);
    let segments = place.on_store("segments", &["--json"]).json();
    let segments = segments.as_array().unwrap();
    assert!(segments.len() >= 13, "a segment for each month (UTC)");
    assert_eq!(
        segments
            .iter()
            .map(|s| s["rows"].as_u64().unwrap())
            .sum::<u64>(),
        336_776
    );
}

#[test]
fn every_format_gives_the_same_table() {
    let place = Place::with_airlines();
    for file in ["a.csv", "a.parquet", "a.arrow"] {
        let file = place.text(file);
        place.on_store("sql", &["FROM airlines", "-o", &file]).ok();
        place.on_store("ingest", &["--table", "copies", &file]).ok();
    }
    let names = place.sql("FROM airlines ORDER BY carrier");
    let lines: String = names
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{row}\n"))
        .collect();
    let lines = place.file("a.jsonl", lines);
    let out = place
        .on_store("ingest", &["--table", "copies", &lines])
        .ok();
    assert!(out.starts_with("copies: 16 rows from 1 file in "), "{out}");
    let counts = place.sql(
        "SELECT c.carrier, count(*) AS n FROM copies c JOIN airlines a USING (carrier, name) \
         GROUP BY ALL HAVING n <> 4",
    );
    assert_eq!(counts, json!([]));
    assert_eq!(
        place.sql("SELECT count(*) AS n FROM copies"),
        json!([{"n": 64}])
    );
}

#[test]
fn a_second_ingest_adds_to_the_table_by_column_names() {
    let place = Place::new();
    let first = place.file("1.csv", "id,name\n1,one\n2,two\n");
    let second = place.file("2.csv", "name,id\nthree,3\n");
    place
        .on_store("ingest", &["--table", "t", &first, &second])
        .ok();
    let rows = place.sql("FROM t ORDER BY id");
    let expected =
        json!([{"id": 1, "name": "one"}, {"id": 2, "name": "two"}, {"id": 3, "name": "three"}]);
    assert_eq!(rows, expected);
}

#[test]
fn sorting_and_partitions_take_hold() {
    let place = Place::new();
    let options = [
        "--table",
        "flights",
        "--partition-by",
        "origin, bucket(4, flight)",
        "--sort-by",
        "carrier,flight",
    ];
    let flights = data("flights.parquet");
    place
        .on_store("ingest", &[&options[..], &[flights.as_str()]].concat())
        .ok();
    check_flights(&place);
    let segments = place.on_store("segments", &["--json"]).json();
    let partitions: Vec<_> = segments
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["partition"].as_str().unwrap())
        .collect();
    assert_eq!(partitions.len(), 12, "{partitions:?}");
    assert!(
        partitions.iter().all(|p| p.starts_with("origin=")),
        "{partitions:?}"
    );
}

#[test]
fn a_failing_file_says_what_went_in_and_leaves_the_store_whole() {
    let place = Place::new();
    let good = place.file("good.csv", "id,name\n1,one\n2,two\n");
    let bad = place.file("bad.csv", "id,name\n3,three\nfour,4\n");
    let run = place.on_store("ingest", &["--table", "t", &good, &bad]);
    run.fails_with(&[
        "bad.csv",
        "line 3",
        "`id`",
        "`four`",
        "0 rows of it went in",
        "2 rows of",
        "good.csv",
    ]);
    assert_eq!(place.sql("SELECT count(*) AS n FROM t"), json!([{"n": 2}]));
    assert_eq!(
        place.on_store("verify", &["--json"]).json()["ok"],
        json!(true)
    );
}

#[test]
fn numbers_survive_to_the_last_digit() {
    let place = Place::new();
    let csv = place.file(
        "n.csv",
        "big,zip,none\n18446744073709551615,00501,NA\n0,90210,x\n",
    );
    place
        .on_store("ingest", &["--table", "n", "--null", "NA", &csv])
        .ok();
    let text = place
        .on_store("sql", &["FROM n ORDER BY zip", "--format", "json"])
        .ok();
    assert!(
        text.contains(r#"{"big":18446744073709551615,"zip":"00501","none":null}"#),
        "{text}"
    );
}
