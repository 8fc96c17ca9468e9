//! Carrying out a plan.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use thermocline_policy::{Action, Move, Plan, SegmentFacts, estimate_sizes};

use super::MoveReport;
use super::busy::Busy;
use crate::error::{ErrorKind, Result};
use crate::store::Core;

impl Core {
    /// What the policy is told now.
    pub(crate) fn facts(&self) -> Vec<SegmentFacts> {
        let view = self.view();
        let mut facts: Vec<_> = view
            .tables
            .values()
            .flat_map(|table| {
                table
                    .segments
                    .iter()
                    .map(|segment| segment.policy_facts(&table.name))
            })
            .collect();
        estimate_sizes(&mut facts);
        facts
    }

    /// What the policy wants now.
    pub(crate) fn plan(&self) -> Plan {
        self.state()
            .policy
            .plan(&self.facts(), self.env.clock.now())
    }

    /// Carries out the moves in order. The first failure ends it.
    pub(crate) async fn apply(self: &Arc<Self>, moves: &[Move]) -> Result<MoveReport> {
        let mut report = MoveReport::default();
        for proposed in moves {
            self.carry_out(proposed, &mut report).await?;
        }
        Ok(report)
    }

    /// The same for the mover's own plan: the end of the store, which should not have to wait for
    /// a long plan, ends it too.
    pub(super) async fn apply_until_the_end(
        self: &Arc<Self>,
        moves: &[Move],
        report: &mut MoveReport,
    ) -> Result<()> {
        for proposed in moves {
            if self.ending.load(Ordering::Acquire) {
                break;
            }
            self.carry_out(proposed, report).await?;
        }
        Ok(())
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
            Action::Forget => ("forget", self.forget(table, segment).await),
            _ => ("unknown", Ok(false)),
        };
        match outcome {
            Ok(true) => {
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
