//! The rows of one file, read on a thread of their own, without those that are archived.

use std::path::Path;

use arrow::record_batch::RecordBatch;
use indicatif::ProgressBar;
use thermocline::Archiver;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::super::ingest::load::{bar, broken};
use crate::failure::Outcome;
use crate::input::Source;
use crate::output::{Console, count, rate};

/// Batches that are read ahead.
const READ_AHEAD: usize = 1;

/// Brings the rows of one file after the other to an [`Archiver`].
#[derive(Debug)]
pub(super) struct Feed {
    /// Rows that are still to be passed over.
    pub(super) skip: u64,
    rows: u64,
    started: Instant,
    console: Console,
}

impl Feed {
    pub(super) fn new(skip: u64, console: Console) -> Self {
        Self {
            skip,
            rows: 0,
            started: Instant::now(),
            console,
        }
    }

    pub(super) async fn file(
        &mut self,
        file: &Path,
        source: Source,
        archiver: &mut Archiver,
    ) -> Outcome {
        let progress = source.progress();
        let bar = bar(file, self.console);
        let (sender, mut batches) = mpsc::channel(READ_AHEAD);
        let reading = spawn_blocking(move || {
            for batch in source {
                let failed = batch.is_err();
                if sender.blocking_send(batch).is_err() || failed {
                    break;
                }
            }
        });
        let archived = async {
            while let Some(batch) = batches.recv().await {
                if let Some(rows) = self.rest(&batch?) {
                    self.rows += u64::try_from(rows.num_rows()).unwrap_or(u64::MAX);
                    archiver.append(rows).await?;
                }
                bar.set_position(progress.per_mille());
                self.show(&bar);
            }
            Ok(())
        }
        .await;
        // A reader that waits for room in the channel is let go.
        drop(batches);
        let read = reading.await.map_err(|_| broken());
        bar.finish_and_clear();
        archived.and(read)
    }

    /// What of the batch is not archived yet.
    fn rest(&mut self, batch: &RecordBatch) -> Option<RecordBatch> {
        let rows = u64::try_from(batch.num_rows()).unwrap_or(u64::MAX);
        let skipped = self.skip.min(rows);
        self.skip -= skipped;
        let from = usize::try_from(skipped).ok()?;
        let rest = batch
            .num_rows()
            .checked_sub(from)
            .filter(|rest| *rest > 0)?;
        Some(batch.slice(from, rest))
    }

    fn show(&self, bar: &ProgressBar) {
        if self.skip > 0 {
            bar.set_message(format!("{} archived rows to pass over", count(self.skip)));
            return;
        }
        let rate = rate(self.rows, self.started.elapsed());
        bar.set_message(format!("{} rows, {}/s", count(self.rows), count(rate)));
    }
}
