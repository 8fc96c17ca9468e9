//! Files into cold tables without a store, and what is done with those.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Place, Run, command, data, run};

/// The rows of flights, by month of departure.
const BY_MONTH: &str = "month(time_hour)";

/// The output of a command that says on standard error that it saw cold rows only.
#[track_caller]
fn cold(run: Run) -> String {
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
    assert!(run.stderr.starts_with("note: cold rows only"), "{run:?}");
    run.stdout
}

fn sql(url: &str, query: &str, more: &[&str]) -> Value {
    let args = ["sql", url, query, "--format", "json"];
    serde_json::from_str(&cold(run(args.iter().chain(more)))).unwrap()
}

fn archive(url: &str, more: &[&str]) -> Run {
    run(["archive", "--to", url, "--json"].iter().chain(more))
}

#[test]
fn flights_are_archived_listed_asked_exported_and_restored() {
    let place = Place::new();
    let url = place.text("lake");
    let flights = data("flights.parquet");
    let args = [
        "--table",
        "flights",
        "--partition-by",
        BY_MONTH,
        "--sort-by",
        "carrier",
    ];
    let args = [&args[..], &["--memory", "16MiB", &flights]].concat();
    let done = archive(&url, &args).json();
    assert_eq!(
        (&done["rows"], &done["rows_before"]),
        (&json!(336_776), &json!(0))
    );
    assert!(done["chunks"].as_u64().unwrap() > 4, "{done}");
    archive(&url, &["--table", "airlines", &data("airlines.parquet")]).ok();

    let listed = run(["ls", &url, "--json"]).json();
    assert_eq!(listed[1]["table"], "flights");
    assert_eq!(listed[1]["rows"], 336_776);
    assert_eq!(listed[1]["partition_by"], "month(time_hour)");
    assert_eq!(listed[0]["rows"], 16);
    assert_eq!(run(["ls", &url]).ok().lines().count(), 2 + 2);
    let months = run(["ls", &url, "--table", "flights", "--json"]).json();
    let january = &months[0];
    assert_eq!(january["partition"], "time_hour_month=2013-01");

    // What everybody knows of the flights, and a join.
    let query = "SELECT count(*) AS n, sum(distance) AS miles, count(dep_delay) AS departed \
                 FROM flights JOIN airlines USING (carrier)";
    let expected = json!([{"n": 336_776, "miles": 350_217_607, "departed": 328_521}]);
    assert_eq!(sql(&url, query, &[]), expected);
    // A version is less, and is named where there is one table.
    let one = place.text("lake/flights");
    let some = sql(&one, "SELECT count(*) AS n FROM flights", &["--as-of", "1"]);
    assert!(some[0]["n"].as_u64().unwrap() < 336_776, "{some}");
    run(["sql", &one, "SELECT 1", "--as-of", "99"]).fails_with(&["version 99", "newest"]);
    run(["sql", &url, "SELECT 1", "--as-of", "1"]).fails_with(&["2 tables", "time"]);
    let long_ago = ["--as-of", "1999-01-01"];
    let past = run(["sql", &one, "FROM flights"].iter().chain(&long_ago));
    assert_eq!(past.code, 1, "{past:?}");
    assert!(past.stderr.contains("there are no tables"), "{past:?}");

    let file = place.text("ua.parquet");
    let args = ["export", &url, "--table", "flights", "-o", &file];
    cold(run(args
        .iter()
        .chain(&["--where", "carrier = 'UA' -- all of them"])));
    place.on_store("ingest", &["--table", "ua", &file]).ok();
    assert_eq!(
        place.sql("SELECT count(*) AS n FROM ua"),
        json!([{"n": 58_665}])
    );
    run(["export", &url, "--table", "trains", "-o", &file]).fails_with(&["`trains`", "`flights`"]);

    let copy = place.text("copy");
    cold(run(["restore", &url, &copy]));
    let known = run(["sql", &copy, query, "--format", "json"]).json();
    assert_eq!(known, expected);
    run(["restore", &url, &copy]).fails_with(&["copy", "empty"]);
    // Nothing is left beside it.
    let names = std::fs::read_dir(place.path("copy").parent().unwrap()).unwrap();
    let hidden = names.filter(|name| {
        let name = name.as_ref().unwrap().file_name();
        name.to_str().unwrap().starts_with(".thermocline")
    });
    assert_eq!(hidden.count(), 0);
}

#[test]
fn the_same_files_are_archived_once() {
    let place = Place::new();
    let url = place.text("lake");
    let first = place.file("a.csv", "id,name\n1,a\n2,b\n");
    let second = place.file("b.csv", "id,name\n3,c\n");
    let args = ["--table", "t", first.as_str(), second.as_str()];
    assert_eq!(archive(&url, &args).json()["rows"], 3);
    let again = archive(&url, &args).json();
    assert_eq!(
        (&again["rows"], &again["rows_before"]),
        (&json!(0), &json!(3))
    );
    let said = run(["archive", "--to", &url].iter().chain(&args)).ok();
    assert!(said.contains("archived already"), "{said}");
    // Another job is another matter, and so is a file that has changed.
    let named = [&["--job", "again"][..], &args].concat();
    assert_eq!(archive(&url, &named).json()["rows"], 3);
    let second = place.file("b.csv", "id,name\n4,d\n5,e\n");
    assert_eq!(archive(&url, &["--table", "t", &second]).json()["rows"], 2);
    let sum = sql(&url, "SELECT count(*) AS n, sum(id) AS s FROM t", &[]);
    assert_eq!(sum, json!([{"n": 8, "s": 21}]));
}

