//! A store eight times larger than its budget, in a process whose memory is
//! limited and watched.
//!
//! The child appends, lets the mover work, queries, moves everything to cold and
//! queries again. Its anonymous memory must stay within the budget and a stated
//! constant; so must its open files and its mappings.

pub mod child;

use std::path::Path;
use std::process::{Command, Stdio};

use crate::failure::{Failure, Outcome, ensure};

/// What the hot tier may take, in MiB.
pub const BUDGET: u64 = 32;
/// What is appended, in MiB.
pub const DATA: u64 = 8 * BUDGET;
/// Memory beside the budget, in MiB: one seal's rows and their sorted copy, the
/// files that are being written, the queue of the log, the batches that a query
/// has at a time, and what the allocator keeps, which is more on a busy machine: 60 to
/// 100 were seen.
pub const BESIDE: u64 = 128;
/// Open files at most: the log, the manifest, the lock, and what a runtime needs.
pub const FILES: u64 = 64;
/// Warm files that the store may have mapped at a time; there are more.
pub const WARM_MAPS: u64 = 8;
/// Mappings of warm files at most: those, and what a query and the mover read at a time.
pub const MAPS: u64 = WARM_MAPS + 8;

/// What a child took at most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Anonymous memory, in MiB.
    pub anonymous: u64,
    /// Open files.
    pub files: u64,
    /// Mappings of warm files.
    pub maps: u64,
    /// Rows that were appended, and counted by each query.
    pub rows: u64,
}

/// Runs the child and compares. `program` is the binary of this package.
///
/// # Errors
/// When it took too much, or its answers were wrong.
pub fn run(program: &Path) -> Outcome<Report> {
    let failed = |e: std::io::Error| Failure::new(format!("cannot run a child: {e}"));
    let dir = tempfile::tempdir().map_err(failed)?;
    // A limit on data counts address space that was asked for and never touched,
    // of which threads have much, so it is wider than what is measured. The rows don't fit into it.
    let limit = (DATA - BUDGET / 2) * 1024;
    let output = Command::new("sh")
        .args(["-c", &format!("ulimit -d {limit} && exec \"$0\" \"$@\"")])
        .arg(program)
        .arg("bounded-child")
        .arg(dir.path().join("store"))
        // The system's allocator, with as many arenas as there are cores.
        .env_remove("LD_PRELOAD")
        .env("MALLOC_ARENA_MAX", "2")
        .stdin(Stdio::null())
        .output()
        .map_err(failed)?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure(output.status.success(), || {
        format!(
            "the child failed ({}): {text}{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        )
    })?;
    let numbers: Vec<u64> = text
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    let [anonymous, files, maps, rows] = numbers[..] else {
        return Err(Failure::new(format!("the child said `{text}`")));
    };
    let report = Report {
        anonymous: anonymous / 1024,
        files,
        maps,
        rows,
    };
    ensure(anonymous > 0 && files > 0 && maps > 0, || {
        format!("the child could not look at itself: {report:?}")
    })?;
    let within = report.anonymous <= BUDGET + BESIDE && files <= FILES && maps <= MAPS;
    ensure(within, || {
        format!(
            "{report:?}; at most {} MiB, {FILES} files and {MAPS} mapped warm files were promised",
            BUDGET + BESIDE
        )
    })?;
    Ok(report)
}
