//! Pins and holds.

use std::sync::Arc;

use futures::future::BoxFuture;
use thermocline_policy::{Action, Move, Reason, SegmentId, Tier};

use super::being_dropped;
use crate::error::{Error, Result};
use crate::layout::TableId;
use crate::manifest::{Edit, Marked, Marks, State, TableMeta};
use crate::mover::Selection;
use crate::store::Core;

/// Whether a change of the cold table that is under way takes away what is to be marked.
fn goes(table: &TableMeta, on: &Marked) -> bool {
    let Some(intent) = &table.cold.intent else {
        return false;
    };
    intent.remove.iter().any(|segment| match on {
        Marked::Segment(marked) => segment == marked && intent.takes_away(*segment),
        Marked::Partition(path) => {
            let meta = table.segments.get(segment);
            let within = meta.is_some_and(|meta| meta.partition.to_string() == *path);
            within && !intent.rewrites
        }
    })
}

/// What is done to the marks of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Pin(Tier),
    Unpin,
    Hold,
    Release,
}

impl Mark {
    /// Whether something is marked, and not freed of a mark.
    fn is_put_on(self) -> bool {
        matches!(self, Self::Pin(_) | Self::Hold)
    }
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
            let what = format!("{which} of table `{name}`");
            loop {
                if mark.is_put_on() {
                    // Only what is there can be marked; what is gone can still be unmarked.
                    self.selected(id, name, which).await?;
                    if let Selection::Segment(segment) = which {
                        self.give_lasting_name(name, *segment).await?;
                    }
                }
                if self.set_mark(id, &what, &on, mark).await? {
                    return Ok(());
                }
                // What is about to go would go in spite of the mark.
                self.cold_table(id).await?;
            }
        })
    }

    /// Changes a mark; `false` if that has to wait for a change under way.
    async fn set_mark(
        self: &Arc<Self>,
        id: TableId,
        what: &str,
        on: &Marked,
        mark: Mark,
    ) -> Result<bool> {
        let (what, on, shown) = (what.to_owned(), on.clone(), on.clone());
        let core = Arc::clone(self);
        let waits = move |state: &State, on: &Marked| {
            let table = state.tables.get(&id);
            mark.is_put_on() && table.is_some_and(|table| goes(table, on))
        };
        self.commit(
            move |state| {
                let table = state.tables.get(&id);
                let table = table
                    .ok_or_else(|| Error::not_found(format!("{what}: the table was dropped")))?;
                if waits(state, &on) {
                    return Ok(Vec::new());
                }
                if mark.is_put_on() {
                    core.can_be_marked(id, table, &on)?;
                }
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
                    (false, Mark::Unpin) => Err(Error::not_found(format!("{what} is not pinned"))),
                    (false, Mark::Release) => {
                        Err(Error::not_found(format!("{what} is not on hold")))
                    }
                }
            },
            move |_, state| !waits(state, &shown),
        )
        .await
    }

    /// Whether a mark outlives the process: a segment that only the log has gets another name.
    fn can_be_marked(&self, id: TableId, table: &TableMeta, on: &Marked) -> Result<()> {
        if table.cold.drops_table() {
            return Err(being_dropped(&table.name));
        }
        let Marked::Segment(segment) = on else {
            return Ok(());
        };
        if table.segments.contains_key(segment) {
            return Ok(());
        }
        let view = self.view();
        let shown = view
            .table_by_id(id)
            .and_then(|table| table.segment(*segment));
        Err(match shown {
            Some(_) => Error::cancelled(format!(
                "segment {segment} is being moved; mark it again when that is done"
            )),
            None => Error::not_found(format!("there is no segment {segment} any more")),
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
