//! Lifetimes.

use super::Draft;
use crate::{Action, Reason};

/// Forgets every segment that its table doesn't keep any longer. A pin doesn't stop it, a hold does.
pub(super) fn forget_expired(draft: &mut Draft<'_>) {
    draft.move_each(|segment, now| {
        let rule = segment.rules.retention.filter(|_| !segment.facts.hold)?;
        let age = rule.expired(segment.facts, now)?;
        let reason = Reason::Retention {
            clock: rule.clock,
            age,
            limit: rule.older_than,
        };
        Some((Action::Forget, reason))
    });
}
