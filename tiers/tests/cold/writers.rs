//! Two writers, and stores that are older than their cold tables.

use std::path::Path;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::memory::InMemory;
use thermocline_tiers::{ErrorKind, Selection, Tier};

use crate::kit::{self, ids, range, rows};
use crate::outside;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_copies_of_a_store_the_older_writer_is_fenced() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let (dir, twin) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let old = kit::builder(&dir)
        .cold(Arc::clone(&objects))
        .open()
        .await
        .unwrap();
    let table = old.create_table("flights", kit::options()).await.unwrap();
    table.append(rows(0..1_000)).await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    table.append(rows(1_000..2_000)).await.unwrap();
    table.move_to(&Selection::All, Tier::Warm).await.unwrap();
    copy(dir.path(), twin.path());

    let new = kit::builder(&twin)
        .cold(Arc::clone(&objects))
        .open()
        .await
        .unwrap();
    let moved = new.table("flights").unwrap();
    moved.move_to(&Selection::All, Tier::Cold).await.unwrap();

    let refused = table
        .move_to(&Selection::All, Tier::Cold)
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Fenced, "{refused}");
    // Neither has lost a row, and outside each is there once.
    assert_eq!(ids(&old.snapshot(), "flights").await, range(0..2_000));
    assert_eq!(ids(&new.snapshot(), "flights").await, range(0..2_000));
    assert_eq!(outside::ids(&objects, "flights-1").await, range(0..2_000));
    // Opened anew, the older copy says what it is.
    drop((table, old));
    let reopened = kit::builder(&dir).cold(Arc::clone(&objects)).open().await;
    assert_eq!(reopened.unwrap_err().kind(), ErrorKind::Outdated);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_is_older_than_its_cold_table_does_not_open() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let (dir, old) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = kit::builder(&dir)
        .cold(Arc::clone(&objects))
        .open()
        .await
        .unwrap();
    let table = store.create_table("flights", kit::options()).await.unwrap();
    table.append(rows(0..1_000)).await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    table.append(rows(1_000..2_000)).await.unwrap();
    store.flush().await.unwrap();
    copy(dir.path(), old.path());
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    drop(table);
    store.close().await.unwrap();

    let restored = kit::builder(&old).cold(Arc::clone(&objects)).open().await;
    let error = restored.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Outdated, "{error}");
    let store = kit::builder(&dir).cold(objects).open().await.unwrap();
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..2_000));
}
