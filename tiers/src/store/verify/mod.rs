//! Reading everything, to find damage before a query does.

mod delta;

use std::sync::Arc;

use futures::future::BoxFuture;
use serde::Serialize;
use thermocline_policy::{SegmentId, Tier};

use crate::cold::ColdStore;
use crate::env::Env;
use crate::error::{ErrorKind, Result};
use crate::manifest::State;
use crate::segment::Segment;
use crate::snapshot::Snapshot;
pub use delta::ColdProblem;

/// How often Delta tables are compared while the store goes on.
const TRIES: usize = 16;

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
    /// What is wrong with files of segments.
    pub problems: Vec<Problem>,
    /// What the Delta tables that other programs read say otherwise than the store.
    pub cold_problems: Vec<ColdProblem>,
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

impl VerifyReport {
    /// Forgets problems of files that a later snapshot no longer sees.
    pub(crate) fn keep_problems_of(&mut self, later: &Snapshot) {
        self.problems.retain(|problem| problem.is_of(later));
        self.ok = self.problems.is_empty() && self.cold_problems.is_empty();
    }
}

impl Problem {
    /// Whether the file belongs to the store still.
    fn is_of(&self, snapshot: &Snapshot) -> bool {
        let has = |segment: &Segment| {
            let warm = segment.warm.as_ref();
            let cold = segment.cold.as_ref();
            segment.id == self.segment
                && (warm.is_some_and(|file| file.meta.path == self.path)
                    || cold.is_some_and(|file| file.shown_path() == self.path))
        };
        snapshot
            .tables()
            .any(|table| table.view().segments.iter().any(|s| has(s)))
    }
}

/// Verifies every file that a snapshot sees.
///
/// # Errors
/// [`Expired`](ErrorKind::Expired) when a reading process sees a file no more.
pub(crate) fn verify_snapshot<'a>(
    env: &'a Env,
    snapshot: &'a Snapshot,
) -> BoxFuture<'a, Result<VerifyReport>> {
    Box::pin(async move {
        let mut report = VerifyReport {
            ok: true,
            tables: 0,
            segments: 0,
            rows: 0,
            files: 0,
            problems: Vec::new(),
            cold_problems: Vec::new(),
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
    })
}

impl VerifyReport {
    /// Looks at what other programs are told, too. `newest` gives the newest manifest: what is found
    /// wrong with an older one may be a table that was dropped meanwhile.
    pub(crate) async fn compare_cold<F>(
        &mut self,
        env: &Env,
        cold: &ColdStore,
        newest: impl Fn() -> F,
    ) -> Result<()>
    where
        F: Future<Output = Result<Arc<State>>>,
    {
        let mut state = newest().await?;
        for _ in 0..TRIES {
            let (compared, cold) = (Arc::clone(&state), cold.clone());
            let found = env.blocking(move || delta::compare(&cold, &compared));
            self.cold_problems = found.await?;
            self.ok = self.problems.is_empty() && self.cold_problems.is_empty();
            let later = newest().await?;
            if self.cold_problems.is_empty() || later.version == state.version {
                break;
            }
            state = later;
        }
        Ok(())
    }
}

/// One file of a segment that was read whole.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) tier: Tier,
    /// As users are told.
    pub(crate) path: String,
    pub(crate) outcome: Result<()>,
}

/// Reads every file of a segment.
pub(crate) async fn check_segment(env: &Env, segment: &Segment) -> Result<Vec<Checked>> {
    let rows = segment.facts.rows;
    let mut checked = Vec::new();
    if let Some(file) = segment.warm.clone() {
        let path = file.meta.path.clone();
        checked.push(Checked {
            tier: Tier::Warm,
            path,
            outcome: env.blocking(move || file.verify(rows)).await,
        });
    }
    if let Some(file) = &segment.cold {
        checked.push(Checked {
            tier: Tier::Cold,
            path: file.shown_path(),
            outcome: file.verify(rows).await,
        });
    }
    let cancelled = |checked: &Checked| matches!(&checked.outcome, Err(error) if error.kind() == ErrorKind::Cancelled);
    match checked.iter().position(cancelled) {
        Some(index) => checked.swap_remove(index).outcome.map(|()| Vec::new()),
        None => Ok(checked),
    }
}

async fn verify_segment(
    env: &Env,
    table: &str,
    segment: &Segment,
    report: &mut VerifyReport,
) -> Result<()> {
    let checked = check_segment(env, segment).await?;
    let good = segment.hot.is_some() || checked.iter().any(|checked| checked.outcome.is_ok());
    report.files += checked.len() as u64;
    report
        .problems
        .extend(checked.into_iter().filter_map(|checked| {
            Some(Problem {
                table: table.to_owned(),
                segment: segment.id,
                path: checked.path,
                what: checked.outcome.err()?.to_string(),
                other_copy_is_good: good,
            })
        }));
    Ok(())
}
