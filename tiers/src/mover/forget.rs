//! A segment goes for good.

use std::sync::Arc;

use thermocline_policy::Tier;

use super::cold::ColdChange;
use crate::error::Result;
use crate::manifest::{Covered, Edit, State};
use crate::segment::Segment;
use crate::snapshot::TableView;
use crate::store::Core;

impl Core {
    /// Drops the segment and its rows, unless it is on hold by now. Snapshots that see it keep it.
    pub(super) async fn forget(
        self: &Arc<Self>,
        table: &TableView,
        segment: &Arc<Segment>,
    ) -> Result<bool> {
        self.remove_segment(table, segment, true).await
    }

    /// Drops the segment and its rows. `spares_held`: not if it is on hold. If the segment was changed
    /// meanwhile (a move whose caller gave up goes on), it stays, and the answer is false.
    pub(super) async fn remove_segment(
        self: &Arc<Self>,
        table: &TableView,
        segment: &Arc<Segment>,
        spares_held: bool,
    ) -> Result<bool> {
        let (id, gone) = (table.id, segment.id);
        if segment.home == Tier::Cold {
            let change = ColdChange {
                remove: vec![gone],
                spares_held,
                ..ColdChange::default()
            };
            return self.change_cold(id, change).await;
        }
        if segment.home == Tier::Hot {
            self.log_has(segment).await?;
        }
        let edit = match segment.home {
            // The log still has its rows: replay must not bring them back.
            Tier::Hot => Edit::Cover {
                id,
                covered: Covered {
                    partition: segment.facts.partition.clone(),
                    lsns: segment.facts.lsns,
                },
            },
            Tier::Warm | Tier::Cold => Edit::RemoveSegment { id, segment: gone },
        };
        let partition = segment.facts.partition.to_string();
        let core = Arc::clone(self);
        let (source, before) = (Arc::clone(segment), Arc::clone(segment));
        let is_spared = move |state: &State| {
            let Some(table) = state.tables.get(&id) else {
                return true;
            };
            let held = spares_held && table.marks.holds(gone, &partition);
            // The end of a cold move would bring the rows back.
            held || table.cold.puts(gone)
        };
        let spared = is_spared.clone();
        let removed = self
            .commit(
                move |state| {
                    // What the edit says depends on where the segment was.
                    let stays = is_spared(state) || !core.shows(id, &before);
                    Ok(if stays { Vec::new() } else { vec![edit] })
                },
                move |view, state| {
                    let segments = &mut view.table_mut(id)?.segments;
                    let place = segments.iter().position(|s| Arc::ptr_eq(s, &source));
                    let index = place.filter(|_| !spared(state))?;
                    Some(segments.remove(index))
                },
            )
            .await?;
        if let Some(removed) = &removed {
            removed.retire_files();
        }
        Ok(removed.is_some())
    }
}
