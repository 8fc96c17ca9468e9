//! Several handles on one directory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::TempDir;
use thermocline_tiers::ErrorKind;
use thermocline_tiers::persistence::{ParquetPersistence, SoAPersistence};

use crate::kit::Sales;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_take_turns_or_are_told_and_nothing_is_lost() {
    let dir = TempDir::new().unwrap();
    let writers: Vec<_> = (0..4_i64)
        .map(|writer| {
            let path = dir.path().to_path_buf();
            tokio::spawn(async move {
                let mut sales = ParquetPersistence::<Sales>::new(path);
                let mut done = Vec::new();
                for id in (0..25).map(|n| writer * 1000 + n) {
                    loop {
                        match sales.append(&Sales::of(id..id + 1)).await {
                            Ok(()) => break,
                            Err(error) => assert_eq!(error.kind(), ErrorKind::Locked, "{error}"),
                        }
                        tokio::task::yield_now().await;
                    }
                    done.push(id);
                }
                done
            })
        })
        .collect();
    let mut written = Vec::new();
    for writer in writers {
        written.extend(writer.await.unwrap());
    }
    written.sort_unstable();
    let sales = ParquetPersistence::<Sales>::new(dir.path());
    let found = sales.load().await.unwrap().unwrap().sorted();
    assert_eq!(found.id, written);
    assert_eq!(written.len(), 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_sees_one_save_or_the_other() {
    let dir = TempDir::new().unwrap();
    let mut writer =
        ParquetPersistence::<Sales>::new(dir.path()).with_partition_by("shop".parse().unwrap());
    writer.save(&Sales::of(0..9)).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let sales = ParquetPersistence::<Sales>::new(dir.path());
            let stop = Arc::clone(&stop);
            tokio::spawn(async move {
                let mut reads = 0;
                while reads < 20 || !stop.load(Ordering::Relaxed) {
                    let found = sales.load().await.unwrap().unwrap().sorted();
                    // Every save is of nine rows that begin with a multiple of nine.
                    let first = found.id[0];
                    assert_eq!(first % 9, 0);
                    assert_eq!(found, Sales::of(first..first + 9));
                    reads += 1;
                }
            })
        })
        .collect();
    for save in 1..40_i64 {
        writer
            .save(&Sales::of(save * 9..save * 9 + 9))
            .await
            .unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.await.unwrap();
    }
}
