//! Damage to the log of a Delta table, which has no checksums.

use std::sync::Arc;

use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use thermocline_tiers::{ErrorKind, Selection, Store, Tier};

use crate::kit::{self, ids, range, rows};

/// Two cold files, by the commits 1 and 2.
async fn closed(dir: &tempfile::TempDir) -> Arc<dyn ObjectStore> {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let store = open(dir, &objects).await;
    let table = store.create_table("flights", kit::options()).await.unwrap();
    for part in [0..500, 500..900] {
        table.append(rows(part)).await.unwrap();
        table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    }
    assert!(store.verify().await.unwrap().ok);
    drop(table);
    store.close().await.unwrap();
    objects
}

async fn open(dir: &tempfile::TempDir, objects: &Arc<dyn ObjectStore>) -> Store {
    let builder = kit::builder(dir).cold(Arc::clone(objects));
    builder.open().await.unwrap()
}

fn commit(version: u64) -> Path {
    Path::from(format!("flights-1/_delta_log/{version:020}.json"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_ends_too_early_is_damage() {
    let dir = tempfile::tempdir().unwrap();
    let objects = closed(&dir).await;
    objects.delete(&commit(2)).await.unwrap();
    let builder = kit::builder(&dir).cold(Arc::clone(&objects));
    let error = builder.open().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    let text = error.to_string();
    assert!(
        text.contains("flights-1") && text.contains("version 2"),
        "{text}"
    );
}

/// What other programs see is compared with what is so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verify_finds_what_other_programs_are_told_wrongly() {
    for (number, (version, was, is, what)) in [
        (2, "/0", "/1", "is not listed"),
        (2, "\"size\":", "\"size\":1", "the size"),
        (2, "\\\"id\\\":899", "\\\"id\\\":799", "a statistic"),
        (2, ":\"2013-01\"", ":\"2013-02\"", "the partition"),
        (2, "\"add\"", "\"bdd\"", "is not listed"),
        (0, ":\"flights\"", ":\"flighty\"", "columns or properties"),
    ]
    .into_iter()
    .enumerate()
    {
        let dir = tempfile::tempdir().unwrap();
        let objects = closed(&dir).await;
        let text = objects.get(&commit(version)).await.unwrap().bytes().await;
        let text = String::from_utf8(text.unwrap().to_vec()).unwrap();
        let changed = text.replace(was, is);
        assert_ne!(changed, text, "change {number}");
        objects.put(&commit(version), changed.into()).await.unwrap();
        let store = open(&dir, &objects).await;
        let reader = kit::builder(&dir).cold(Arc::clone(&objects));
        let reader = reader.open_reader().await.unwrap();
        for report in [store.verify().await, reader.verify().await] {
            let report = report.unwrap();
            assert!(!report.ok && report.problems.is_empty(), "{report:?}");
            let problem = &report.cold_problems[0];
            assert_eq!(problem.table, "flights");
            assert!(problem.what.contains(what), "change {number}: {report:?}");
        }
        // The store's own answers do not come from there.
        assert_eq!(ids(&store.snapshot(), "flights").await, range(0..900));
        store.close().await.unwrap();
    }
}
