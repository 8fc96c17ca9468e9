//! Ages.

use super::Draft;
use crate::{Action, Reason, Tier};

/// Moves every home that is too old for its tier one tier down, as far as its pin allows. A segment
/// that is too old for warm as well goes on to cold with the next plan.
pub(super) fn demote_old(draft: &mut Draft<'_>) {
    draft.move_each(|segment, now| {
        let from = segment.facts.home;
        let rule = match from {
            Tier::Hot => segment.rules.hot_to_warm,
            Tier::Warm => segment.rules.warm_to_cold,
            Tier::Cold => None,
        }?;
        let to = from.colder().filter(|to| segment.rules.allows(*to))?;
        let age = rule.exceeded(segment.facts, now)?;
        let reason = Reason::Older {
            tier: from,
            clock: rule.clock,
            age,
            limit: rule.older_than,
        };
        Some((Action::Demote { from, to }, reason))
    });
}
