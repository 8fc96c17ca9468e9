//! Reading the log back.
#![expect(
    clippy::disallowed_methods,
    reason = "the yardstick reads the files by itself"
)]

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{Advice, fadvise};
use thermocline::Store;

use crate::context::{Context, ROUNDS};
use crate::harness::{Line, Outcome, Target, interleave, same, timed};
use crate::orders;

/// Rows of a write.
const ROWS: u64 = 10_000;
/// What the yardstick reads at a time.
const BLOCK: usize = 1 << 20;

/// A store whose rows are in the log alone is opened; the same files are read from first to last.
/// Neither finds them in the page cache.
pub(super) fn run(context: &Context) -> Outcome<Vec<Line>> {
    let writes = context.size(20, 700);
    let dir = context.fresh_dir()?;
    let written = context.block_on(fill(dir.path(), writes))?;
    let files = log_files(dir.path())?;
    let pair = interleave(
        ROUNDS,
        || {
            forget(&files)?;
            context.block_on(replay(dir.path(), written))
        },
        || {
            forget(&files)?;
            let (bytes, took) = timed(|| read(&files))?;
            same("the number of bytes", &(bytes >= written.bytes), &true)?;
            Ok(took)
        },
    )?;
    let what = format!("{} MB of writes of {ROWS} rows", written.bytes / 1_000_000);
    let line = Line::speed(what, "reading its files", &pair);
    Ok(vec![
        line.with_target(Target::AtLeast(0.7))
            .for_bytes(written.bytes),
    ])
}

/// What the log has.
#[derive(Debug, Clone, Copy)]
struct Written {
    bytes: u64,
    rows: u64,
    integers: u64,
}

async fn fill(dir: &Path, writes: u64) -> Outcome<Written> {
    let store = Store::builder(dir)
        .create_if_missing()
        .background(false)
        .open()
        .await?;
    let table = orders::create_table(&store).await?;
    let mut totals = orders::Totals::default();
    for write in 0..writes {
        let rows = orders::batch(write * ROWS, ROWS)?;
        totals.add(&rows);
        table.append(rows).await?;
    }
    let bytes = store.stats().log_bytes;
    store.close().await?;
    Ok(Written {
        bytes,
        rows: totals.rows,
        integers: totals.integers,
    })
}

async fn replay(dir: &Path, written: Written) -> Outcome<Duration> {
    let started = tokio::time::Instant::now();
    let store = Store::builder(dir).background(false).open().await?;
    let took = started.elapsed();
    let found = orders::scan(&store.snapshot())?;
    same(
        "the table",
        &(found.rows, found.integers),
        &(written.rows, written.integers),
    )?;
    store.close().await?;
    Ok(took)
}

fn log_files(dir: &Path) -> Outcome<Vec<PathBuf>> {
    let entries = std::fs::read_dir(dir.join("log"))?;
    let mut files = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Outcome<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

fn forget(files: &[PathBuf]) -> Outcome<()> {
    for file in files {
        let file = File::open(file)?;
        // Only pages that are on the disk are let go.
        file.sync_all()?;
        fadvise(&file, 0, None, Advice::DontNeed)?;
    }
    Ok(())
}

fn read(files: &[PathBuf]) -> Outcome<u64> {
    let mut block = vec![0; BLOCK];
    let mut bytes = 0;
    for file in files {
        let mut file = File::open(file)?;
        loop {
            match file.read(&mut block)? {
                0 => break,
                read => bytes += read as u64,
            }
        }
    }
    Ok(bytes)
}