#[test]
fn an_archival_that_is_killed_goes_on_where_the_table_stands() {
    let place = Place::new();
    let url = place.text("lake");
    let flights = data("flights.parquet");
    let args = ["archive", "--to", &url, "--json", "--table", "flights"];
    let args = [
        &args[..],
        &["--partition-by", BY_MONTH, "--memory", "4MiB", &flights],
    ]
    .concat();
    let mut kills = 0;
    let mut before = 0;
    loop {
        let mut child = command()
            .args(&args)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Until it has made a version or two.
        let commits = place.path("lake/flights/_delta_log");
        let count = || std::fs::read_dir(&commits).map_or(0, Iterator::count);
        while count() < before + 3 && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(2));
        }
        before = count();
        if child
            .try_wait()
            .unwrap()
            .is_some_and(|status| status.success())
        {
            break;
        }
        child.kill().unwrap();
        if !child.wait().unwrap().success() {
            kills += 1;
        }
        if kills == 4 {
            break;
        }
    }
    assert!(kills > 1, "{kills}");
    let last = run(&args).json();
    assert!(last["rows_before"].as_u64().unwrap() > 0, "{last}");
    let query = "SELECT count(*) AS n, count(DISTINCT (flight, carrier, time_hour, tailnum, \
                 dep_time, origin, dest)) AS d, sum(distance) AS miles FROM flights";
    let found = sql(&url, query, &[]);
    assert_eq!(found[0]["n"], 336_776);
    assert_eq!(found[0]["miles"], 350_217_607);
    // No file is there that the table does not have.
    let listed = run(["ls", &url, "--json"]).json();
    let files = place.files_in("lake", ".parquet");
    let data = files
        .iter()
        .filter(|f| !f.to_str().unwrap().contains("_delta_log"));
    assert_eq!(data.count() as u64, listed[0]["files"].as_u64().unwrap());
}

#[test]
fn a_store_shows_its_cold_past() {
    let small = ["--hot-budget", "1MiB", "--warm-budget", "1MiB"];
    let place = Place::with_flights(&small);
    let store = place.store();
    let now = sql(
        &store,
        "SELECT count(*) AS n FROM flights",
        &["--as-of", "2999-01-01"],
    );
    let listed = run(["ls", &place.text("store/cold"), "--json"]).json();
    assert_eq!(now[0]["n"], listed[0]["rows"]);
    assert!(now[0]["n"].as_u64().unwrap() < 336_776, "{now}");
    assert_eq!(listed[0]["table"], "flights");
    assert!(!listed[0]["store"].is_null());
    // Only the store adds to its tables.
    let file = data("flights.parquet");
    archive(&place.text("store/cold"), &["--table", "flights-1", &file])
        .fails_with(&["flights-1", "store"]);
    archive(&place.text("store/cold"), &["--table", "other", &file]).fails_with(&["store"]);
}

#[test]
fn bad_places_and_files_are_told_apart() {
    let place = Place::new();
    let csv = place.file("a.csv", "id\n1\n");
    let url = place.text("lake");
    archive("ftp://host/x", &["--table", "t", &csv]).fails_with(&["ftp://host/x", "scheme"]);
    archive(&url, &["--table", "t", &place.text("none.csv")]).fails_with(&["none.csv"]);
    archive(&url, &["--table", "a/b", &csv]).fails_with(&["a/b", "table name"]);
    archive(&url, &["--table", "t", "--job", "a/b", &csv]).fails_with(&["a/b", "job"]);
    archive(&url, &["--table", "t", &csv]).ok();
    let other = place.file("b.csv", "name\nx\n");
    archive(&url, &["--table", "t", &other]).fails_with(&["name"]);
    archive(
        &url,
        &["--table", "t", "--partition-by", "id", "--job", "x", &csv],
    )
    .fails_with(&["`t`", "grouped"]);
    // Fewer rows than the job has brought already.
    let long = place.file("c.csv", "id\n2\n3\n");
    archive(&url, &["--table", "t", "--job", "j", &long]).ok();
    assert_eq!(
        archive(&url, &["--table", "t", "--job", "j", &csv]).json()["rows"],
        0
    );
    run(["ls", &place.text("nowhere")]).fails_with(&["nowhere"]);
    run(["sql", &place.text("nowhere"), "SELECT 1"]).fails_with(&["nowhere"]);
    let copy = place.text("copy");
    let empty = run(["restore", &url, &copy, "--as-of", "1999-01-01"]);
    assert_eq!((empty.code, place.path("copy").exists()), (1, false));
    assert!(empty.stderr.contains("no tables to restore"), "{empty:?}");
    let secret = run(["ls", "s3://b", "--option", "secret_access_key=x"]);
    assert_eq!(secret.code, 2);
    assert!(secret.stderr.contains("environment"), "{secret:?}");
    assert_eq!(run(["sql", &url, "SELECT 1", "--as-of", "soon"]).code, 2);
}
