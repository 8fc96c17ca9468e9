//! What other programs do to the table.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::throttle::{ThrottleConfig, ThrottledStore};
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};
use thermocline_tiers::{Selection, Store, Tier};

use crate::kit::{self, ids, range, rows};
use crate::outside;
use crate::shaky::{Fault, Shaky};

const TABLE: &str = "flights-1";

/// The actions of all commits, in order.
async fn log(objects: &Arc<dyn ObjectStore>) -> Vec<Value> {
    let at = Path::from(format!("{TABLE}/_delta_log"));
    let mut listed: Vec<_> = objects.list(Some(&at)).try_collect().await.unwrap();
    listed.sort_by_key(|object| object.location.to_string());
    let mut actions = Vec::new();
    for object in listed {
        if object.location.as_ref().ends_with(".json") {
            let bytes = objects
                .get(&object.location)
                .await
                .unwrap()
                .bytes()
                .await
                .unwrap();
            let lines = std::str::from_utf8(&bytes).unwrap().lines();
            actions.extend(lines.map(|line| serde_json::from_str::<Value>(line).unwrap()));
        }
    }
    actions
}

async fn commit(objects: &Arc<dyn ObjectStore>, actions: &[Value]) {
    let version = log(objects)
        .await
        .iter()
        .filter(|action| action.get("commitInfo").is_some())
        .count();
    let path = Path::from(format!("{TABLE}/_delta_log/{version:020}.json"));
    let lines: Vec<_> = actions.iter().map(Value::to_string).collect();
    objects.put(&path, lines.join("\n").into()).await.unwrap();
}

/// Puts all files of each partition together, as an `OPTIMIZE` does.
async fn optimize(objects: &Arc<dyn ObjectStore>) -> usize {
    let actions = log(objects).await;
    let removed = actions.iter().filter_map(|action| action.get("remove"));
    let removed: Vec<_> = removed.map(|remove| &remove["path"]).collect();
    let mut partitions: std::collections::BTreeMap<String, Vec<Value>> = Default::default();
    let added = actions.iter().filter_map(|action| action.get("add"));
    for add in added.filter(|add| !removed.contains(&&add["path"])) {
        let key = add["partitionValues"].to_string();
        partitions.entry(key).or_default().push(add.clone());
    }
    let mut commit_lines = vec![json!({"commitInfo": {"operation": "OPTIMIZE", "timestamp": 1}})];
    let mut rewritten = 0;
    for (number, adds) in partitions.into_values().enumerate() {
        if adds.len() < 2 {
            continue;
        }
        rewritten += 1;
        let mut writer: Option<ArrowWriter<Vec<u8>>> = None;
        for add in &adds {
            let path = add["path"].as_str().unwrap();
            let bytes: Bytes = objects
                .get(&Path::from(format!("{TABLE}/{path}")))
                .await
                .unwrap()
                .bytes()
                .await
                .unwrap();
            let reader = ParquetRecordBatchReaderBuilder::try_new(bytes)
                .unwrap()
                .build()
                .unwrap();
            for batch in reader {
                // Another order of columns, as another program may choose.
                let batch = batch.unwrap().project(&[2, 0, 1]).unwrap();
                if writer.is_none() {
                    writer = Some(ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap());
                }
                writer.as_mut().unwrap().write(&batch).unwrap();
            }
            commit_lines.push(json!({"remove": {
                "path": path, "deletionTimestamp": 1, "dataChange": false,
                "partitionValues": add["partitionValues"],
            }}));
        }
        let out = writer.unwrap().into_inner().unwrap();
        let path = format!("part-{number:05}-c000.zstd.parquet");
        let size = out.len();
        objects
            .put(&Path::from(format!("{TABLE}/{path}")), out.into())
            .await
            .unwrap();
        commit_lines.push(json!({"add": {
            "path": path, "size": size, "modificationTime": 1, "dataChange": false,
            "partitionValues": adds[0]["partitionValues"],
        }}));
    }
    commit(objects, &commit_lines).await;
    rewritten
}

async fn small_files(dir: &tempfile::TempDir, objects: &Arc<dyn ObjectStore>) -> Store {
    let store = kit::builder(dir)
        .cold(Arc::clone(objects))
        .open()
        .await
        .unwrap();
    let table = store.create_table("flights", kit::options()).await.unwrap();
    for part in 0..4 {
        table
            .append(rows(part * 500..part * 500 + 500))
            .await
            .unwrap();
        table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    }
    store
}

