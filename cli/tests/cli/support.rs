//! Running the command in a directory of its own.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// What a run of the command gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    /// Expects success, and nothing to complain about.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(
            (self.code, self.stderr.as_str()),
            (0, ""),
            "{}",
            self.stdout
        );
        self.stdout
    }

    #[track_caller]
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.ok()).unwrap()
    }

    /// Expects exit code 1 and one sentence that contains every one of `words`.
    #[track_caller]
    pub(crate) fn fails_with(&self, words: &[&str]) {
        assert_eq!(self.code, 1, "{self:?}");
        assert_eq!(self.stderr.lines().count(), 1, "{self:?}");
        assert!(self.stderr.starts_with("thermocline: "), "{self:?}");
        assert!(
            !self.stderr.contains("Error {") && !self.stderr.contains("panicked"),
            "{self:?}"
        );
        for word in words {
            assert!(self.stderr.contains(word), "{word} is not in {self:?}");
        }
    }
}

/// The command, ready for arguments.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_thermocline"));
    command
        .stdin(Stdio::null())
        .env_remove("THERMOCLINE_LOG")
        .env_remove("CARGO");
    command
}

pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Run {
    command().args(args).output().unwrap().into()
}

/// A directory for one test, removed at its end.
#[derive(Debug)]
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Writes a file and returns its path.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), content).unwrap();
        self.text(name)
    }

    /// The store of the test.
    pub(crate) fn store(&self) -> String {
        self.text("store")
    }

    /// Runs a command on the store: `args` follow the directory.
    pub(crate) fn on_store(&self, name: &str, args: &[&str]) -> Run {
        let store = self.store();
        run([name, store.as_str()].iter().chain(args))
    }

    pub(crate) fn sql(&self, query: &str) -> Value {
        self.on_store("sql", &[query, "--format", "json"]).json()
    }

    /// A store with flights by month under these extra options of `ingest`.
    pub(crate) fn with_flights(options: &[&str]) -> Self {
        let place = Self::new();
        let flights = data("flights.parquet");
        let mut args = vec!["--table", "flights", "--partition-by", "month(time_hour)"];
        args.extend(["--event-time", "time_hour"]);
        args.extend(options);
        args.push(&flights);
        place.on_store("ingest", &args).ok();
        place
    }

    /// A store with the small table `airlines`.
    pub(crate) fn with_airlines() -> Self {
        let place = Self::new();
        place
            .on_store(
                "ingest",
                &["--table", "airlines", &data("airlines.parquet")],
            )
            .ok();
        place
    }

    /// Every file of the store, with a name that ends so.
    pub(crate) fn files(&self, ending: &str) -> Vec<PathBuf> {
        self.files_in("store", ending)
    }

    /// Every file below this folder, with a name that ends so.
    pub(crate) fn files_in(&self, folder: &str, ending: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        walk(&self.path(folder), &mut found);
        found.retain(|path| path.to_str().unwrap().ends_with(ending));
        found.sort();
        found
    }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// A file of the nycflights13 data.
pub(crate) fn data(name: &str) -> String {
    format!(
        "{}/../examples/data/nycflights13/{name}",
        env!("CARGO_MANIFEST_DIR")
    )
}

/// What everybody knows about the flights, whatever tier they are in.
#[track_caller]
pub(crate) fn check_flights(place: &Place) {
    let sums = place.sql(
        "SELECT count(*) AS n, sum(distance) AS miles, count(dep_delay) AS departed FROM flights",
    );
    let expected = serde_json::json!([{"n": 336_776, "miles": 350_217_607, "departed": 328_521}]);
    assert_eq!(sums, expected);
    let carriers = place
        .sql("SELECT carrier, count(*) AS n FROM flights GROUP BY carrier ORDER BY n DESC LIMIT 4");
    let mut text = String::new();
    for row in carriers.as_array().unwrap() {
        write!(text, "{} {} ", row["carrier"].as_str().unwrap(), row["n"]).unwrap();
    }
    assert_eq!(text.trim(), "UA 58665 B6 54635 EV 54173 DL 48110");
}
