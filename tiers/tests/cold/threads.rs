//! Cold tables of a runtime that has next to no blocking threads.

use std::time::Duration;

use thermocline_tiers::{Selection, Tier};

use crate::kit::{self, ids, range, rows};

/// A scan holds a blocking thread while it waits for the object store; one of local files must not
/// wait for such a thread too.
#[test]
fn one_blocking_thread_is_enough() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let all = async {
        let dir = tempfile::tempdir().unwrap();
        let (store, table) = kit::store_with_table(&dir).await;
        for part in [0..500, 500..900] {
            table.append(rows(part)).await.unwrap();
            table.move_to(&Selection::All, Tier::Cold).await.unwrap();
        }
        let snapshot = store.snapshot();
        let scans = (0..8).map(|_| ids(&snapshot, "flights"));
        for scan in futures::future::join_all(scans).await {
            assert_eq!(scan, range(0..900));
        }
        table.compact().await.unwrap();
        table.vacuum(Duration::ZERO, false).await.unwrap();
        assert!(store.verify().await.unwrap().ok);
        store.backup(dir.path().join("copy")).await.unwrap();
        table.move_to(&Selection::All, Tier::Warm).await.unwrap();
        assert_eq!(ids(&store.snapshot(), "flights").await, range(0..900));
        drop((table, snapshot));
        store.close().await.unwrap();
        let store = kit::builder(&dir).open().await.unwrap();
        assert_eq!(ids(&store.snapshot(), "flights").await, range(0..900));
        store.close().await.unwrap();
    };
    let ended =
        runtime.block_on(async { tokio::time::timeout(Duration::from_secs(120), all).await });
    // Threads that wait for ever are not waited for.
    runtime.shutdown_background();
    ended.expect("a thread waits for one of its own kind");
}
