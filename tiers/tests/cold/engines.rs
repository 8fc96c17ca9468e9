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
use crate::outsiders::{CLUSTERS, LIBRARIES, Outsiders, compare};

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

/// Everything that happens to a table; returns versions with what others must see in them.
async fn history(store: &Store, url: &str, libraries: &mut Outsiders) -> Vec<(u64, Value)> {
    let table = store.create_table(TABLE, model::options()).await.unwrap();
    let mut versions = Vec::new();
    let mut now = |ids: &[i64], extra, libraries: &mut Outsiders| {
        versions.push((libraries.newest(url), model::expected(ids, extra)));
    };
    let all = |end| (0..end).collect::<Vec<i64>>();
    put(&table, 0..300, false).await;
    now(&all(300), None, libraries);
    put(&table, 300..600, false).await;
    now(&all(600), None, libraries);
    let optimized = libraries.ask(&json!({"optimize": url}));
    assert!(
        optimized["numFilesRemoved"].as_u64() > Some(0),
        "{optimized}"
    );
    now(&all(600), None, libraries);
    put(&table, 600..900, false).await;
    now(&all(900), None, libraries);
    table.add_column(model::extra()).await.unwrap();
    put(&table, 900..1_200, true).await;
    now(&all(1_200), Some(900), libraries);
    let compacted = table.compact().await.unwrap();
    assert!(
        compacted.files_before > compacted.files_after,
        "{compacted:?}"
    );
    now(&all(1_200), Some(900), libraries);
    retain(store).await;
    let young: Vec<i64> = (0..1_200).filter(|n| !model::is_old(*n)).collect();
    now(&young, Some(900), libraries);
    put(&table, (1_200..1_300).filter(|n| !model::is_old(*n)), true).await;
    let young: Vec<i64> = (0..1_300).filter(|n| !model::is_old(*n)).collect();
    now(&young, Some(900), libraries);
    assert_eq!(store.health().background_errors, 0, "{:?}", store.health());
    assert!(store.verify().await.unwrap().ok);
    versions
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_engine_sees_every_version_of_every_type() {
    let Some(mut libraries) = Outsiders::start(LIBRARIES) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let store = builder(&dir).open().await.unwrap();
    let url = dir.path().join("cold/things-1");
    let url = url.to_str().unwrap();
    let versions = history(&store, url, &mut libraries).await;
    let mut clusters = Outsiders::start(CLUSTERS).unwrap();
    for (version, expected) in &versions {
        let request = model::request(url, Some(*version));
        compare(
            &libraries.ask(&request),
            expected,
            &format!("version {version}"),
        );
        let mut clustered = request.clone();
        clustered["readers"] = json!(["sail", "daft"]);
        compare(
            &clusters.ask(&clustered),
            expected,
            &format!("version {version}"),
        );
        // Spark gets the files alone, without partition columns.
        let files = json!({"table": url, "version": version, "readers": ["spark_files"]});
        let plain = json!({"rows": expected["rows"], "sum": expected["sum"]});
        compare(
            &clusters.ask(&files),
            &plain,
            &format!("files of version {version}"),
        );
    }
    // Without a version, the newest.
    let (_, newest) = versions.last().unwrap();
    compare(
        &libraries.ask(&model::request(url, None)),
        newest,
        "the newest",
    );
}

/// Needs an S3 server; see `scripts/s3_server`.
#[cfg(feature = "s3")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_engine_sees_every_version_on_s3() {
    let Some(place) = kit::place("engines") else {
        return;
    };
    let Some(mut libraries) = Outsiders::start(LIBRARIES) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let store = builder(&dir).cold_url(&place).open().await.unwrap();
    let url = format!("{place}/things-1");
    for (version, expected) in history(&store, &url, &mut libraries).await {
        let answer = libraries.ask(&model::request(&url, Some(version)));
        compare(&answer, &expected, &format!("version {version} on S3"));
    }
}

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
