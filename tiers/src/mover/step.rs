//! One round of the mover.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use thermocline_policy::{Plan, Tier, Timestamp};

use super::apply::ends_all;
use super::busy::Busy;
use super::{MoveReport, Patience, StepReport};
use crate::error::Result;
use crate::garbage::Keep;
use crate::layout::TableId;
use crate::segment::Segment;
use crate::snapshot::TableView;
use crate::store::Core;

impl Core {
    /// Writes what is queued, seals what is due, carries out the policy's plan,
    /// keeps the log within its budget, and collects garbage.
    #[tracing::instrument(skip_all)]
    ///
    /// A move that fails keeps the others from nothing; its error comes at the end.
    pub(crate) fn step(self: &Arc<Self>, patience: Patience) -> BoxFuture<'_, Result<StepReport>> {
        Box::pin(async move {
            if self.log.queued_bytes() > 0 {
                self.log.wait(self.next_lsn().previous()).await?;
            }
            let sealed = self.seal_due().await?;
            let plan = self.plan();
            let mut moves = MoveReport::default();
            let mut moved = self
                .apply_patiently(&plan.moves, patience, &mut moves)
                .await;
            // What was demoted from hot may have filled warm: one more look.
            if moved.is_ok() && !moves.done.is_empty() {
                let more = self.plan();
                moved = self
                    .apply_patiently(&more.moves, patience, &mut moves)
                    .await;
            }
            self.show_unmet(&plan);
            if moved.is_ok() {
                moved = self.tend_cold(&mut moves).await;
            }
            // A cold store that is down is no reason to let the log grow.
            if moved.as_ref().is_err_and(|error| ends_all(error.kind())) {
                return moved.map(|()| StepReport::default());
            }
            self.shorten_log(&mut moves).await?;
            self.trim_log().await?;
            let collected = self.collect_garbage().await?;
            self.save_heat(false).await;
            self.set_gauges();
            moved.map(|()| StepReport {
                sealed,
                moves,
                collected,
            })
        })
    }

    /// Makes remote what somebody waits for, and puts small cold files together.
    async fn tend_cold(self: &Arc<Self>, moves: &mut MoveReport) -> Result<()> {
        self.move_awaited(moves).await?;
        self.compact_due().await
    }

    async fn compact_due(self: &Arc<Self>) -> Result<()> {
        let files = self.settings.cold_compact_files;
        let tables: Vec<TableId> = self.view().tables.values().map(|table| table.id).collect();
        for table in tables.into_iter().filter(|_| files > 0) {
            self.compact(table, files).await?;
        }
        Ok(())
    }

    /// Shows which budgets the plan could not meet, and forgets failures of segments that are gone.
    fn show_unmet(&self, plan: &Plan) {
        for tier in [Tier::Hot, Tier::Warm] {
            let unmet = plan.unmet.iter().find(|unmet| unmet.tier == tier);
            let over = unmet.map_or(0, |unmet| unmet.used.saturating_sub(unmet.high));
            metrics::gauge!("thermocline_over_budget_bytes", "tier" => tier.as_str())
                .set(over as f64);
            if let Some(unmet) = unmet {
                tracing::debug!(%unmet, "a budget is not met");
            }
        }
        let view = self.view();
        self.failures.keep(|id| {
            view.tables
                .values()
                .any(|table| table.segment(id).is_some())
        });
    }

    pub(crate) fn collect_garbage(&self) -> BoxFuture<'_, Result<usize>> {
        Box::pin(async move {
            // The next opening collects what is not needed then.
            if self.is_uncertain() {
                return Ok(0);
            }
            self.garbage
                .collect(
                    &self.env,
                    &self.layout,
                    &self.cold,
                    Keep {
                        local: self.settings.collect_after,
                        cold: self.settings.cold_keep,
                    },
                )
                .await
        })
    }

    /// Seals the tables whose open rows are many, large or old, and all of them
    /// when memory is over its budget.
    async fn seal_due(self: &Arc<Self>) -> Result<usize> {
        let all = self.memory_is_over_budget();
        let now = self.env.clock.now();
        let due: Vec<TableId> = self
            .view()
            .tables
            .values()
            .filter(|table| all || self.is_due(table, now))
            .map(|table| table.id)
            .collect();
        let mut sealed = 0;
        for table in due {
            sealed += self.seal_table(table).await?;
        }
        Ok(sealed)
    }

    fn is_due(&self, table: &TableView, now: Timestamp) -> bool {
        let settings = &self.settings;
        table.open.iter().any(|rows| {
            rows.rows() >= settings.seal_rows
                || rows.bytes() >= settings.seal_bytes
                || rows
                    .since()
                    .is_some_and(|since| age(since, now) >= settings.seal_age)
        })
    }

    /// Bytes in memory: open rows, hot segments and hot copies.
    fn hot_bytes(&self) -> u64 {
        let view = self.view();
        let sealed: u64 = view
            .tables
            .values()
            .flat_map(|table| &table.segments)
            .filter(|segment| segment.hot.is_some())
            .map(|segment| segment.facts.hot_bytes)
            .sum();
        sealed + view.open_bytes()
    }

    fn memory_is_over_budget(&self) -> bool {
        let budget = self.state().policy.budgets.hot;
        budget.is_some_and(|budget| self.hot_bytes() > budget.high_bytes())
    }

    /// A writer that outruns the mover does the mover's work itself, so memory
    /// stays within the budget and one seal more.
    pub(crate) async fn make_room(self: &Arc<Self>) -> Result<()> {
        let Some(budget) = self.state().policy.budgets.hot else {
            return Ok(());
        };
        let limit = budget.bytes().saturating_add(self.settings.seal_bytes);
        if self.hot_bytes() > limit {
            metrics::counter!("thermocline_append_stalls_total").increment(1);
            self.step(Patience::Tries).await?;
        }
        Ok(())
    }

    /// While the log is over its budget, the segments that keep its beginning
    /// get a warm home; those in memory stay there as a copy.
    async fn shorten_log(self: &Arc<Self>, moves: &mut MoveReport) -> Result<()> {
        while self.log.bytes() > self.settings.log_budget_bytes {
            let Some((table, segment)) = self.oldest_in_log() else {
                return Ok(());
            };
            let Some(_busy) = Busy::mark(self, segment.id) else {
                return Ok(());
            };
            if !self.demote(&table, &segment, Tier::Warm, true).await? {
                moves.skip(segment.id, "it is placed otherwise by now");
                return Ok(());
            }
            let before = self.log.bytes();
            self.trim_log().await?;
            // Open rows may hold the beginning too; they are sealed by age.
            if self.log.bytes() == before && self.oldest_in_log().is_none() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn oldest_in_log(&self) -> Option<(Arc<TableView>, Arc<Segment>)> {
        let view = self.view();
        let of_log = view.tables.values().flat_map(|table| {
            let hot = table
                .segments
                .iter()
                .filter(|segment| segment.home == Tier::Hot);
            hot.map(move |segment| (Arc::clone(table), Arc::clone(segment)))
        });
        of_log.min_by_key(|(_, segment)| segment.facts.lsns.first)
    }
}

fn age(since: Timestamp, now: Timestamp) -> Duration {
    let micros = now.0.saturating_sub(since.0);
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}
