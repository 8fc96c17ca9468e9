//! An archival's memory does not grow with its files.
#![cfg(target_os = "linux")]

use std::io::{BufWriter, Write};
use std::process::Stdio;
use std::time::Duration;

use crate::support::{Place, command};

/// What `--memory` allows for rows.
const BUDGET: u64 = 24 << 20;

/// What the program needs beside them: itself, one batch of the reader, the files that are being
/// written, and what the allocator keeps.
const BESIDE: u64 = 64 << 20;

/// The memory that a process has of its own now, in bytes: neither its program nor mapped files.
fn anonymous(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kib << 10)
}

#[test]
fn a_file_of_eight_times_the_budget_is_archived_within_it() {
    let place = Place::new();
    let path = place.path("rows.csv");
    let mut csv = BufWriter::new(std::fs::File::create(&path).unwrap());
    writeln!(csv, "id,part,text").unwrap();
    let (mut bytes, mut rows) = (0, 0_u64);
    while bytes < 8 * BUDGET {
        // Text that does not compress to nothing.
        let word = rows.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let line = format!(
            "{rows},{},{word:016x}{:016x}\n",
            rows % 5,
            word.rotate_left(29)
        );
        csv.write_all(line.as_bytes()).unwrap();
        bytes += line.len() as u64;
        rows += 1;
    }
    csv.into_inner().unwrap();
    let budget = BUDGET.to_string();
    let mut child = command()
        .args(["archive", "--json", "--memory", &budget, "--to"])
        .args([place.path("lake"), "--table".into(), "t".into()])
        .args(["--partition-by", "part", "--sort-by", "text"])
        .arg(&path)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        most = most.max(anonymous(child.id()).unwrap_or(0));
        std::thread::sleep(Duration::from_millis(2));
    }
    let output = child.wait_with_output().unwrap();
    let done: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(done["rows"], rows);
    println!("{} MiB at most for {} MiB of rows", most >> 20, bytes >> 20);
    assert!(most > BUDGET / 4, "it was not measured: {most}");
    assert!(
        most <= BUDGET + BESIDE,
        "{} MiB with a budget of {} MiB",
        most >> 20,
        BUDGET >> 20
    );
}
