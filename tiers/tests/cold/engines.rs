//! Other engines read the table at each version, while it changes, and see what is in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tempfile::TempDir;
use thermocline_tiers::{
    AgeRule, Policy, Selection, Settings, Store, StoreBuilder, Table, TableRules, Tier,
};

use crate::kit;
use crate::model;
use crate::outsiders::{CLUSTERS, FILES, LIBRARIES, Outsiders, compare};

const TABLE: &str = "things";

/// A store that keeps old versions, as stores do.
fn builder(dir: &TempDir) -> StoreBuilder {
    let settings = Settings::default().with_cold_checkpoint_commits(7);
    kit::builder(dir).settings(settings)
}

async fn put(table: &Table, ids: impl Iterator<Item = i64>, extra: bool) {
    table.append(model::batch(ids, extra)).await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
}

/// Forgets what is older than 2020.
async fn retain(store: &Store) {
    let since_2020 = Duration::from_secs(1_577_836_800);
    let age = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() - since_2020;
    let rules = TableRules::default().with_retention(AgeRule::event_time(age));
    let policy = Policy::default().with_table(TABLE, rules);
    store.set_policy(policy).await.unwrap();
    store.step().await.unwrap();
}

/// A version of the table, and the rows in it.
struct Version {
    number: u64,
    ids: Vec<i64>,
    extra: Option<i64>,
}

impl Version {
    fn expected(&self) -> Value {
        model::expected(&self.ids, self.extra)
    }
}

/// The first version, one after the column was added, the newest.
const SOME: &[usize] = &[0, 4, 7];

/// Who sees what of a table, version by version; Sail is asked at once.
struct Versions<'a> {
    url: &'a str,
    /// The versions for which libraries, and clusters, are asked which rows fit conditions too:
    /// that is many questions.
    with_filters: [&'a [usize]; 2],
    libraries: Outsiders,
    clusters: Outsiders,
    all: Vec<Version>,
}

impl<'a> Versions<'a> {
    /// `None` if there are no other engines here.
    fn new(url: &'a str, with_filters: [&'a [usize]; 2]) -> Option<Self> {
        Some(Self {
            url,
            with_filters,
            libraries: Outsiders::start(LIBRARIES)?,
            clusters: Outsiders::start(CLUSTERS)?,
            all: Vec::new(),
        })
    }

    fn now(&mut self, ids: impl Iterator<Item = i64>, extra: Option<i64>) {
        let (number, ids) = (self.libraries.newest(self.url), ids.collect());
        self.all.push(Version { number, ids, extra });
        // Sail 0.7.2 finds no version that is older than the newest checkpoint.
        self.clustered(self.all.len() - 1, "sail");
    }

    /// Asks a cluster about the version at this place.
    fn clustered(&mut self, at: usize, reader: &str) {
        let (mut request, expected) = self.question(at, self.with_filters[1]);
        request["readers"] = json!([reader]);
        let answer = self.clusters.ask(&request);
        self.compare(&answer, &expected, at);
    }

    /// What is asked about a version, and what is to be answered.
    fn question(&self, at: usize, with_filters: &[usize]) -> (Value, Value) {
        let version = &self.all[at];
        let mut request = model::request(self.url, Some(version.number));
        let mut expected = version.expected();
        if !with_filters.contains(&at) {
            request["filters"] = json!([]);
            expected["filters"] = json!({});
        }
        (request, expected)
    }

    /// Asks the libraries about all versions, and about the newest without its number.
    fn compare_all(&mut self) {
        for at in 0..self.all.len() {
            let (request, expected) = self.question(at, self.with_filters[0]);
            let answer = self.libraries.ask(&request);
            self.compare(&answer, &expected, at);
        }
        let answer = self.libraries.ask(&model::request(self.url, None));
        compare(&answer, &self.all.last().unwrap().expected(), "the newest");
    }

    fn compare(&self, answer: &Value, expected: &Value, at: usize) {
        let what = format!("version {} of {}", self.all[at].number, self.url);
        compare(answer, expected, &what);
    }
}

/// Everything that happens to a table.
async fn history(store: &Store, versions: &mut Versions<'_>) {
    let table = store.create_table(TABLE, model::options()).await.unwrap();
    put(&table, 0..300, false).await;
    versions.now(0..300, None);
    put(&table, 300..600, false).await;
    versions.now(0..600, None);
    let optimized = versions.libraries.ask(&json!({"optimize": versions.url}));
    assert!(
        optimized["numFilesRemoved"].as_u64() > Some(0),
        "{optimized}"
    );
    versions.now(0..600, None);
    put(&table, 600..900, false).await;
    versions.now(0..900, None);
    table.add_column(model::extra()).await.unwrap();
    put(&table, 900..1_200, true).await;
    versions.now(0..1_200, Some(900));
    let compacted = table.compact().await.unwrap();
    assert!(
        compacted.files_before > compacted.files_after,
        "{compacted:?}"
    );
    versions.now(0..1_200, Some(900));
    retain(store).await;
    let young = |n: &i64| !model::is_old(*n);
    versions.now((0..1_200).filter(young), Some(900));
    put(&table, (1_200..1_300).filter(young), true).await;
    versions.now((0..1_300).filter(young), Some(900));
    assert_eq!(store.health().background_errors, 0, "{:?}", store.health());
    assert!(store.verify().await.unwrap().ok);
}

