//! Pins.

use super::Draft;
use crate::{Action, Reason};

/// Brings every segment that is pinned itself to its tier, one step at a time; and a copy of every other
/// that stands colder than the pin of its table to the pinned tier.
pub(super) fn place_pinned(draft: &mut Draft<'_>) {
    draft.move_each(|segment, _| {
        let facts = segment.facts;
        if let Some(tier) = facts.pin {
            let action = if facts.tier() > tier {
                Action::Promote { to: tier }
            } else if facts.tier() == tier {
                return None;
            } else if facts.has_copy(facts.tier()) {
                Action::DropCopy { tier: facts.tier() }
            } else {
                let (from, to) = (facts.home, facts.home.colder()?);
                Action::Demote { from, to }
            };
            return Some((action, Reason::PinnedHere { tier }));
        }
        let tier = segment.rules.pin.filter(|pin| facts.tier() > *pin)?;
        Some((Action::Promote { to: tier }, Reason::Pinned { tier }))
    });
}
