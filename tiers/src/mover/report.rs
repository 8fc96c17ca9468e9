//! What was done.

use serde::Serialize;
use thermocline_policy::{Action, Move, SegmentId};

/// What became of a plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MoveReport {
    /// Moves that were carried out.
    pub done: Vec<Done>,
    /// Moves that no longer made sense, because the store had changed.
    pub skipped: Vec<Skipped>,
}

/// One move that was carried out.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Done {
    /// The table.
    pub table: String,
    /// The segment.
    pub segment: SegmentId,
    /// What was done with it.
    pub action: Action,
    /// Rows in it.
    pub rows: u64,
}

/// One move that no longer made sense.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Skipped {
    /// The segment.
    pub segment: SegmentId,
    /// Why, in a few words.
    pub why: String,
}

impl MoveReport {
    pub(crate) fn done(&mut self, proposed: &Move, rows: u64) {
        self.done.push(Done {
            table: proposed.table.clone(),
            segment: proposed.segment,
            action: proposed.action,
            rows,
        });
    }

    pub(crate) fn skip(&mut self, segment: SegmentId, why: impl Into<String>) {
        self.skipped.push(Skipped {
            segment,
            why: why.into(),
        });
    }

    /// Rows of the segments that were moved.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.done.iter().map(|done| done.rows).sum()
    }
}

/// What one round of the mover did.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StepReport {
    /// Segments that were sealed.
    pub sealed: usize,
    /// Moves that were carried out or skipped.
    pub moves: MoveReport,
    /// Files that were removed.
    pub collected: usize,
}
