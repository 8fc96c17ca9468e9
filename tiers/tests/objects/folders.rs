//! A cold tier in another folder of this machine.

use std::path::Path;

use tempfile::TempDir;
use thermocline_tiers::{ErrorKind, ObjectOp, Selection, Store, StoreBuilder, Tier};

use crate::kit::{builder, ids, options, range, rows};

fn files(dir: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return 0;
    };
    let count = |entry: std::fs::DirEntry| {
        if entry.path().is_dir() {
            files(&entry.path())
        } else {
            1
        }
    };
    entries.map(|entry| count(entry.unwrap())).sum()
}

/// A store with 500 cold rows in `cold`.
async fn filled(dir: &TempDir, cold: &Path) {
    let store = builder(dir)
        .cold_url(cold.to_str().unwrap())
        .open()
        .await
        .unwrap();
    let table = store.create_table("flights", options()).await.unwrap();
    table.append(rows(0..500)).await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    store.close().await.unwrap();
}

async fn count(builder: StoreBuilder) -> Vec<i64> {
    let store = builder.open().await.unwrap();
    let found = ids(&store.snapshot(), "flights").await;
    store.close().await.unwrap();
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_place_is_remembered() {
    let (dir, cold) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    filled(&dir, cold.path()).await;
    assert!(files(cold.path()) > 0);
    assert_eq!(files(&dir.path().join("cold")), 0);
    assert_eq!(count(builder(&dir)).await, range(0..500));
    let url = format!("file://{}", cold.path().display());
    assert_eq!(count(builder(&dir).cold_url(url)).await, range(0..500));
    let reader = Store::builder(dir.path()).open_reader().await.unwrap();
    let snapshot = reader.snapshot().await.unwrap();
    assert_eq!(ids(&snapshot, "flights").await, range(0..500));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_place_than_before_is_refused() {
    let (dir, cold) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    filled(&dir, cold.path()).await;
    let other = tempfile::tempdir().unwrap();
    let url = other.path().to_str().unwrap();
    let error = builder(&dir).cold_url(url).open().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    for place in [cold.path(), other.path()] {
        assert!(
            error.to_string().contains(place.to_str().unwrap()),
            "{error}"
        );
    }
    let error = Store::builder(dir.path())
        .cold_url(url)
        .open_reader()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(files(other.path()), 0);
    assert_eq!(count(builder(&dir)).await, range(0..500));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_without_tables_may_change_its_place() {
    let (dir, cold) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = builder(&dir).open().await.unwrap();
    store.close().await.unwrap();
    filled(&dir, cold.path()).await;
    assert_eq!(count(builder(&dir)).await, range(0..500));
    // Its own folder, by its long name, is a place like others.
    let own = tempfile::tempdir().unwrap();
    filled(&own, &own.path().join("cold")).await;
    assert!(!own.path().join("cold.place").exists());
    assert_eq!(count(builder(&own)).await, range(0..500));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_has_one_store() {
    let cold = tempfile::tempdir().unwrap();
    filled(&tempfile::tempdir().unwrap(), cold.path()).await;
    let second = tempfile::tempdir().unwrap();
    let url = cold.path().to_str().unwrap();
    let error = builder(&second).cold_url(url).open().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert!(error.to_string().contains("another store"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_and_a_restore_bring_the_cold_rows_along() {
    let (dir, cold) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    filled(&dir, cold.path()).await;
    let out = tempfile::tempdir().unwrap();
    let (backup, restored) = (out.path().join("backup"), out.path().join("restored"));
    let store = builder(&dir).open().await.unwrap();
    store.backup(&backup).await.unwrap();
    store.close().await.unwrap();
    Store::builder(&restored).restore(dir.path()).await.unwrap();
    drop(cold);
    for copy in [&backup, &restored] {
        assert_eq!(count(Store::builder(copy)).await, range(0..500));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_are_counted_and_an_idle_store_makes_none() {
    let dir = tempfile::tempdir().unwrap();
    let cold = tempfile::tempdir().unwrap();
    filled(&dir, cold.path()).await;
    let store = builder(&dir).open().await.unwrap();
    ids(&store.snapshot(), "flights").await;
    let before = store.stats();
    assert!(before.cold_requests[&ObjectOp::Get].requests > 0);
    assert!(before.cold_requests[&ObjectOp::Get].bytes > 0);
    for _ in 0..20 {
        store.step().await.unwrap();
    }
    assert_eq!(store.stats().cold_requests, before.cold_requests);
    assert_eq!(before.cold_http_requests, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_place_makes_no_store() {
    let dir = tempfile::tempdir().unwrap();
    for (url, kind) in [
        ("ftp://host/x", ErrorKind::InvalidInput),
        ("s3:///x", ErrorKind::InvalidInput),
        ("memory:///", ErrorKind::Unsupported),
    ] {
        let error = builder(&dir).cold_url(url).open().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{url}: {error}");
    }
    let error = builder(&dir)
        .cold_url(dir.path().join("c").to_str().unwrap())
        .cold_option("region", "x")
        .open()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(files(dir.path()), 0);
}
