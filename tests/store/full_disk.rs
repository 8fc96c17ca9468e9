//! A disk that runs full: a clear error, nothing acknowledged is lost, and the
//! store goes on when there is space.

use std::sync::Arc;

use crate::kit::limited_fs::LimitedFs;
use crate::kit::{builder, ids, options, rows};
use tempfile::TempDir;
use thermocline::{Env, ErrorKind, Selection, Store, Tier, WriteHealth};

const MUCH: i64 = 1 << 40;

async fn open(dir: &TempDir, disk: &LimitedFs) -> Store {
    let mut env = Env::real();
    env.fs = Arc::new(disk.clone());
    builder(dir).env(env).open().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_cannot_grow_refuses_writes_keeps_reading_and_recovers() {
    let dir = tempfile::tempdir().unwrap();
    let disk = LimitedFs::new(300_000);
    let store = open(&dir, &disk).await;
    let table = store.create_table("events", options()).await.unwrap();
    let mut acknowledged = 0;
    let error = loop {
        match table.append(rows(acknowledged..acknowledged + 100)).await {
            Ok(_) => acknowledged += 100,
            Err(error) => break error,
        }
        assert!(acknowledged < 1_000_000, "the disk never ran full");
    };
    assert_eq!(error.kind(), ErrorKind::Full, "{error}");
    assert!(error.to_string().contains("free some space"), "{error}");
    let path = dir.path().display().to_string();
    assert!(
        error.to_string().contains(&path),
        "which file is not in: {error}"
    );
    assert!(acknowledged > 1_000, "{acknowledged}");

    let health = store.health();
    assert_eq!(health.writes, WriteHealth::Full);
    assert!(health.reason.unwrap().contains(&path));
    // Still full: refused again. What is there can still be read.
    let again = table.append(rows(2_000_000..2_000_100)).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Full, "{again}");
    let seen = ids(&store.snapshot(), "events").await;
    assert!((0..acknowledged).all(|id| seen.binary_search(&id).is_ok()));

    disk.free(MUCH);
    // Nothing has to be opened anew.
    let next = acknowledged + 100;
    table.append(rows(next..next + 100)).await.unwrap();
    assert_eq!(store.health().writes, WriteHealth::Good);
    let seen = ids(&store.snapshot(), "events").await;
    drop((store, table));
    let store = open(&dir, &disk).await;
    let kept = ids(&store.snapshot(), "events").await;
    assert_eq!(kept, seen, "what was visible at the end is what is kept");
    // The write that failed may be there, whole and once; the refused one is not.
    let all: Vec<i64> = (0..next + 100).collect();
    let without: Vec<i64> = all
        .iter()
        .copied()
        .filter(|id| !(acknowledged..next).contains(id))
        .collect();
    assert!(
        kept == all || kept == without,
        "{} rows of {}",
        kept.len(),
        all.len()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_without_room_fails_and_leaves_the_rows_where_they_were() {
    let dir = tempfile::tempdir().unwrap();
    let disk = LimitedFs::new(MUCH);
    let store = open(&dir, &disk).await;
    let table = store.create_table("events", options()).await.unwrap();
    table.append(rows(0..10_000)).await.unwrap();
    table.seal().await.unwrap();
    disk.free(-MUCH);
    disk.free(20_000);
    let error = table
        .move_to(&Selection::All, Tier::Warm)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Full, "{error}");
    assert!(
        error.to_string().contains("warm"),
        "which file is not in: {error}"
    );
    assert_eq!(
        ids(&store.snapshot(), "events").await,
        (0..10_000).collect::<Vec<_>>()
    );
    assert!(store.verify().await.unwrap().ok);

    disk.free(MUCH);
    table.move_to(&Selection::All, Tier::Warm).await.unwrap();
    assert!(
        table
            .segments()
            .unwrap()
            .iter()
            .all(|segment| segment.home == Tier::Warm)
    );
    drop((store, table));
    let store = open(&dir, &disk).await;
    assert_eq!(
        ids(&store.snapshot(), "events").await,
        (0..10_000).collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_ended_with_a_full_disk_opens_again_with_all_that_was_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    for bytes in [50_000, 51_111, 52_007, 60_013] {
        let name = format!("t{bytes}");
        let disk = LimitedFs::new(MUCH);
        let store = open(&dir, &disk).await;
        let table = store.create_table(&name, options()).await.unwrap();
        disk.free(-MUCH * 2);
        disk.free(MUCH + bytes);
        let mut acknowledged = 0;
        while table
            .append(rows(acknowledged..acknowledged + 50))
            .await
            .is_ok()
        {
            acknowledged += 50;
        }
        drop((store, table));
        let store = open(&dir, &LimitedFs::new(MUCH)).await;
        let kept = ids(&store.snapshot(), &name).await;
        let more = acknowledged + 50;
        assert!(
            kept == (0..acknowledged).collect::<Vec<_>>() || kept == (0..more).collect::<Vec<_>>(),
            "{} of {acknowledged} rows",
            kept.len()
        );
    }
}
