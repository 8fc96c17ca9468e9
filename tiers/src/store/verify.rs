//! Reading everything, to find damage before a query does.

use serde::Serialize;
use thermocline_policy::SegmentId;

use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::segment::Segment;
use crate::snapshot::Snapshot;

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct VerifyReport {
    /// Whether nothing is wrong.
    pub ok: bool,
    /// Tables that were looked at.
    pub tables: u64,
    /// Segments that were looked at.
    pub segments: u64,
    /// Rows in them, and rows that have no segment yet.
    pub rows: u64,
    /// Files that were read whole.
    pub files: u64,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Problem {
    /// The table.
    pub table: String,
    /// The segment.
    pub segment: SegmentId,
    /// The file, as the manifest names it.
    pub path: String,
    /// What is wrong with it, in a sentence.
    pub what: String,
    /// Whether another copy of the segment is intact.
    pub other_copy_is_good: bool,
}

/// Verifies every file that a snapshot sees.
///
/// # Errors
/// [`Expired`](ErrorKind::Expired) when a reading process sees a file no more.
pub(crate) async fn verify_snapshot(env: &Env, snapshot: &Snapshot) -> Result<VerifyReport> {
    let mut report = VerifyReport {
        ok: true,
        tables: 0,
        segments: 0,
        rows: 0,
        files: 0,
        problems: Vec::new(),
    };
    for table in snapshot.tables() {
        report.tables += 1;
        report.rows += table.rows();
        for segment in &table.view().segments {
            report.segments += 1;
            verify_segment(env, table.name(), segment, &mut report).await?;
        }
    }
    report.ok = report.problems.is_empty();
    Ok(report)
}

async fn verify_segment(
    env: &Env,
    table: &str,
    segment: &Segment,
    report: &mut VerifyReport,
) -> Result<()> {
    let rows = segment.facts.rows;
    let mut wrong = Vec::new();
    let mut good = usize::from(segment.hot.is_some());
    if let Some(file) = segment.warm.clone() {
        let path = file.meta.path.clone();
        let outcome = env.blocking(move || file.verify(rows)).await;
        note(outcome, path, &mut good, &mut wrong)?;
    }
    if let Some(file) = &segment.cold {
        note(
            file.verify(rows).await,
            file.shown_path(),
            &mut good,
            &mut wrong,
        )?;
    }
    report.files += (good - usize::from(segment.hot.is_some()) + wrong.len()) as u64;
    report
        .problems
        .extend(wrong.into_iter().map(|(path, error)| Problem {
            table: table.to_owned(),
            segment: segment.id,
            path,
            what: error.to_string(),
            other_copy_is_good: good > 0,
        }));
    Ok(())
}

fn note(
    outcome: Result<()>,
    path: String,
    good: &mut usize,
    wrong: &mut Vec<(String, Error)>,
) -> Result<()> {
    match outcome {
        Ok(()) => *good += 1,
        Err(error) if error.kind() == ErrorKind::Cancelled => return Err(error),
        Err(error) => wrong.push((path, error)),
    }
    Ok(())
}
