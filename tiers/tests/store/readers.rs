//! Readers beside a writer.

use crate::kit::{builder, ids, range, rows, store_with_table};
use thermocline_tiers::{ErrorKind, Selection, Settings, Store, Tier};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_sees_each_prefix_while_rows_come_in_and_move() {
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings::default()
        .with_collect_after(std::time::Duration::from_secs(60))
        .with_log_file_bytes(5_000);
    let store = builder(&dir).settings(settings).open().await.unwrap();
    let table = store
        .create_table("flights", crate::kit::options())
        .await
        .unwrap();
    let reader = Store::builder(dir.path()).open_reader().await.unwrap();
    let done = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let watching = tokio::spawn({
        let done = done.clone();
        async move {
            let (mut last, mut looks) = (0, 0);
            while !done.load(std::sync::atomic::Ordering::Acquire) || looks < 10 {
                let found = ids(&reader.snapshot().await.unwrap(), "flights").await;
                assert_eq!(found, range(0..found.len().try_into().unwrap()));
                assert_eq!(found.len() % 100, 0);
                assert!(found.len() >= last, "{} rows after {last}", found.len());
                (last, looks) = (found.len(), looks + 1);
            }
            ids(&reader.snapshot().await.unwrap(), "flights").await
        }
    });
    for (n, start) in (0..10_000).step_by(100).enumerate() {
        table.append(rows(start..start + 100)).await.unwrap();
        let tier = [Tier::Hot, Tier::Warm, Tier::Cold][n % 3];
        if n % 5 == 0 {
            table.move_to(&Selection::All, tier).await.unwrap();
        }
    }
    done.store(true, std::sync::atomic::Ordering::Release);
    assert_eq!(watching.await.unwrap(), range(0..10_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_snapshot_of_a_reader_expires_when_its_files_are_collected() {
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = store_with_table(&dir).await;
    table.append(rows(0..1_000)).await.unwrap();
    table.move_to(&Selection::All, Tier::Warm).await.unwrap();
    let reader = Store::builder(dir.path()).open_reader().await.unwrap();
    let old = reader.snapshot().await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    assert_eq!(store.step().await.unwrap().collected, 1);
    let scan = old
        .table("flights")
        .unwrap()
        .scan(Default::default())
        .unwrap();
    let error = scan.morsels()[0].open().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Expired, "{error}");
    assert_eq!(
        ids(&reader.snapshot().await.unwrap(), "flights").await,
        range(0..1_000)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_is_one_writer_and_its_lock_ends_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = store_with_table(&dir).await;
    let error = builder(&dir).open().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked);
    let holder = format!("process {}", std::process::id());
    assert!(error.to_string().contains(&holder), "{error}");
    table.append(rows(0..10)).await.unwrap();
    let reader = Store::builder(dir.path()).open_reader().await.unwrap();
    assert_eq!(
        ids(&reader.snapshot().await.unwrap(), "flights").await,
        range(0..10)
    );
    drop((store, table));
    builder(&dir).open().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_of_nothing_says_so_and_creates_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("nothing");
    let error = Store::builder(&path).open_reader().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert!(!path.exists());
}
