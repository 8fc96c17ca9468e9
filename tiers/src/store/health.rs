//! Whether a store is well.

use parking_lot::Mutex;
use serde::Serialize;
use thermocline_policy::Timestamp;

use super::Core;
use crate::error::Error;
use crate::log::Condition;
use crate::mover::FailedMove;

/// Whether a store is well, and what last went wrong in the background.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Health {
    /// Whether writes are taken.
    pub writes: WriteHealth,
    /// Why they are not.
    pub reason: Option<String>,
    /// Failures of what the store does by itself since it was opened: moves, checkpoints, saving heat.
    pub background_errors: u64,
    /// The last of them.
    pub last_background_error: Option<BackgroundError>,
    /// Segments whose last move failed; the mover tries them again, with pauses that grow.
    pub failed_moves: Vec<FailedMove>,
}

/// Whether writes are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WriteHealth {
    /// They are.
    Good,
    /// The disk is full; they are again when there is space.
    Full,
    /// A sync failed; the store must be opened anew.
    Poisoned,
    /// The store was closed.
    Closed,
}

/// One failure of what a store does by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BackgroundError {
    /// When.
    pub at: Timestamp,
    /// What, in a sentence.
    pub message: String,
}

/// Where background failures are noted.
#[derive(Debug, Default)]
pub(crate) struct HealthLog {
    inner: Mutex<(u64, Option<BackgroundError>)>,
}

impl Core {
    /// Tells of a failure that is no call's: in the health, the log, and the metrics, as one `place`.
    pub(crate) fn note_failure(&self, place: &'static str, what: &'static str, error: &Error) {
        metrics::counter!("thermocline_errors_total", "where" => place).increment(1);
        tracing::warn!(%error, "{what}");
        let at = self.env.clock.now();
        let mut inner = self.health.inner.lock();
        inner.0 += 1;
        inner.1 = Some(BackgroundError {
            at,
            message: format!("{what}: {error}"),
        });
    }

    /// Whether the manifest on the disk may have more than this process knows, as after a commit
    /// that failed half-way. Then no file can be said to be needed by nobody.
    pub(crate) fn is_uncertain(&self) -> bool {
        matches!(self.log.condition(), Condition::Poisoned(_))
    }

    pub(crate) fn health(&self) -> Health {
        let (background_errors, last_background_error) = self.health.inner.lock().clone();
        let (writes, reason) = if self.check_open().is_err() {
            (WriteHealth::Closed, None)
        } else {
            match self.log.condition() {
                Condition::Good => (WriteHealth::Good, None),
                Condition::Full(why) => (WriteHealth::Full, Some(why)),
                Condition::Closed => (WriteHealth::Closed, None),
                Condition::Poisoned(why) => (WriteHealth::Poisoned, Some(why)),
            }
        };
        Health {
            writes,
            reason,
            background_errors,
            last_background_error,
            failed_moves: self.failures.list(),
        }
    }
}
