//! Once, a file that waited for collection was removed although a new file had been written under
//! its name. Collection removes no file that the manifest lists.
#![expect(
    clippy::disallowed_methods,
    reason = "the tests put files of a crash into place"
)]

use std::path::Path;

use crate::kit::{builder, ids, rows, store_with_table};
use thermocline::{Selection, Tier};

fn all() -> Vec<i64> {
    (0..4_000).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_is_made_again_is_not_collected_with_the_one_before() {
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = store_with_table(&dir).await;
    table.append(rows(0..4_000)).await.unwrap();
    for tier in [Tier::Cold, Tier::Warm, Tier::Cold, Tier::Warm] {
        table.move_to(&Selection::All, tier).await.unwrap();
    }
    // Collects the first copies.
    store.step().await.unwrap();
    assert_eq!(ids(&store.snapshot(), "events").await, all());
    assert!(store.verify().await.unwrap().ok);
    assert!(
        table
            .segments()
            .unwrap()
            .iter()
            .all(|segment| segment.tier == Tier::Warm)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_keeps_the_copies_that_it_saw_while_they_are_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = store_with_table(&dir).await;
    table.append(rows(0..4_000)).await.unwrap();
    let mut snapshots = Vec::new();
    for tier in [Tier::Warm, Tier::Cold, Tier::Warm, Tier::Cold, Tier::Warm] {
        table.move_to(&Selection::All, tier).await.unwrap();
        snapshots.push(store.snapshot());
        store.step().await.unwrap();
    }
    for snapshot in &snapshots {
        assert_eq!(ids(snapshot, "events").await, all());
    }
    drop(snapshots);
    store.step().await.unwrap();
    assert_eq!(ids(&store.snapshot(), "events").await, all());
}

#[derive(Clone, Copy, PartialEq)]
enum What {
    All,
    /// The cold files are there, and no commit has them yet.
    NoCommits,
}

fn copy(from: &Path, to: &Path, what: What) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if what == What::NoCommits && entry.file_name() == "_delta_log" {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target, what);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_move_after_a_crash_does_not_lose_its_file_to_the_leftovers() {
    for (home, to, folder) in [
        (Tier::Warm, Tier::Cold, "cold"),
        (Tier::Cold, Tier::Warm, "warm"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let (store, table) = store_with_table(&dir).await;
        table.append(rows(0..4_000)).await.unwrap();
        table.move_to(&Selection::All, home).await.unwrap();
        drop(table);
        store.close().await.unwrap();
        let before = tempfile::tempdir().unwrap();
        copy(dir.path(), before.path(), What::All);
        let store = builder(&dir).open().await.unwrap();
        store
            .table("events")
            .unwrap()
            .move_to(&Selection::All, to)
            .await
            .unwrap();
        store.close().await.unwrap();
        // A crash behind the writing of the files and before the commit.
        let from = dir.path().join(folder);
        copy(&from, &before.path().join(folder), What::NoCommits);

        let store = builder(&before).open().await.unwrap();
        let table = store.table("events").unwrap();
        assert!(
            table
                .segments()
                .unwrap()
                .iter()
                .all(|segment| segment.tier == home)
        );
        // The move that the crash ended is made again, then the leftovers go.
        table.move_to(&Selection::All, to).await.unwrap();
        store.step().await.unwrap();
        assert_eq!(
            ids(&store.snapshot(), "events").await,
            all(),
            "{home} to {to}"
        );
        let report = store.verify().await.unwrap();
        assert!(report.ok, "{home} to {to}: {report:?}");
        drop(table);
        store.close().await.unwrap();
        let store = builder(&before).open().await.unwrap();
        assert_eq!(
            ids(&store.snapshot(), "events").await,
            all(),
            "{home} to {to}, again"
        );
    }
}
