//! Logs and manifests that were cut, torn or changed.

use std::path::{Path, PathBuf};

use crate::kit::{builder, ids, options, range, rows, store_with_table};
use thermocline_tiers::{ErrorKind, Selection, Settings, Store, Tier};

fn files(dir: &Path, folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir.join(folder)).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// A store with 20 writes of 10 rows, each in a group of its own, that was not closed.
async fn store_of_20_writes(dir: &tempfile::TempDir) {
    let (store, table) = store_with_table(dir).await;
    for start in 0..20 {
        table
            .append(rows(start * 10..start * 10 + 10))
            .await
            .unwrap();
    }
    drop((store, table));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_cut_anywhere_gives_whole_writes_up_to_the_cut() {
    let dir = tempfile::tempdir().unwrap();
    store_of_20_writes(&dir).await;
    let log = files(dir.path(), "log").pop().unwrap();
    let whole = std::fs::read(&log).unwrap();
    let mut counts = Vec::new();
    for cut in (0..whole.len()).rev().step_by(97) {
        std::fs::write(&log, &whole[..cut]).unwrap();
        let store = builder(&dir).open().await.unwrap();
        let found = ids(&store.snapshot(), "flights").await;
        assert_eq!(found.len() % 10, 0, "a write is there whole or not at all");
        assert_eq!(found, range(0..found.len().try_into().unwrap()));
        counts.push(found.len());
    }
    assert!(
        counts.is_sorted_by(|a, b| a >= b),
        "less log, fewer rows: {counts:?}"
    );
    assert!(counts.contains(&0) && counts.contains(&190), "{counts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_byte_before_an_acknowledged_write_is_damage_and_never_a_shorter_table() {
    let dir = tempfile::tempdir().unwrap();
    store_of_20_writes(&dir).await;
    let log = files(dir.path(), "log").pop().unwrap();
    let whole = std::fs::read(&log).unwrap();
    // All but the last two writes: a frame proves what was synced before it.
    let proven = whole.len() / 20 * 18;
    for at in (0..proven).step_by(61) {
        let mut changed = whole.clone();
        changed[at] ^= 0x10;
        std::fs::write(&log, &changed).unwrap();
        match builder(&dir).open().await {
            Err(error) => assert!(
                matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::NewerVersion),
                "byte {at}: {error}"
            ),
            Ok(store) => panic!(
                "byte {at} was changed and the store opened with {} rows",
                ids(&store.snapshot(), "flights").await.len()
            ),
        }
        // Nothing was cut off by the failed open.
        assert_eq!(std::fs::read(&log).unwrap(), changed);
    }
    std::fs::write(&log, &whole).unwrap();
    let store = builder(&dir).open().await.unwrap();
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..200));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_log_file_is_damage() {
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings::default().with_log_file_bytes(1_000);
    let store = builder(&dir).settings(settings).open().await.unwrap();
    let table = store
        .create_table("flights", crate::kit::options())
        .await
        .unwrap();
    for start in 0..10 {
        table
            .append(rows(start * 10..start * 10 + 10))
            .await
            .unwrap();
    }
    store.close().await.unwrap();
    drop(table);
    let log = files(dir.path(), "log");
    assert!(log.len() >= 3, "{log:?}");
    for missing in [&log[0], &log[1]] {
        let bytes = std::fs::read(missing).unwrap();
        std::fs::remove_file(missing).unwrap();
        let error = builder(&dir).open().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        std::fs::write(missing, bytes).unwrap();
    }
    let store = builder(&dir).open().await.unwrap();
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..100));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_torn_manifest_commit_is_as_if_it_never_was() {
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = store_with_table(&dir).await;
    table.append(rows(0..100)).await.unwrap();
    let before = std::fs::read(files(dir.path(), "manifest").pop().unwrap()).unwrap();
    table.move_to(&Selection::All, Tier::Warm).await.unwrap();
    drop((store, table));
    let manifest = files(dir.path(), "manifest").pop().unwrap();
    let after = std::fs::read(&manifest).unwrap();
    assert!(after.len() > before.len() && after.starts_with(&before));
    // The move's commit is torn; the log was trimmed only after it. So the rows
    // are nowhere, and opening must say so instead of losing them.
    std::fs::write(&manifest, &after[..before.len() + 7]).unwrap();
    let error = builder(&dir).open().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    // With the log still there, as after a crash in the commit, nothing is lost.
    std::fs::write(&manifest, &after).unwrap();
    let store = builder(&dir).open().await.unwrap();
    let table = store.table("flights").unwrap();
    table.append(rows(100..200)).await.unwrap();
    table.seal().await.unwrap();
    drop((store, table));
    let torn = [std::fs::read(&manifest).unwrap(), vec![0; 100]].concat();
    std::fs::write(&manifest, torn).unwrap();
    let store = builder(&dir).open().await.unwrap();
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..200));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_manifest_is_not_taken_for_an_empty_store() {
    let dir = tempfile::tempdir().unwrap();
    store_of_20_writes(&dir).await;
    for file in files(dir.path(), "manifest") {
        std::fs::remove_file(file).unwrap();
    }
    let error = builder(&dir).open().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    let error = Store::open(dir.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_commits_roll_the_manifest_and_reopen_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = store_with_table(&dir).await;
    // Wide statistics make the manifest outgrow its checkpoint soon.
    for start in 0..60 {
        table
            .append(rows(start * 500..start * 500 + 500))
            .await
            .unwrap();
        table.move_to(&Selection::All, Tier::Warm).await.unwrap();
    }
    let mut policy = store.policy();
    for n in 0..12_000_u64 {
        let name = format!("t{}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        policy = policy.with_table(name, Default::default());
    }
    for n in 0..8 {
        policy = policy.with_table(format!("last{n}"), Default::default());
        store.set_policy(policy.clone()).await.unwrap();
    }
    let manifests = files(dir.path(), "manifest");
    assert!(
        manifests.len() == 2,
        "one to read, one for a late reader: {manifests:?}"
    );
    let segments = table.segments().unwrap();
    let policy = store.policy();
    drop((store, table));
    let store = builder(&dir).open().await.unwrap();
    let reopened = store.table("flights").unwrap().segments().unwrap();
    let key =
        |s: &thermocline_tiers::SegmentInfo| (s.segment, s.rows, s.lsns.first, s.path.clone());
    assert_eq!(
        reopened
            .iter()
            .map(key)
            .collect::<std::collections::BTreeSet<_>>(),
        segments.iter().map(key).collect()
    );
    assert_eq!(store.policy(), policy);
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..30_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_was_removed_is_missed_by_writers_and_readers() {
    let dir = tempfile::tempdir().unwrap();
    let (store, table) = store_with_table(&dir).await;
    table.append(rows(0..10)).await.unwrap();
    store.close().await.unwrap();
    for file in files(dir.path(), "log") {
        std::fs::remove_file(file).unwrap();
    }
    let writer = builder(&dir).open().await.unwrap_err();
    let reader = match builder(&dir).open_reader().await {
        Err(error) => error,
        Ok(reader) => reader.snapshot().await.unwrap_err(),
    };
    for error in [writer, reader] {
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        assert!(error.to_string().contains("the log is gone"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_ends_before_what_segments_cover_does_not_give_numbers_out_again() {
    let dir = tempfile::tempdir().unwrap();
    // A file for each write.
    let settings = Settings::default().with_log_file_bytes(0);
    let open = || builder(&dir).settings(settings.clone()).open();
    let store = open().await.unwrap();
    // Its rows stay in the log and keep it from being trimmed.
    let other = store.create_table("other", options()).await.unwrap();
    other.append(rows(0..1)).await.unwrap();
    let table = store.create_table("flights", options()).await.unwrap();
    for id in 0..9 {
        table.append(rows(id..id + 1)).await.unwrap();
    }
    table.move_to(&Selection::All, Tier::Warm).await.unwrap();
    drop((store, table, other));
    let mut files = files(dir.path(), "log");
    assert_eq!(files.len(), 10);
    std::fs::remove_file(files.pop().unwrap()).unwrap();
    let error = open().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    assert!(
        error.to_string().contains("ends before write 10"),
        "{error}"
    );
}

/// After a crash the last write may be torn. After a close it may not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_close_a_shorter_log_or_manifest_is_damage() {
    for folder in ["log", "manifest"] {
        let dir = tempfile::tempdir().unwrap();
        let (store, table) = store_with_table(&dir).await;
        table.append(rows(0..10)).await.unwrap();
        table.append(rows(10..20)).await.unwrap();
        drop(table);
        store.close().await.unwrap();
        let path = files(dir.path(), folder).pop().unwrap();
        let whole = std::fs::read(&path).unwrap();
        let cut = &whole[..whole.len() - 5];
        let mut flipped = whole.clone();
        let last = flipped.len() - 20;
        flipped[last] ^= 1;
        for changed in [cut, &flipped] {
            std::fs::write(&path, changed).unwrap();
            let writer = builder(&dir).open().await.unwrap_err();
            let reader = builder(&dir).open_reader().await.unwrap_err();
            for error in [writer, reader] {
                assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
                assert!(
                    error.to_string().contains("when the store was closed"),
                    "{error}"
                );
            }
            assert_eq!(
                std::fs::read(&path).unwrap(),
                changed,
                "nothing was cut off"
            );
        }
        std::fs::write(&path, &whole).unwrap();
        let store = builder(&dir).open().await.unwrap();
        assert_eq!(ids(&store.snapshot(), "flights").await, range(0..20));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_promoted_copy_is_answered_by_its_home_and_dropped_by_a_repair() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = Settings::default().with_collect_after(std::time::Duration::ZERO);
    settings.warm = settings.warm.with_rows_per_block(1_000);
    let open = || builder(&dir).settings(settings.clone()).open();
    let store = open().await.unwrap();
    let table = store.create_table("flights", options()).await.unwrap();
    table.append(rows(0..9_000)).await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    table.move_to(&Selection::All, Tier::Warm).await.unwrap();
    // The files that they came to cold from go.
    store.step().await.unwrap();
    drop((store, table));
    // The first block of one, the trailer of another is damaged, and one is gone.
    let copies = files(dir.path(), "warm/1");
    assert_eq!(copies.len(), 3, "one a month: {copies:?}");
    for (index, at) in [(0, 1_500), (1, 40)] {
        let mut bytes = std::fs::read(&copies[index]).unwrap();
        let at = if index == 0 { at } else { bytes.len() - at };
        bytes[at] ^= 1;
        std::fs::write(&copies[index], bytes).unwrap();
    }
    std::fs::remove_file(&copies[2]).unwrap();
    let store = open().await.unwrap();
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..9_000));
    let above = thermocline_tiers::Predicate::ge("id", 100_i64);
    let some = crate::kit::ids_where(&store.snapshot(), "flights", above).await;
    assert_eq!(some, range(100..9_000));
    let report = store.repair().await.unwrap();
    assert!(report.ok, "{report:?}");
    let done: Vec<_> = report.repairs.iter().map(|repair| &repair.done).collect();
    assert_eq!(done, [&thermocline_tiers::Repaired::CopyDropped; 3]);
    assert!(store.verify().await.unwrap().ok);
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..9_000));
}
