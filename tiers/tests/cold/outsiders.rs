//! Programs that are asked what they see in a Delta table, request by request.
//!
//! They are scripts that need a Python with the packages of `scripts/requirements.txt`: its
//! path is in `THERMOCLINE_PYTHON`. Without it the tests say that they are skipped, unless
//! `THERMOCLINE_REQUIRE_EXTRAS` is set.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use thermocline_testing::extras;

/// `deltalake`, DataFusion, Polars and DuckDB.
pub(crate) const LIBRARIES: &str = "delta_tables.py";
/// Sail and Daft in clusters on this machine.
pub(crate) const CLUSTERS: &str = "delta_clusters.py";
/// Spark, for the files alone.
pub(crate) const FILES: &str = "delta_files.py";

/// A script that answers.
#[derive(Debug)]
pub(crate) struct Outsiders {
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Outsiders {
    /// `None` if there is no Python, and there need not be.
    pub(crate) fn start(script: &str) -> Option<Self> {
        let python = extras::python()?;
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts");
        let mut child = Command::new(python)
            .arg(scripts.join(script))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Some(Self {
            requests: child.stdin.take(),
            answers: BufReader::new(child.stdout.take().unwrap()),
            child,
        })
    }

    /// What they say. Blocks.
    pub(crate) fn ask(&mut self, request: &Value) -> Value {
        let mut line = request.to_string();
        line.push('\n');
        let requests = self.requests.as_mut().unwrap();
        requests.write_all(line.as_bytes()).unwrap();
        requests.flush().unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        if let Some(error) = answer.get("error") {
            panic!("{request}: {}", error.as_str().unwrap());
        }
        answer
    }

    /// The newest version of a table.
    pub(crate) fn newest(&mut self, table: &str) -> u64 {
        self.ask(&json!({"newest": table})).as_u64().unwrap()
    }
}

impl Drop for Outsiders {
    fn drop(&mut self) {
        // No more requests: it ends.
        self.requests = None;
        let _ = self.child.wait();
    }
}

/// Fails where a reader's answer is not the expected one, naming what differs.
pub(crate) fn compare(answer: &Value, expected: &Value, what: &str) {
    for (reader, seen) in answer.as_object().unwrap() {
        for (key, expected) in expected.as_object().unwrap() {
            let (Some(seen), Some(expected)) = (seen[key].as_object(), expected.as_object()) else {
                assert_eq!(seen[key], *expected, "{reader}, {what}, {key}");
                continue;
            };
            for (name, expected) in expected {
                let seen = seen.get(name);
                assert_eq!(seen, Some(expected), "{reader}, {what}, {key} of {name}");
            }
            assert_eq!(seen.len(), expected.len(), "{reader}, {what}, {key}");
        }
    }
}
