//! What can be done about a segment with damaged files.

use std::sync::Arc;

use thermocline_policy::Tier;

use super::busy::Busy;
use super::cold::ColdChange;
use super::forget::Because;
use crate::error::{Error, Result};
use crate::segment::Segment;
use crate::snapshot::TableView;
use crate::store::Core;

impl Core {
    /// Drops the damaged promoted copy in `tier`.
    pub(crate) async fn drop_damaged_copy(
        self: &Arc<Self>,
        table: &TableView,
        segment: &Arc<Segment>,
        tier: Tier,
    ) -> Result<bool> {
        let _busy = self.have_to_itself(segment)?;
        self.drop_copy(table, segment, tier).await
    }

    /// Writes the damaged home again, in the same tier, out of a faster copy.
    pub(crate) async fn rebuild_home(
        self: &Arc<Self>,
        table: &TableView,
        segment: &Arc<Segment>,
    ) -> Result<bool> {
        let _busy = self.have_to_itself(segment)?;
        let mut whole = Segment::clone(segment);
        match segment.home {
            Tier::Hot => return Ok(false),
            Tier::Warm => whole.warm = None,
            Tier::Cold => whole.cold = None,
        }
        let source = Arc::new(whole.clone());
        match segment.home {
            Tier::Hot => return Ok(false),
            Tier::Warm => whole.warm = Some(self.write_warm(table, &source).await?),
            Tier::Cold => return self.rebuild_cold(table, &source).await,
        }
        self.replace(table.id, segment, whole, false).await
    }

    /// The new file takes the place of the damaged one for readers of the Delta table, too.
    async fn rebuild_cold(
        self: &Arc<Self>,
        table: &TableView,
        source: &Arc<Segment>,
    ) -> Result<bool> {
        let file = self.write_cold(table, source).await?;
        let mut whole = Segment::clone(source);
        whole.cold = Some(Arc::clone(&file));
        let meta = whole
            .meta()?
            .ok_or_else(|| Error::bug("a cold segment that the manifest does not keep"))?;
        let change = ColdChange {
            put: vec![(source.id, Arc::new(meta))],
            remove: vec![source.id],
            rewrites: true,
            ..ColdChange::default()
        };
        self.change_cold_by(table.id, change, &file).await
    }

    /// Takes a segment without an intact copy out of its table.
    pub(crate) async fn give_up(
        self: &Arc<Self>,
        table: &TableView,
        segment: &Arc<Segment>,
    ) -> Result<bool> {
        let _busy = self.have_to_itself(segment)?;
        // It may have got a copy meanwhile.
        if !self.shows(table.id, segment) {
            return Ok(false);
        }
        self.remove_segment(table, segment, Because::Damage).await
    }

    fn have_to_itself(self: &Arc<Self>, segment: &Segment) -> Result<Busy> {
        Busy::mark(self, segment.id).ok_or_else(|| {
            Error::cancelled(format!(
                "segment {} is being moved; repair the store again when that is done",
                segment.id
            ))
        })
    }
}