/// Limits of floats that are zero in the log, by the sign: of least ones, of greatest ones.
fn zeros(url: &str) -> [Vec<f64>; 2] {
    let mut zeros = [Vec::new(), Vec::new()];
    for entry in std::fs::read_dir(format!("{url}/_delta_log")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|it| it != "json") {
            continue;
        }
        let lines = std::fs::read_to_string(path).unwrap();
        for line in lines.lines() {
            let action: Value = serde_json::from_str(line).unwrap();
            let Some(stats) = action["add"]["stats"].as_str() else {
                continue;
            };
            let stats: Value = serde_json::from_str(stats).unwrap();
            for (limits, zeros) in ["minValues", "maxValues"].iter().zip(&mut zeros) {
                let limit = stats[limits]["f64"].as_f64();
                zeros.extend(limit.filter(|limit| *limit == 0.0));
            }
        }
    }
    zeros
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_engine_sees_every_version_of_every_type() {
    let dir = tempfile::tempdir().unwrap();
    let url = dir.path().join("cold/things-1");
    let url = url.to_str().unwrap();
    let Some(mut versions) = Versions::new(url, [&[0, 1, 2, 3, 4, 5, 6, 7], SOME]) else {
        return;
    };
    let store = builder(&dir).open().await.unwrap();
    history(&store, &mut versions).await;
    versions.compare_all();
    let mut files = Outsiders::start(FILES).unwrap();
    for &at in SOME {
        versions.clustered(at, "daft");
        let Version { number, ids, extra } = &versions.all[at];
        let answer = files.ask(&json!({"table": url, "version": number}));
        let expected = model::expected_in_files(ids, *extra);
        compare(&answer, &expected, &format!("files of version {number}"));
    }

    // NaN is greater than all others. These two believe the log, where a column with NaN has
    // no limits; what is built on DataFusion believes Parquet's limits, which leave it out.
    let mut request = model::request(url, Some(versions.all[0].number));
    request["filters"] = json!([model::WITH_NAN.0]);
    request["readers"] = json!(["polars", "duckdb"]);
    let fits = (0..300).filter(|n| (model::WITH_NAN.1)(*n)).count();
    let expected = json!({"filters": {model::WITH_NAN.0: fits}});
    compare(&versions.libraries.ask(&request), &expected, "NaN");

    // For some readers -0.0 is less than 0.0.
    let [least, greatest] = zeros(url);
    assert!(!least.is_empty() && least.iter().all(|zero| zero.is_sign_negative()));
    assert!(!greatest.is_empty() && greatest.iter().all(|zero| zero.is_sign_positive()));
}

/// Needs an S3 server; see `scripts/s3_server`.
#[cfg(feature = "s3")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_engine_sees_every_version_on_s3() {
    let Some(place) = thermocline_testing::extras::place("engines") else {
        return;
    };
    let url = format!("{place}/things-1");
    let Some(mut versions) = Versions::new(&url, [&[7], &[7]]) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let store = builder(&dir).cold_url(&place).open().await.unwrap();
    history(&store, &mut versions).await;
    versions.compare_all();
    versions.clustered(7, "daft");
}

/// More have ids that the narrow columns of the model have no room for.
const MOST_PARTS: i64 = 130;

/// Rows of one partition, so that each move is one commit.
fn some(part: i64) -> impl Iterator<Item = i64> {
    (part * 20..part * 20 + 20).map(|n| n * 12 + 4)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pinned_version_is_not_disturbed_and_every_count_is_some_version() {
    let Some(mut libraries) = Outsiders::start(LIBRARIES) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let store = builder(&dir).open().await.unwrap();
    let table = store.create_table(TABLE, model::options()).await.unwrap();
    let url = dir.path().join("cold/things-1");
    let url = url.to_str().unwrap().to_owned();
    for part in 0..3 {
        put(&table, some(part), false).await;
    }
    let pinned: Vec<i64> = (0..3).flat_map(some).collect();
    let mut pin = model::request(&url, Some(libraries.newest(&url)));
    pin["pin"] = json!("three parts");
    libraries.ask(&pin);

    // Somebody looks again and again, while parts are added and put together.
    let mut watcher = Outsiders::start(LIBRARIES).unwrap();
    let (seen_enough, all_written) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicBool::new(false)),
    );
    let (enough, written, newest) = (
        Arc::clone(&seen_enough),
        Arc::clone(&all_written),
        model::request(&url, None),
    );
    let watching = std::thread::spawn(move || {
        let mut answers = Vec::new();
        while answers.len() < 4 || !written.load(Ordering::SeqCst) {
            answers.push(watcher.ask(&newest));
            enough.store(answers.len() >= 4, Ordering::SeqCst);
        }
        answers
    });
    let mut parts = 3;
    while parts < 12 || !seen_enough.load(Ordering::SeqCst) {
        if parts == MOST_PARTS {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        }
        put(&table, some(parts), false).await;
        parts += 1;
        if parts % 4 == 0 {
            table.compact().await.unwrap();
        }
    }
    all_written.store(true, Ordering::SeqCst);
    let answers = watching.join().unwrap();
    let mut counts = std::collections::BTreeSet::new();
    for answer in answers {
        for (reader, seen) in answer.as_object().unwrap() {
            let rows = seen["rows"].as_i64().unwrap();
            assert!(
                rows % 20 == 0 && rows <= parts * 20,
                "{reader}: {rows} rows"
            );
            counts.insert(rows);
            // Filters are asked one by one, perhaps of later versions.
            let mut expected =
                model::expected(&(0..rows / 20).flat_map(some).collect::<Vec<_>>(), None);
            expected.as_object_mut().unwrap().remove("filters");
            compare(&json!({reader: seen}), &expected, "some version");
        }
    }
    assert!(
        counts.len() > 1,
        "nothing changed while they looked: {counts:?}"
    );
    let answer = libraries.ask(&json!({"pinned": "three parts"}));
    compare(&answer, &model::expected(&pinned, None), "pinned");
}
