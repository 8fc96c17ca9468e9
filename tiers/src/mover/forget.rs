//! A segment goes for good.

use std::sync::Arc;

use thermocline_policy::Tier;

use super::cold::ColdChange;
use crate::error::Result;
use crate::manifest::{Covered, Edit};
use crate::segment::Segment;
use crate::snapshot::TableView;
use crate::store::Core;

impl Core {
    /// Drops the segment and its rows. Snapshots that see it keep it.
    pub(super) async fn forget(
        self: &Arc<Self>,
        table: &TableView,
        segment: &Arc<Segment>,
    ) -> Result<bool> {
        let (id, gone) = (table.id, segment.id);
        if segment.home == Tier::Cold {
            let change = ColdChange {
                remove: vec![gone],
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
        let removed = self
            .commit(
                move |state| {
                    let there = state.tables.contains_key(&id);
                    Ok(if there { vec![edit] } else { Vec::new() })
                },
                move |view, _| {
                    let segments = &mut view.table_mut(id)?.segments;
                    let index = segments.iter().position(|segment| segment.id == gone)?;
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
