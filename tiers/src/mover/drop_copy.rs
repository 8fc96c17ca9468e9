//! A segment loses a promoted copy.

use std::sync::Arc;

use thermocline_policy::Tier;

use crate::error::Result;
use crate::segment::Segment;
use crate::snapshot::TableView;
use crate::store::Core;

impl Core {
    /// Drops the copy in `tier`; never the home. Returns whether there was one.
    pub(super) async fn drop_copy(
        self: &Arc<Self>,
        table: &TableView,
        segment: &Arc<Segment>,
        tier: Tier,
    ) -> Result<bool> {
        if !segment.copies().contains(&tier) {
            return Ok(false);
        }
        let mut moved = Segment::clone(segment);
        match tier {
            Tier::Hot => moved.hot = None,
            Tier::Warm => moved.warm = None,
            Tier::Cold => return Ok(false),
        }
        self.replace(table.id, segment, moved, false).await
    }
}
