//! Rows that somebody wants to be remote.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::future::BoxFuture;
use parking_lot::Mutex;
use thermocline_policy::{Action, Move, Reason, Tier, Timestamp};
use tokio::sync::Notify;

use super::{MoveReport, Patience};
use crate::error::{Error, Result};
use crate::layout::TableId;
use crate::lsn::Lsn;
use crate::store::Core;

/// Who waits for what, and how they hear of it.
#[derive(Debug, Default)]
pub(crate) struct Awaited {
    /// Told after every manifest commit, and when the store ends.
    pub(crate) changed: Arc<Notify>,
    /// The last write of each table that is waited for, and since when the first is.
    writes: Mutex<HashMap<TableId, (Lsn, Timestamp)>>,
}

impl Awaited {
    fn add(&self, table: TableId, lsn: Lsn, now: Timestamp) {
        let mut writes = self.writes.lock();
        let (last, _) = writes.entry(table).or_insert((lsn, now));
        *last = (*last).max(lsn);
    }
}

impl Core {
    /// Whether all rows of a write are in a Delta commit, or gone for good.
    pub(crate) fn is_remote(&self, table: TableId, lsn: Lsn) -> bool {
        let view = self.view();
        let Some(table) = view.table_by_id(table) else {
            return true;
        };
        let is_open = table
            .open
            .iter()
            .filter_map(|rows| rows.lsns())
            .any(|lsns| lsns.contains(lsn));
        let is_local = table
            .segments
            .iter()
            .any(|segment| segment.home != Tier::Cold && segment.facts.lsns.contains(lsn));
        !is_open && !is_local
    }

    /// Notes that somebody waits for a write.
    pub(crate) fn want_remote(&self, table: TableId, lsn: Lsn) {
        self.awaited.add(table, lsn, self.env.clock.now());
    }

    /// Seals and moves what has been waited for long enough.
    pub(super) async fn move_awaited(self: &Arc<Self>, report: &mut MoveReport) -> Result<()> {
        let delay = i64::try_from(self.settings.remote_delay.as_micros()).unwrap_or(i64::MAX);
        let before = self.env.clock.now().0.saturating_sub(delay);
        let due: Vec<_> = {
            let writes = self.awaited.writes.lock();
            let due = writes.iter().filter(|(_, (_, since))| since.0 <= before);
            due.map(|(table, (lsn, _))| (*table, *lsn)).collect()
        };
        for (id, lsn) in due {
            self.seal_table(id).await?;
            let moves = self.moves_of(id, lsn);
            self.apply_patiently(&moves, Patience::Tries, report)
                .await?;
            if self.ending.load(Ordering::Acquire) {
                return Ok(());
            }
            if self.moves_of(id, lsn).is_empty() {
                let mut writes = self.awaited.writes.lock();
                // Somebody may wait for a later write by now.
                if writes.get(&id).is_some_and(|(last, _)| *last == lsn) {
                    writes.remove(&id);
                }
            }
        }
        Ok(())
    }

    /// The moves that make every write up to `lsn` remote.
    fn moves_of(&self, id: TableId, lsn: Lsn) -> Vec<Move> {
        let view = self.view();
        let Some(table) = view.table_by_id(id) else {
            return Vec::new();
        };
        let local = table
            .segments
            .iter()
            .filter(|segment| segment.home != Tier::Cold && segment.facts.lsns.first <= lsn);
        local
            .map(|segment| Move {
                segment: segment.id,
                table: table.name.clone(),
                partition: segment.facts.partition.to_string(),
                action: Action::Demote {
                    from: segment.home,
                    to: Tier::Cold,
                },
                bytes: segment.bytes_in(segment.tier()).unwrap_or(0),
                money: None,
                reason: Reason::ManualRequest,
            })
            .collect()
    }
}

/// Waits until a write is remote.
///
/// # Errors
/// [`Cancelled`](crate::ErrorKind::Cancelled) when the store is closed before.
pub(crate) fn wait(
    core: &std::sync::Weak<Core>,
    table: TableId,
    lsn: Lsn,
) -> BoxFuture<'_, Result<()>> {
    Box::pin(async move {
        let mut asked = false;
        loop {
            let Some(strong) = core.upgrade() else {
                return Err(closed_before());
            };
            let changed = Arc::clone(&strong.awaited.changed);
            let notified = changed.notified();
            tokio::pin!(notified);
            // From here on no change is missed.
            notified.as_mut().enable();
            if strong.is_remote(table, lsn) {
                return Ok(());
            }
            if strong.closed.load(Ordering::Acquire) {
                return Err(closed_before());
            }
            if !asked {
                strong.want_remote(table, lsn);
                asked = true;
            }
            // A waiter keeps no store alive.
            drop(strong);
            notified.await;
        }
    })
}

fn closed_before() -> Error {
    Error::cancelled(
        "the store was closed before the write was remote; open it and move its rows to cold",
    )
}

impl Drop for Core {
    fn drop(&mut self) {
        self.awaited.changed.notify_waiters();
    }
}
