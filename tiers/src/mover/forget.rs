//! A segment goes for good.

use std::sync::Arc;

use thermocline_policy::{Reason, SegmentId, Tier};

use super::cold::ColdChange;
use crate::error::Result;
use crate::manifest::{Covered, Edit, Marks, State};
use crate::segment::Segment;
use crate::snapshot::TableView;
use crate::store::Core;

/// Why a segment goes for good.
#[derive(Debug, Clone)]
pub(super) enum Because {
    /// A policy keeps it no longer.
    Policy {
        /// The name of its table, by which its rules are found.
        table: String,
        /// What the plan said.
        reason: Reason,
    },
    /// It has no intact copy.
    Damage,
}

impl Because {
    /// Whether that is no cause any more: the segment is on hold, or has other rules.
    pub(super) fn is_over(
        &self,
        state: &State,
        marks: &Marks,
        segment: SegmentId,
        partition: &str,
    ) -> bool {
        let Self::Policy { table, reason } = self else {
            return false;
        };
        let Reason::Retention { clock, age, .. } = reason else {
            return marks.holds(segment, partition);
        };
        let rule = state.policy.rules(table).retention;
        let expired = rule.is_some_and(|rule| rule.clock == *clock && *age > rule.older_than);
        !expired || marks.holds(segment, partition)
    }
}

impl Core {
    /// Drops the segment and its rows, unless it is on hold by now, or the policy of now keeps what
    /// the one of the plan did not. Snapshots that see it keep it.
    pub(super) async fn forget(
        self: &Arc<Self>,
        table: &TableView,
        segment: &Arc<Segment>,
        reason: Reason,
    ) -> Result<bool> {
        let because = Because::Policy {
            table: table.name.clone(),
            reason,
        };
        self.remove_segment(table, segment, because).await
    }

    /// Drops the segment and its rows, if there is still a cause to. If the segment was changed
    /// meanwhile (a move whose caller gave up goes on), it stays, and the answer is false.
    pub(super) async fn remove_segment(
        self: &Arc<Self>,
        table: &TableView,
        segment: &Arc<Segment>,
        because: Because,
    ) -> Result<bool> {
        let (id, gone) = (table.id, segment.id);
        if segment.home == Tier::Cold {
            let change = ColdChange {
                remove: vec![gone],
                because: Some(because),
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
            // The end of a cold move would bring the rows back.
            because.is_over(state, &table.marks, gone, &partition) || table.cold.puts(gone)
        };
        let spared = is_spared.clone();
        self.commit(
            move |state| {
                // What the edit says depends on where the segment was.
                let stays = is_spared(state) || !core.shows(id, &before);
                Ok(if stays { Vec::new() } else { vec![edit] })
            },
            move |view, state| {
                let Some(table) = view.table_mut(id) else {
                    return false;
                };
                let segments = &mut table.segments;
                let place = segments.iter().position(|s| Arc::ptr_eq(s, &source));
                let index = place.filter(|_| !spared(state));
                let removed = index.map(|index| segments.remove(index));
                removed.is_some_and(|removed| {
                    removed.retire_files();
                    true
                })
            },
        )
        .await
    }
}
