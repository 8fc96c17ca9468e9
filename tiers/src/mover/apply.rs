//! Carrying out a plan.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::future::BoxFuture;
use thermocline_policy::{Action, Move, Plan, SegmentFacts, estimate_sizes};

use super::MoveReport;
use super::busy::Busy;
use super::pace::goes_at_once;
use crate::error::{ErrorKind, Result};
use crate::manifest::Marks;
use crate::store::Core;

/// Whether a move that failed lately is tried again before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Not yet: it waits, longer after each failure.
    Waits,
    /// At once: somebody asked for it.
    Tries,
}

/// Whether every other move would fail too.
pub(super) fn ends_all(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Poisoned | ErrorKind::ReadOnly | ErrorKind::Full | ErrorKind::Cancelled
    )
}

impl Core {
    /// What the policy is told now.
    pub(crate) fn facts(&self) -> Vec<SegmentFacts> {
        let (view, state) = (self.view(), self.state());
        let none = Marks::default();
        let mut facts: Vec<_> = view
            .tables
            .values()
            .flat_map(|table| {
                let marks = state
                    .tables
                    .get(&table.id)
                    .map_or(&none, |meta| &meta.marks);
                let segments = table.segments.iter();
                segments.map(move |segment| segment.policy_facts(&table.name, marks))
            })
            .collect();
        estimate_sizes(&mut facts);
        self.residents.lock().observe(&state.policy, &mut facts);
        facts
    }

    /// What the policy wants now.
    pub(crate) fn plan(&self) -> Plan {
        self.state()
            .policy
            .plan(&self.facts(), self.env.clock.now())
    }

    /// Carries out the moves in order. The first failure ends it.
    pub(crate) fn apply<'a>(
        self: &'a Arc<Self>,
        moves: &'a [Move],
    ) -> BoxFuture<'a, Result<MoveReport>> {
        Box::pin(async move {
            let mut report = MoveReport::default();
            for proposed in moves {
                self.carry_out(proposed, &mut report).await?;
            }
            Ok(report)
        })
    }

    /// The same for the mover's own plan, as fast as the policy allows. A move that fails waits, and
    /// the others go on. The end of the store, which should not have to wait for a long plan, ends it.
    /// Returns the first failure, and at once one that no further move can get by.
    pub(super) async fn apply_patiently(
        self: &Arc<Self>,
        moves: &[Move],
        patience: Patience,
        report: &mut MoveReport,
    ) -> Result<()> {
        let rate = self.state().policy.move_bytes_per_second;
        let mut first = Ok(());
        let mut paced = false;
        for proposed in moves {
            if self.ending.load(Ordering::Acquire) {
                break;
            }
            let (action, reason) = (proposed.action.kind(), proposed.reason.kind());
            if patience == Patience::Waits
                && self.failures.waits(proposed.segment, self.env.clock.now())
            {
                metrics::counter!("thermocline_moves_deferred_total", "why" => "failed")
                    .increment(1);
                continue;
            }
            // Who needs less must not overtake for ever, so after the first that has to wait only
            // those go that don't have to.
            let admitted = if paced && !goes_at_once(proposed) {
                Err(Duration::ZERO)
            } else {
                self.pace.admit(rate, proposed, self.env.clock.elapsed())
            };
            if let Err(wait) = admitted {
                paced = true;
                metrics::counter!("thermocline_moves_deferred_total", "why" => "pace").increment(1);
                tracing::trace!(segment = %proposed.segment, action, ?wait, "deferred");
                continue;
            }
            metrics::counter!("thermocline_decisions_total", "action" => action, "why" => reason)
                .increment(1);
            tracing::debug!(
                table = %proposed.table, segment = %proposed.segment, action, reason,
                because = %proposed.reason, bytes = proposed.bytes, "decided"
            );
            match self.carry_out(proposed, report).await {
                Ok(()) => self.failures.succeeded(proposed.segment),
                Err(error) => {
                    self.failures.failed(proposed, &error, self.env.clock.now());
                    tracing::warn!(%error, segment = %proposed.segment, action, "a move failed");
                    if ends_all(error.kind()) {
                        return Err(error);
                    }
                    first = first.and(Err(error));
                }
            }
        }
        first
    }

    #[tracing::instrument(
        name = "move",
        skip_all,
        fields(table = %proposed.table, segment = %proposed.segment, action = ?proposed.action),
    )]
    async fn carry_out(self: &Arc<Self>, proposed: &Move, report: &mut MoveReport) -> Result<()> {
        let Some(_busy) = Busy::mark(self, proposed.segment) else {
            report.skip(proposed.segment, "it is being moved already");
            return Ok(());
        };
        if let Some(table) = self.view().tables.get(&proposed.table) {
            self.settle_cold(table.id, proposed.segment).await?;
        }
        // Looked up only now: an earlier move of the plan may have changed it.
        let view = self.view();
        let Some(table) = view.tables.get(&proposed.table) else {
            report.skip(proposed.segment, "its table was dropped");
            return Ok(());
        };
        let Some(segment) = table.segment(proposed.segment) else {
            report.skip(proposed.segment, "it is gone");
            return Ok(());
        };
        let started = self.env.clock.elapsed();
        let (kind, outcome) = match proposed.action {
            Action::Demote { to, .. } => ("demote", self.demote(table, segment, to, false).await),
            Action::Promote { to } => ("promote", self.promote(table, segment, to).await),
            Action::DropCopy { tier } => ("drop_copy", self.drop_copy(table, segment, tier).await),
            Action::Forget => (
                "forget",
                self.forget(table, segment, proposed.reason.clone()).await,
            ),
            _ => ("unknown", Ok(false)),
        };
        match outcome {
            Ok(true) => {
                if matches!(
                    proposed.action,
                    Action::Promote { .. } | Action::DropCopy { .. }
                ) {
                    segment.access.copies_changed(self.env.clock.now());
                }
                metrics::counter!("thermocline_moves_total", "kind" => kind).increment(1);
                metrics::histogram!("thermocline_move_seconds", "kind" => kind).record(
                    self.env
                        .clock
                        .elapsed()
                        .saturating_sub(started)
                        .as_secs_f64(),
                );
                tracing::debug!(rows = segment.facts.rows, reason = %proposed.reason, "moved");
                report.done(proposed, segment.facts.rows);
                Ok(())
            }
            Ok(false) => {
                report.skip(proposed.segment, "it is placed otherwise by now");
                Ok(())
            }
            // The table was dropped while its file was written.
            Err(e)
                if e.kind() == ErrorKind::NotFound
                    && self
                        .view()
                        .tables
                        .get(&proposed.table)
                        .is_none_or(|t| t.id != table.id) =>
            {
                report.skip(proposed.segment, "its table was dropped");
                Ok(())
            }
            Err(error) => {
                metrics::counter!("thermocline_errors_total", "where" => "move").increment(1);
                Err(error)
            }
        }
    }
}