/// When another program comes.
#[derive(Debug, Clone, Copy)]
enum When {
    Open,
    Closed,
    /// The store is open again, and has not written to its cold table yet.
    Reopened,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_others_put_together_are_adopted() {
    for when in [When::Open, When::Closed, When::Reopened] {
        let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let dir = tempfile::tempdir().unwrap();
        let mut store = small_files(&dir, &objects).await;
        let before = store.table("flights").unwrap().segments().unwrap();
        let held = Selection::Segment(before[0].segment);
        store.table("flights").unwrap().hold(&held).await.unwrap();
        let before = before.len();
        let mut pinned = store.snapshot();
        let open = || kit::builder(&dir).cold(Arc::clone(&objects)).open();
        match when {
            When::Open => assert!(optimize(&objects).await > 0),
            When::Closed => {
                store.close().await.unwrap();
                assert!(optimize(&objects).await > 0);
                store = open().await.unwrap();
            }
            When::Reopened => {
                store.close().await.unwrap();
                store = open().await.unwrap();
                pinned = store.snapshot();
                assert!(optimize(&objects).await > 0);
            }
        }
        let table = store.table("flights").unwrap();
        table.append(rows(2_000..2_500)).await.unwrap();
        table.move_to(&Selection::All, Tier::Cold).await.unwrap();
        let after = table.segments().unwrap();
        assert!(
            after.len() < before,
            "{when:?}: {} files, {before} before",
            after.len()
        );
        assert_eq!(ids(&store.snapshot(), "flights").await, range(0..2_500));
        assert_eq!(outside::ids(&objects, TABLE).await, range(0..2_500));
        assert!(
            store.facts().iter().any(|facts| facts.hold),
            "what has the held rows is on hold"
        );
        // What was rewritten moves on like any other segment.
        table.move_to(&Selection::All, Tier::Warm).await.unwrap();
        assert_eq!(ids(&store.snapshot(), "flights").await, range(0..2_500));
        assert!(store.verify().await.unwrap().ok);
        assert_eq!(ids(&pinned, "flights").await, range(0..2_000));
        drop((table, store));
        let store = kit::builder(&dir)
            .cold(Arc::clone(&objects))
            .open()
            .await
            .unwrap();
        assert_eq!(ids(&store.snapshot(), "flights").await, range(0..2_500));
    }
}

/// A move finds the files that others put together, and any request of it fails.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_that_cannot_read_what_others_did_loses_no_file() {
    for fault in [Fault::Before, Fault::After] {
        let mut steps = 0;
        for step in 0.. {
            let what = format!("{fault:?}, request {step}");
            let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
            let dir = tempfile::tempdir().unwrap();
            let shaky = Arc::new(Shaky::new(&objects, fault, i64::MAX, false));
            let unsure: Arc<dyn ObjectStore> = Arc::clone(&shaky) as _;
            let store = small_files(&dir, &unsure).await;
            assert!(optimize(&objects).await > 0);
            let table = store.table("flights").unwrap();
            table.append(rows(2_000..2_500)).await.unwrap();
            shaky.fail_after(step);
            let moved = table.move_to(&Selection::All, Tier::Cold).await;
            let failed = shaky.has_failed();
            shaky.calm_down();
            if !failed {
                moved.unwrap();
                steps = step;
                break;
            }
            // What is taken for garbage goes now.
            store.step().await.unwrap();
            assert_eq!(
                ids(&store.snapshot(), "flights").await,
                range(0..2_500),
                "{what}"
            );
            table.move_to(&Selection::All, Tier::Cold).await.unwrap();
            store.step().await.unwrap();
            assert!(store.verify().await.unwrap().ok, "{what}");
            drop(table);
            store.close().await.unwrap();
            let builder = kit::builder(&dir).cold(Arc::clone(&objects));
            let store = builder.open().await.unwrap();
            assert_eq!(
                ids(&store.snapshot(), "flights").await,
                range(0..2_500),
                "{what}"
            );
            assert_eq!(
                outside::ids(&objects, TABLE).await,
                range(0..2_500),
                "{what}"
            );
        }
        assert!(steps > 5, "{fault:?}: {steps} requests");
    }
}

