//! Files that were damaged behind the store's back, and files of a newer
//! version: an error that names the file, never a wrong answer.
#![expect(clippy::disallowed_methods, reason = "the tests damage files")]

use std::path::{Path, PathBuf};

use crate::kit::{builder, ids, options, rows};
use futures::TryStreamExt;
use tempfile::TempDir;
use thermocline::arrow::array::RecordBatch;
use thermocline::formats::{Compression, FrameReader, HEADER_LEN, PreparedFrame};
use thermocline::{ErrorKind, Predicate, ScanOptions, SegmentInfo, Selection, Store, Tier};

/// A store of four months with every segment in `tier`, closed; and its
/// segments with their files.
async fn closed_store(dir: &TempDir, tier: Tier) -> Vec<(SegmentInfo, PathBuf)> {
    let store = builder(dir).open().await.unwrap();
    let table = store.create_table("events", options()).await.unwrap();
    table.append(rows(0..10_000)).await.unwrap();
    table.move_to(&Selection::All, tier).await.unwrap();
    let segments = table.segments().unwrap();
    store.close().await.unwrap();
    let file = |segment: &SegmentInfo| dir.path().join(segment.path.as_deref().unwrap());
    segments
        .into_iter()
        .map(|segment| (segment.clone(), file(&segment)))
        .collect()
}

/// A scan of the table, or what went wrong.
async fn scan(store: &Store, predicate: Predicate) -> Result<usize, thermocline::Error> {
    let snapshot = store.snapshot();
    let options = ScanOptions::new().with_predicate(predicate);
    let batches: Vec<RecordBatch> = snapshot
        .table("events")
        .unwrap()
        .scan(options)?
        .stream()
        .try_collect()
        .await?;
    Ok(batches.iter().map(RecordBatch::num_rows).sum())
}

fn only(ids: std::ops::Range<i64>) -> Predicate {
    Predicate::And(vec![
        Predicate::ge("id", ids.start),
        Predicate::lt("id", ids.end),
    ])
}

fn flip(path: &Path, bit: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    let byte = bit / 8 % bytes.len();
    bytes[byte] ^= 1 << (bit % 8);
    std::fs::write(path, bytes).unwrap();
}

fn truncate(path: &Path, len: usize) {
    let bytes = std::fs::read(path).unwrap();
    std::fs::write(path, &bytes[..len.min(bytes.len() - 1)]).unwrap();
}

