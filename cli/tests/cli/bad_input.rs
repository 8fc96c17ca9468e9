//! What cannot work: each its own clear error, nothing lost, nothing panics.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::json;

use crate::support::{Place, command, data, run};

#[test]
fn table_names_with_a_meaning_elsewhere_are_refused() {
    let place = Place::new();
    let csv = place.file("a.csv", "a\n1\n");
    for name in [
        "..",
        "a/b",
        "a\\b",
        "a\"b",
        "a'b",
        "t; DROP TABLE t",
        "",
        "a b",
        " ",
    ] {
        let run = place.on_store("ingest", &["--table", name, &csv]);
        run.fails_with(&["table name"]);
    }
    assert_eq!(place.on_store("tables", &["--json"]).json(), json!([]));
}

#[test]
fn a_file_that_is_not_its_format_makes_no_store() {
    let place = Place::new();
    for (name, content, words) in [
        (
            "a.parquet",
            "not parquet at all",
            &["a.parquet", "not a readable Parquet file"][..],
        ),
        (
            "b.arrow",
            "not arrow at all, not even a bit",
            &["b.arrow", "not a readable Arrow IPC file"],
        ),
        ("c.csv", "a,b\n1,2\n3\n", &["c.csv", "line 3"]),
        ("d.jsonl", "{\"a\": 1}\n{\"a\":", &["d.jsonl", "line 2"]),
        ("e.csv", "", &["e.csv", "empty"]),
        ("f.csv", "a,a\n1,2\n", &["f.csv", "two columns named `a`"]),
    ] {
        let file = place.file(name, content);
        place
            .on_store("ingest", &["--table", "t", &file])
            .fails_with(words);
    }
    let missing = place.text("missing.csv");
    place
        .on_store("ingest", &["--table", "t", &missing])
        .fails_with(&["missing.csv", "no such file"]);
    assert!(!place.path("store").exists());
}

#[test]
fn columns_that_do_not_fit_the_table_are_named() {
    let place = Place::with_airlines();
    for (content, words) in [
        (
            "carrier,name,since\nXX,New,2013\n",
            &["`since`", "carrier, name"][..],
        ),
        ("carrier,carrier\nXX,YY\n", &["two columns named `carrier`"]),
    ] {
        let file = place.file("a.csv", content);
        place
            .on_store("ingest", &["--table", "airlines", &file])
            .fails_with(words);
    }
    let weather = data("weather.parquet");
    place
        .on_store("ingest", &["--table", "airlines", &weather])
        .fails_with(&["weather.parquet", "no column"]);
    assert_eq!(
        place.sql("SELECT count(*) AS n FROM airlines"),
        json!([{"n": 16}])
    );
}

#[test]
fn options_that_name_no_column_are_refused() {
    let place = Place::new();
    let csv = place.file("a.csv", "a\n1\n");
    for (option, value) in [
        ("--sort-by", "b"),
        ("--partition-by", "b"),
        ("--partition-by", "month(a)"),
        ("--event-time", "a"),
    ] {
        let run = place.on_store("ingest", &["--table", "t", option, value, &csv]);
        run.fails_with(&[]);
        assert!(
            run.stderr.contains(if value == "b" { "`b`" } else { "a" }),
            "{run:?}"
        );
    }
}

#[test]
fn a_store_cannot_be_made_where_a_file_is() {
    let place = Place::new();
    let csv = place.file("a.csv", "a\n1\n");
    let run = run(["ingest", &csv, "--table", "t", &csv]);
    run.fails_with(&["a.csv"]);
    let below = format!("{csv}/store");
    crate::support::run(["ingest", &below, "--table", "t", &csv]).fails_with(&["a.csv"]);
}

#[test]
fn a_second_writer_is_refused_while_readers_go_on() {
    let place = Place::with_airlines();
    // The writer of the tour: fills `flights_again` until it is killed.
    let mut writer = command()
        .args(["tour-writer", &place.store()])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut receipts = BufReader::new(writer.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let mut acknowledged: u64 = receipts.next().unwrap().parse().unwrap();

    let csv = place.file("a.csv", "carrier,name\nXX,New\n");
    place
        .on_store("ingest", &["--table", "airlines", &csv])
        .fails_with(&["open for writing in process"]);
    place
        .on_store("move", &["--table", "airlines", "--all", "--to", "cold"])
        .fails_with(&["open for writing in process"]);

    let count = |place: &Place| {
        place.sql("SELECT count(*) AS n FROM flights_again")[0]["n"]
            .as_u64()
            .unwrap()
    };
    let seen = count(&place);
    // It appends the flights over and over, 2,048 rows at a time.
    let is_prefix = seen % 336_776 % 2_048 == 0;
    assert!(
        seen >= acknowledged && is_prefix,
        "{seen} is no prefix of whole batches"
    );
    for line in receipts.by_ref().take(10) {
        acknowledged = line.parse().unwrap();
    }
    assert!(count(&place) >= acknowledged);

    writer.kill().unwrap();
    writer.wait().unwrap();
    acknowledged = receipts
        .filter_map(|line| line.parse().ok())
        .last()
        .unwrap_or(acknowledged);
    assert!(
        count(&place) >= acknowledged,
        "killed, and every receipt holds"
    );
    place
        .on_store("ingest", &["--table", "airlines", &csv])
        .ok();
}
