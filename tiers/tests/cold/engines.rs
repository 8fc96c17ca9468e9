//! Other engines read the table at each version, while it changes, and see what is in it.
//!
//! Needs a Python with the packages of `scripts/requirements.txt`: its path is in
//! `THERMOCLINE_PYTHON`. Without it the tests say that they are skipped, unless
//! `THERMOCLINE_REQUIRE_EXTRAS` is set.

use std::path::{Path, PathBuf};
use std::process::Command;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use chrono::DateTime;
use serde_json::{Value, json};
use thermocline_tiers::{Selection, Tier};

use crate::kit::{self, ids, range, rows};

fn python() -> Option<PathBuf> {
    if let Some(python) = std::env::var_os("THERMOCLINE_PYTHON") {
        return Some(PathBuf::from(python));
    }
    assert!(
        std::env::var_os("THERMOCLINE_REQUIRE_EXTRAS").is_none(),
        "THERMOCLINE_REQUIRE_EXTRAS is set, but THERMOCLINE_PYTHON names no Python"
    );
    println!("SKIPPED: THERMOCLINE_PYTHON names no Python with scripts/requirements.txt");
    None
}

fn run(python: &Path, arguments: &[&str]) -> String {
    let output = Command::new(python).args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// What a reader must see of these rows.
fn expected(batch: &RecordBatch) -> Value {
    let ids = batch.column(0).as_primitive::<Int64Type>();
    let carriers = batch.column(1).as_string::<i32>();
    let at = batch.column(2).as_primitive::<TimestampMicrosecondType>();
    let (mut sum, mut hash) = (0_i64, 0_u64);
    let mut months = serde_json::Map::new();
    for row in 0..batch.num_rows() {
        let (id, carrier, at) = (ids.value(row), carriers.value(row), at.value(row));
        sum += id;
        hash = hash.wrapping_add(fnv1a(&format!("{id}|{carrier}|{at}")));
        let month = DateTime::from_timestamp_micros(at).unwrap().format("%Y-%m");
        let count = months.entry(month.to_string()).or_insert(json!(0));
        *count = json!(count.as_i64().unwrap() + 1);
    }
    json!({"rows": batch.num_rows(), "sum": sum, "months": months, "hash": hash.to_string()})
}

/// The newest version in the log.
fn newest(table: &Path) -> u64 {
    let names = std::fs::read_dir(table.join("_delta_log")).unwrap();
    let versions = names.filter_map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.strip_suffix(".json")?.parse::<u64>().ok()
    });
    versions.max().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_engine_sees_every_version_as_it_was() {
    let Some(python) = python() else { return };
    let dir = tempfile::tempdir().unwrap();
    let settings = thermocline_tiers::Settings::default().with_cold_checkpoint_commits(3);
    let store = kit::builder(&dir).settings(settings).open().await.unwrap();
    let table = store.create_table("flights", kit::options()).await.unwrap();
    let at = dir.path().join("cold/flights-1");
    let mut versions = Vec::new();
    for part in 0..5 {
        table
            .append(rows(part * 1_000..part * 1_000 + 1_000))
            .await
            .unwrap();
        table.move_to(&Selection::All, Tier::Cold).await.unwrap();
        versions.push((newest(&at), expected(&rows(0..part * 1_000 + 1_000))));
    }
    let compacted = table.compact().await.unwrap();
    assert!(
        compacted.files_before > compacted.files_after,
        "{compacted:?}"
    );
    versions.push((newest(&at), expected(&rows(0..5_000))));

    let numbers: Vec<String> = versions.iter().map(|(v, _)| v.to_string()).collect();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/delta_tables.py");
    let mut arguments = vec![script, at.to_str().unwrap()];
    arguments.extend(numbers.iter().map(String::as_str));
    let output = run(&python, &arguments);
    assert_eq!(output.lines().count(), versions.len());
    for (line, (version, expected)) in output.lines().zip(&versions) {
        let seen: Value = serde_json::from_str(line).unwrap();
        for reader in ["deltalake", "datafusion", "polars"] {
            assert_eq!(seen[reader], *expected, "{reader}, version {version}");
        }
        if let Some(duckdb) = seen.get("duckdb") {
            assert_eq!(duckdb, expected, "duckdb, version {version}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moves_go_on_after_another_engine_has_compacted() {
    let Some(python) = python() else { return };
    let dir = tempfile::tempdir().unwrap();
    let store = kit::builder(&dir).open().await.unwrap();
    let table = store.create_table("flights", kit::options()).await.unwrap();
    for part in 0..3 {
        table
            .append(rows(part * 500..part * 500 + 500))
            .await
            .unwrap();
        table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    }
    let before = table.segments().unwrap().len();
    let at = dir.path().join("cold/flights-1");
    let compact =
        "import sys, deltalake; print(deltalake.DeltaTable(sys.argv[1]).optimize.compact())";
    run(&python, &["-c", compact, at.to_str().unwrap()]);
    table.append(rows(1_500..2_000)).await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    assert_eq!(store.health().background_errors, 0, "{:?}", store.health());
    assert!(table.segments().unwrap().len() <= before);
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..2_000));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/delta_tables.py");
    let output = run(
        &python,
        &[script, at.to_str().unwrap(), &newest(&at).to_string()],
    );
    let seen: Value = serde_json::from_str(&output).unwrap();
    for reader in ["deltalake", "datafusion", "polars"] {
        assert_eq!(seen[reader], expected(&rows(0..2_000)), "{reader}");
    }
}
