//! Pins and holds.

use std::sync::Arc;

use futures::future::BoxFuture;
use thermocline_policy::{Action, Move, Reason, SegmentId, Tier};

use crate::error::{Error, Result};
use crate::layout::TableId;
use crate::manifest::{Edit, Marked, Marks};
use crate::mover::Selection;
use crate::store::Core;

/// What is done to the marks of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Pin(Tier),
    Unpin,
    Hold,
    Release,
}

impl Core {
    pub(crate) fn mark<'a>(
        self: &'a Arc<Self>,
        id: TableId,
        name: &'a str,
        which: &'a Selection,
        mark: Mark,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let on = match which {
                Selection::Partition(path) => Marked::Partition(path.clone()),
                Selection::Segment(segment) => Marked::Segment(*segment),
                Selection::All => {
                    return Err(Error::invalid(format!(
                        "name a partition or a segment of table `{name}`; a whole table is pinned by its \
                     rules in the policy"
                    )));
                }
            };
            if matches!(mark, Mark::Pin(_) | Mark::Hold) {
                // Only what is there can be marked; what is gone can still be unmarked.
                self.selected(id, name, which).await?;
                if let Selection::Segment(segment) = which {
                    self.give_lasting_name(name, *segment).await?;
                }
            }
            let owned = name.to_owned();
            let text = which.to_string();
            self.commit(
                move |state| {
                    let table = state.tables.get(&id);
                    let table = table
                        .ok_or_else(|| Error::not_found(format!("table `{owned}` was dropped")))?;
                    let mut marks: Marks = table.marks.clone();
                    let changed = match mark {
                        Mark::Pin(tier) => marks.set_pin(on, Some(tier)),
                        Mark::Unpin => marks.set_pin(on, None),
                        Mark::Hold => marks.set_hold(on, true),
                        Mark::Release => marks.set_hold(on, false),
                    };
                    match (changed, mark) {
                        (true, _) => Ok(vec![Edit::SetMarks { id, marks }]),
                        (false, Mark::Pin(_) | Mark::Hold) => Ok(Vec::new()),
                        (false, Mark::Unpin) => Err(Error::not_found(format!(
                            "{text} of table `{owned}` is not pinned"
                        ))),
                        (false, Mark::Release) => Err(Error::not_found(format!(
                            "{text} of table `{owned}` is not on hold"
                        ))),
                    }
                },
                |_, _| (),
            )
            .await
        })
    }

    /// A segment that only the log has is made anew, under another name, when the store is opened
    /// again. One that is named gets a warm file, and stays in memory as a copy.
    async fn give_lasting_name(self: &Arc<Self>, table: &str, segment: SegmentId) -> Result<()> {
        let view = self.view();
        let Some(found) = view
            .tables
            .get(table)
            .and_then(|table| table.segment(segment))
        else {
            return Ok(());
        };
        if found.home != Tier::Hot {
            return Ok(());
        }
        let (from, to) = (Tier::Hot, Tier::Warm);
        let moves = [
            Action::Demote { from, to },
            Action::Promote { to: Tier::Hot },
        ]
        .map(|action| Move {
            segment,
            table: table.to_owned(),
            partition: found.facts.partition.to_string(),
            action,
            bytes: found.facts.hot_bytes,
            money: None,
            reason: Reason::ManualRequest,
        });
        self.apply(&moves).await.map(|_| ())
    }
}
