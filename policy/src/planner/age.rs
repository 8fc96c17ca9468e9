//! Ages.

use super::Draft;
use crate::{Action, Reason};

/// Moves every home that is too old for its tier one tier down, as far as its pin and its minimum stay
/// allow. A segment that is too old for warm as well goes on to cold with a later plan.
pub(super) fn demote_old(draft: &mut Draft<'_>) {
    draft.move_each(|segment, now| {
        let facts = segment.facts;
        let from = facts.home;
        let rule = segment.rules.age_for(from)?;
        let to = from.colder().filter(|to| segment.allows(*to))?;
        let age = rule.exceeded(facts, now).filter(|_| segment.is_free())?;
        if segment
            .rules
            .stays_until(facts.in_tier_since, now)
            .is_some()
        {
            return None;
        }
        let reason = Reason::Older {
            tier: from,
            clock: rule.clock,
            age,
            limit: rule.older_than,
        };
        Some((Action::Demote { from, to }, reason))
    });
}