/// Opens the store with one damaged file. The last month, from id 9,000 on, is
/// not in it.
async fn check_damaged(dir: &TempDir, segment: &SegmentInfo, file: &Path, how: &str) {
    let name = file.file_name().unwrap().to_str().unwrap();
    // Opening reads no segment file, so it does not notice.
    let store = builder(dir).open().await.unwrap();
    let error = scan(&store, Predicate::True).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{how}: {error}");
    assert!(
        error.to_string().contains(name),
        "{how}: which file is not in: {error}"
    );
    #[cfg(feature = "sql")]
    {
        use thermocline::Sql;
        use thermocline::olap::ErrorKind;
        let query = "SELECT sum(id), max(carrier), max(\"at\") FROM events";
        let error = store.sql(query).collect().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Storage, "{how}: {error}");
        assert!(
            error.to_string().contains(name),
            "{how}: which file is not in: {error}"
        );
        let whole = "SELECT count(carrier), sum(id) FROM events WHERE id >= 9000";
        let expected = (9_000..10_000).sum::<i64>();
        assert_eq!(
            crate::kit::oracle::numbers(&store, whole).await,
            [[1_000, expected]],
            "{how}"
        );
    }
    // The other segments can still be read.
    assert_eq!(
        scan(&store, only(9_000..10_000)).await.unwrap(),
        1_000,
        "{how}"
    );
    let report = store.verify().await.unwrap();
    assert!(!report.ok, "{how}");
    assert_eq!(report.problems.len(), 1, "{how}: {report:?}");
    let problem = &report.problems[0];
    assert_eq!(
        (problem.table.as_str(), problem.segment),
        ("events", segment.segment)
    );
    assert!(
        problem.path.ends_with(name) && problem.what.contains(name),
        "{how}: {problem:?}"
    );
    assert!(!problem.other_copy_is_good, "{how}");
    assert_eq!(report.rows, 10_000, "{how}");
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_segment_is_named_by_queries_and_verify_and_hides_no_other() {
    for tier in [Tier::Warm, Tier::Cold] {
        let dir = tempfile::tempdir().unwrap();
        let segments = closed_store(&dir, tier).await;
        assert_eq!(segments.len(), 4);
        let (segment, file) = &segments[1];
        let good = std::fs::read(file).unwrap();
        for len in [0, 1, 100, good.len() / 2, good.len() - 1] {
            truncate(file, len);
            check_damaged(&dir, segment, file, &format!("{tier} cut to {len}")).await;
            std::fs::write(file, &good).unwrap();
        }
        // Bytes behind the end harm nobody, but are found.
        let mut longer = good.clone();
        longer.extend_from_slice(b"more");
        std::fs::write(file, &longer).unwrap();
        let store = builder(&dir).open().await.unwrap();
        match scan(&store, Predicate::True).await {
            Ok(rows) => assert_eq!(rows, 10_000),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}"),
        }
        assert_eq!(store.verify().await.unwrap().problems.len(), 1);
        store.close().await.unwrap();
        std::fs::write(file, b"not a segment").unwrap();
        check_damaged(&dir, segment, file, &format!("{tier} replaced")).await;
        std::fs::write(file, &good).unwrap();
        let store = builder(&dir).open().await.unwrap();
        assert_eq!(
            scan(&store, Predicate::True).await.unwrap(),
            10_000,
            "whole again"
        );
        assert!(store.verify().await.unwrap().ok);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flipped_bit_anywhere_is_found_by_verify_and_never_changes_an_answer() {
    let mut random = crate::kit::random();
    for tier in [Tier::Warm, Tier::Cold] {
        let dir = tempfile::tempdir().unwrap();
        let segments = closed_store(&dir, tier).await;
        let (segment, file) = &segments[1];
        let good = std::fs::read(file).unwrap();
        let expected: Vec<i64> = (0..10_000).collect();
        for _ in 0..60 {
            let bit = random.below(good.len() * 8);
            flip(file, bit);
            let store = builder(&dir).open().await.unwrap();
            match scan(&store, Predicate::True).await {
                // The bit lies in bytes that no row needs.
                Ok(_) => assert_eq!(ids(&store.snapshot(), "events").await, expected),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Corrupt, "bit {bit}: {error}");
                    let name = file.file_name().unwrap().to_str().unwrap();
                    assert!(error.to_string().contains(name), "bit {bit}: {error}");
                }
            }
            let report = store.verify().await.unwrap();
            assert_eq!(
                report.problems.len(),
                1,
                "{tier}, bit {bit} of {}",
                file.display()
            );
            assert_eq!(report.problems[0].segment, segment.segment);
            store.close().await.unwrap();
            std::fs::write(file, &good).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_segment_file_is_named() {
    for tier in [Tier::Warm, Tier::Cold] {
        let dir = tempfile::tempdir().unwrap();
        let segments = closed_store(&dir, tier).await;
        let (segment, file) = &segments[1];
        std::fs::remove_file(file).unwrap();
        let name = file.file_name().unwrap().to_str().unwrap();
        let store = builder(&dir).open().await.unwrap();
        let error = scan(&store, Predicate::True).await.unwrap_err();
        assert!(
            error.to_string().contains(name),
            "which file is not in: {error}"
        );
        assert_eq!(scan(&store, only(9_000..10_000)).await.unwrap(), 1_000);
        let report = store.verify().await.unwrap();
        assert_eq!(report.problems.len(), 1);
        assert_eq!(report.problems[0].segment, segment.segment);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_home_answers_when_a_promoted_copy_is_damaged_or_the_damage_is_named() {
    let dir = tempfile::tempdir().unwrap();
    closed_store(&dir, Tier::Cold).await;
    let store = builder(&dir).open().await.unwrap();
    let table = store.table("events").unwrap();
    table.move_to(&Selection::All, Tier::Warm).await.unwrap();
    drop(table);
    store.close().await.unwrap();
    let warm: Vec<PathBuf> = files(&dir.path().join("warm"));
    assert_eq!(warm.len(), 4);
    truncate(&warm[1], 100);
    let name = warm[1].file_name().unwrap().to_str().unwrap();
    let store = builder(&dir).open().await.unwrap();
    match scan(&store, Predicate::True).await {
        Ok(rows) => assert_eq!(rows, 10_000),
        Err(error) => assert!(error.to_string().contains(name), "{error}"),
    }
    let report = store.verify().await.unwrap();
    assert_eq!(report.problems.len(), 1, "{report:?}");
    assert!(report.problems[0].other_copy_is_good);
    // The way out: drop the copy.
    let table = store.table("events").unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    assert_eq!(scan(&store, Predicate::True).await.unwrap(), 10_000);
    assert!(store.verify().await.unwrap().ok);
}

/// All files below a directory, by name.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            files.extend(self::files(&entry.path()));
        } else {
            files.push(entry.path());
        }
    }
    files.sort();
    files
}

/// CRC-32C (Castagnoli), bit by bit, as RFC 3720 has it.
fn crc32c(bytes: &[u8]) -> u32 {
    let mut crc = !0_u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}

async fn check_newer(dir: &TempDir, what: &str) {
    let opened = builder(dir).open().await.map(drop);
    let read = builder(dir).open_reader().await.map(drop);
    for error in [opened.unwrap_err(), read.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::NewerVersion, "{what}: {error}");
        let message = error.to_string();
        assert!(
            message.contains(&dir.path().display().to_string()),
            "{what}: {message}"
        );
        assert!(message.contains("upgrade"), "{what}: {message}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_of_a_newer_version_is_refused_by_name_and_left_alone() {
    assert_eq!(
        crc32c(b"123456789"),
        0xe306_9283,
        "the check value of CRC-32C"
    );
    let dir = tempfile::tempdir().unwrap();
    closed_store(&dir, Tier::Warm).await;
    let manifest = files(&dir.path().join("manifest")).pop().unwrap();
    let good = std::fs::read(&manifest).unwrap();

    // The version in a frame's header, in the first frame and in the last.
    let mut starts = Vec::new();
    let mut reader = FrameReader::new(good.clone().into());
    let mut first = None;
    while let Some(frame) = reader.next_frame().unwrap() {
        starts.push(usize::try_from(frame.offset).unwrap());
        first.get_or_insert(frame);
    }
    for start in [starts[0], starts[starts.len() - 1]] {
        let mut newer = good.clone();
        newer[start + 6] = 1;
        let crc = crc32c(&newer[start..start + HEADER_LEN - 4]);
        newer[start + HEADER_LEN - 4..start + HEADER_LEN].copy_from_slice(&crc.to_le_bytes());
        std::fs::write(&manifest, &newer).unwrap();
        check_newer(&dir, &format!("frame at {start}")).await;
        assert_eq!(
            std::fs::read(&manifest).unwrap(),
            newer,
            "it was left alone"
        );
    }

    // The format in the checkpoint.
    let first = first.unwrap();
    let mut state = first.payload.to_vec();
    let key = b"\xa6format";
    let at = state
        .windows(key.len())
        .position(|window| window == key)
        .unwrap()
        + key.len();
    assert_eq!(state[at], 1, "the format of today");
    state[at] = 2;
    let frame = PreparedFrame::new(first.kind, state, Compression::Lz4).unwrap();
    let mut newer = Vec::new();
    frame
        .seal(first.lsn, first.durable)
        .write_to(&mut newer)
        .unwrap();
    newer.extend_from_slice(&good[usize::try_from(first.end).unwrap()..]);
    std::fs::write(&manifest, &newer).unwrap();
    check_newer(&dir, "checkpoint").await;

    std::fs::write(&manifest, &good).unwrap();
    let store = builder(&dir).open().await.unwrap();
    assert_eq!(
        ids(&store.snapshot(), "events").await,
        (0..10_000).collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_writes_that_were_destroyed_in_the_log_are_not_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let store = builder(&dir).open().await.unwrap();
    let table = store.create_table("events", options()).await.unwrap();
    for start in (0..1_000).step_by(100) {
        table.append(rows(start..start + 100)).await.unwrap();
    }
    drop((store, table));
    let log = files(&dir.path().join("log")).pop().unwrap();
    let good = std::fs::read(&log).unwrap();
    // In the middle: later frames prove that it had reached the disk.
    let middle = good.len() / 2;
    let mut bad = good.clone();
    bad[middle] ^= 1;
    std::fs::write(&log, &bad).unwrap();
    let error = builder(&dir).open().await.map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    let name = log.file_name().unwrap().to_str().unwrap();
    assert!(
        error.to_string().contains(name),
        "which file is not in: {error}"
    );
    assert_eq!(std::fs::read(&log).unwrap(), bad, "it was left alone");
    // A torn end is what a crash leaves, and no error: rows of whole writes remain.
    std::fs::write(&log, &good[..good.len() - 20]).unwrap();
    let store = builder(&dir).open().await.unwrap();
    assert_eq!(
        ids(&store.snapshot(), "events").await,
        (0..900).collect::<Vec<_>>()
    );
}
