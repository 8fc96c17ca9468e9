//! Moves that failed, and when they are tried again.

use std::collections::BTreeMap;
use std::time::Duration;

use parking_lot::Mutex;
use serde::Serialize;
use thermocline_policy::{Action, Move, SegmentId, Timestamp};

use crate::error::Error;

/// The pause after the first failure; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// A segment whose last move failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FailedMove {
    /// Its table.
    pub table: String,
    /// The segment.
    pub segment: SegmentId,
    /// What was tried.
    pub action: Action,
    /// How often it has failed in a row.
    pub attempts: u32,
    /// Why, the last time.
    pub error: String,
    /// Before this time the mover doesn't try again.
    pub retry_at: Timestamp,
}

/// The segments whose last move failed.
#[derive(Debug, Default)]
pub(crate) struct Failures(Mutex<BTreeMap<SegmentId, FailedMove>>);

impl Failures {
    pub(super) fn failed(&self, proposed: &Move, error: &Error, now: Timestamp) {
        let mut failures = self.0.lock();
        let before = failures.get(&proposed.segment);
        let attempts = before.map_or(0, |failed| failed.attempts).saturating_add(1);
        let pause = FIRST_PAUSE.saturating_mul(1_u32 << attempts.saturating_sub(1).min(16));
        let failed = FailedMove {
            table: proposed.table.clone(),
            segment: proposed.segment,
            action: proposed.action,
            attempts,
            error: error.to_string(),
            retry_at: now.saturating_add(pause.min(LONGEST_PAUSE)),
        };
        failures.insert(proposed.segment, failed);
    }

    pub(super) fn succeeded(&self, segment: SegmentId) {
        self.0.lock().remove(&segment);
    }

    /// Whether the segment has to wait. A clock that was set back doesn't make it wait longer than
    /// the longest pause.
    pub(super) fn waits(&self, segment: SegmentId, now: Timestamp) -> bool {
        let failures = self.0.lock();
        failures.get(&segment).is_some_and(|failed| {
            now < failed.retry_at
                && failed.retry_at.0.saturating_sub(now.0) <= micros(LONGEST_PAUSE)
        })
    }

    /// Forgets segments that are gone.
    pub(super) fn keep(&self, there: impl Fn(SegmentId) -> bool) {
        self.0.lock().retain(|segment, _| there(*segment));
    }

    pub(crate) fn list(&self) -> Vec<FailedMove> {
        self.0.lock().values().cloned().collect()
    }
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}
