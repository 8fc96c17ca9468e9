//! How fast moves may go.

use std::time::Duration;

use parking_lot::Mutex;
use thermocline_policy::{Action, Move, Reason, TokenBucket};

/// The limit of bytes that moves write a second, by the policy.
#[derive(Debug, Default)]
pub(crate) struct Pace(Mutex<Option<(u64, TokenBucket)>>);

/// Whether a move needs nothing of the limit, or must not wait for it: a tier that is too full must not
/// wait for those that only want to be elsewhere.
pub(super) fn goes_at_once(proposed: &Move) -> bool {
    let writes = matches!(
        proposed.action,
        Action::Demote { .. } | Action::Promote { .. }
    );
    !writes || matches!(proposed.reason, Reason::OverBudget { .. })
}

impl Pace {
    /// Takes what the move needs, or tells how long it has to wait. `now` is a clock that never goes
    /// back.
    pub(super) fn admit(
        &self,
        rate: Option<u64>,
        proposed: &Move,
        now: Duration,
    ) -> Result<(), Duration> {
        let mut bucket = self.0.lock();
        let Some(rate) = rate else {
            *bucket = None;
            return Ok(());
        };
        let bytes = match proposed.action {
            Action::Demote { .. } | Action::Promote { .. } => proposed.bytes,
            _ => return Ok(()),
        };
        // A second's worth may go at once. Another limit starts with a full bucket.
        if bucket.as_ref().is_none_or(|(before, _)| *before != rate) {
            *bucket = Some((rate, TokenBucket::new(rate, rate)));
        }
        match bucket.as_mut() {
            Some((_, bucket)) if goes_at_once(proposed) => {
                bucket.force(bytes, now);
                Ok(())
            }
            Some((_, bucket)) => bucket.take(bytes, now),
            None => Ok(()),
        }
    }
}
