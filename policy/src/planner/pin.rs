//! Pins.

use super::Draft;
use crate::{Action, Reason};

/// Brings a copy of every segment that stands colder than its pin to the pinned tier.
pub(super) fn promote_pinned(draft: &mut Draft<'_>) {
    draft.move_each(|segment, _| {
        let tier = segment
            .rules
            .pin
            .filter(|pin| segment.facts.tier() > *pin)?;
        Some((Action::Promote { to: tier }, Reason::Pinned { tier }))
    });
}