/// A compaction fails at each of its requests, and others put the same files together: before it, or
/// while the store is closed behind it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_compaction_that_others_overtook_doubles_no_row() {
    for (before, fault) in [
        (true, Fault::Before),
        (true, Fault::After),
        (false, Fault::Before),
        (false, Fault::After),
    ] {
        let mut steps = 0;
        for step in 0.. {
            let what = format!("others before {before}, {fault:?}, request {step}");
            let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
            let dir = tempfile::tempdir().unwrap();
            let shaky = Arc::new(Shaky::new(&objects, fault, i64::MAX, !before));
            let unsure: Arc<dyn ObjectStore> = Arc::clone(&shaky) as _;
            let store = small_files(&dir, &unsure).await;
            if before {
                assert!(optimize(&objects).await > 0);
            }
            let table = store.table("flights").unwrap();
            shaky.fail_after(step);
            let compacted = table.compact().await;
            let failed = shaky.has_failed();
            if before {
                shaky.calm_down();
                let again = table.compact().await;
                assert!(again.is_ok(), "{what}: {again:?}");
                store.step().await.unwrap();
                let inside = ids(&store.snapshot(), "flights").await;
                assert_eq!(inside, range(0..2_000), "{what}");
            }
            drop(table);
            let _ = store.close().await;
            if !before {
                optimize(&objects).await;
            }
            let builder = kit::builder(&dir).cold(Arc::clone(&objects));
            let store = builder.open().await.unwrap();
            let inside = ids(&store.snapshot(), "flights").await;
            assert_eq!(inside, range(0..2_000), "{what}");
            let outside = outside::ids(&objects, TABLE).await;
            assert_eq!(outside, range(0..2_000), "{what}");
            if !failed {
                compacted.unwrap();
                steps = step;
                break;
            }
        }
        assert!(steps > 5, "{before}, {fault:?}: {steps} requests");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vacuum_leaves_what_others_have_put_together() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let dir = tempfile::tempdir().unwrap();
    let store = small_files(&dir, &objects).await;
    assert!(optimize(&objects).await > 0);
    let table = store.table("flights").unwrap();
    table.vacuum(Duration::ZERO, false).await.unwrap();
    assert_eq!(outside::ids(&objects, TABLE).await, range(0..2_000));
    table.compact().await.unwrap();
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..2_000));
    assert_eq!(outside::ids(&objects, TABLE).await, range(0..2_000));
}

/// Files that were to be removed when a caller gave up are removed by the next one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collection_that_was_given_up_is_gone_on_with() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let dir = tempfile::tempdir().unwrap();
    let slow = ThrottleConfig {
        wait_delete_per_call: Duration::from_millis(200),
        ..ThrottleConfig::default()
    };
    let slow: Arc<dyn ObjectStore> = Arc::new(ThrottledStore::new(Arc::clone(&objects), slow));
    let store = small_files(&dir, &slow).await;
    let table = store.table("flights").unwrap();
    table.compact().await.unwrap();
    let first = tokio::time::timeout(Duration::from_millis(50), store.step()).await;
    assert!(first.is_err(), "there was nothing to collect: {first:?}");
    store.step().await.unwrap();
    let actions = log(&objects).await;
    let removed = actions
        .iter()
        .filter(|action| action.get("remove").is_some());
    let added = actions.iter().filter(|action| action.get("add").is_some());
    let live = added.count() - removed.count();
    let at = Path::from(TABLE);
    let listed: Vec<_> = objects.list(Some(&at)).try_collect().await.unwrap();
    let data = listed.iter().map(|object| object.location.to_string());
    let data = data.filter(|path| path.ends_with(".parquet") && !path.contains("_delta_log"));
    assert_eq!(data.count(), live);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_others_remove_are_reported_and_not_lost_here() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let dir = tempfile::tempdir().unwrap();
    let store = small_files(&dir, &objects).await;
    let actions = log(&objects).await;
    let add = actions.iter().find_map(|action| action.get("add")).unwrap();
    let remove =
        json!({"remove": {"path": add["path"], "deletionTimestamp": 1, "dataChange": true}});
    let info = json!({"commitInfo": {"operation": "DELETE", "timestamp": 1}});
    commit(&objects, &[info, remove]).await;

    let table = store.table("flights").unwrap();
    table.append(rows(2_000..2_500)).await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    let health = store.health();
    let last = health.last_background_error.unwrap().message;
    assert!(
        last.contains("DELETE") && last.contains("flights"),
        "{last}"
    );
    let report = store.verify().await.unwrap();
    assert!(!report.ok && report.problems.is_empty(), "{report:?}");
    assert!(
        report.cold_problems[0].what.contains("is not listed"),
        "{report:?}"
    );
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..2_500));
}
