//! Queries and their output formats.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use serde_json::json;

use crate::support::{Place, Run, command, run};

#[test]
fn the_same_rows_come_in_every_format() {
    let place = Place::with_airlines();
    let query = "SELECT carrier, length(name) AS letters FROM airlines ORDER BY carrier LIMIT 2";
    let table = place.on_store("sql", &[query]).ok();
    assert_eq!(
        table.lines().collect::<Vec<_>>(),
        [
            "carrier  letters",
            "────────────────",
            "9E            17",
            "AA            22"
        ]
    );
    let csv = place.on_store("sql", &[query, "--format", "csv"]).ok();
    assert_eq!(csv, "carrier,letters\n9E,17\nAA,22\n");
    let expected = json!([{"carrier": "9E", "letters": 17}, {"carrier": "AA", "letters": 22}]);
    assert_eq!(place.sql(query), expected);
    for file in ["rows.parquet", "rows.arrow"] {
        let file = place.text(file);
        place.on_store("sql", &[query, "-o", &file]).ok();
        place.on_store("ingest", &["--table", "back", &file]).ok();
    }
    assert_eq!(
        place.sql("SELECT sum(letters) AS s, count(*) AS n FROM back"),
        json!([{"s": 78, "n": 4}])
    );
}

#[test]
fn a_failed_query_leaves_an_older_file_alone() {
    let place = Place::with_airlines();
    let file = place.file("rows.csv", "what was there");
    let run = place.on_store(
        "sql",
        &["SELECT nothing_of_the_kind FROM airlines", "-o", &file],
    );
    run.fails_with(&["nothing_of_the_kind"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "what was there");
    let folder = place.text("no/such/folder/rows.csv");
    place
        .on_store("sql", &["FROM airlines", "-o", &folder])
        .fails_with(&["no such file or directory"]);
}

#[test]
fn queries_only_read_the_store() {
    let place = Place::with_airlines();
    for query in [
        "DROP VIEW airlines",
        "COPY airlines TO '/tmp/thermocline-escape.csv'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT 1; SELECT 2",
        "SET enable_external_access = true",
        "",
    ] {
        let run = place.on_store("sql", &[query]);
        run.fails_with(&[]);
    }
    place
        .on_store("sql", &["SELECT 1 FROM nowhere"])
        .fails_with(&["nowhere"]);
}

#[test]
fn show_describe_and_explain_work() {
    let place = Place::with_airlines();
    assert_eq!(place.sql("SHOW TABLES"), json!([{"name": "airlines"}]));
    let columns = place.sql("DESCRIBE airlines");
    assert_eq!(columns[1]["column_name"], "name");
    let plan = place
        .on_store("sql", &["EXPLAIN SELECT count(*) FROM airlines"])
        .ok();
    assert!(
        plan.lines().any(|line| line.contains("THERMOCLINE_SCAN")),
        "{plan}"
    );
    assert!(!plan.contains("\\n"), "{plan}");
}

#[test]
fn an_interrupted_query_leaves_no_file_behind() {
    let place = Place::with_airlines();
    let out = place.path("out");
    std::fs::create_dir(&out).unwrap();
    let query = "SELECT a.* FROM airlines a, airlines b, airlines c, airlines d, airlines e, \
                 airlines f, airlines g, airlines h";
    let child = command()
        .args([
            "sql",
            &place.store(),
            query,
            "-o",
            &place.text("out/rows.csv"),
        ])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let files = || std::fs::read_dir(&out).unwrap().count();
    while files() == 0 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let id = child.id().to_string();
    let told = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(told.success());
    let ended: Run = child.wait_with_output().unwrap().into();
    assert_eq!(ended.code, 130, "{ended:?}");
    assert_eq!(ended.stderr, "thermocline: interrupted\n");
    assert_eq!(files(), 0);
}

#[test]
fn a_query_may_come_from_standard_input() {
    let place = Place::with_airlines();
    let mut child = command()
        .args(["sql", &place.store(), "-", "--format", "csv"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"SELECT count(*) AS n\nFROM airlines")
        .unwrap();
    assert_eq!(child.wait_with_output().unwrap().stdout, b"n\n16\n");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let place = Place::with_airlines();
    let query = "SELECT a.*, b.*, c.*, d.* FROM airlines a, airlines b, airlines c, airlines d";
    let mut child = command()
        .args(["sql", &place.store(), query, "--format", "csv"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut [0; 100]).unwrap();
    drop(out);
    let run = crate::support::Run::from(child.wait_with_output().unwrap());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}

#[test]
fn a_table_shows_no_more_than_it_is_told() {
    let place = Place::with_airlines();
    let text = place
        .on_store("sql", &["FROM airlines", "--max-rows", "3"])
        .ok();
    assert!(text.contains("only the first 3 rows"), "{text}");
    assert_eq!(text.lines().count(), 6);
}

#[test]
fn rows_written_to_a_device_do_not_replace_it() {
    let place = Place::with_airlines();
    let run = run([
        "sql",
        &place.store(),
        "SELECT 1 AS one",
        "-o",
        "/dev/null",
        "--format",
        "csv",
    ]);
    assert_eq!(run.ok(), "");
    assert!(!std::path::Path::new("/dev/null").is_file());
}
