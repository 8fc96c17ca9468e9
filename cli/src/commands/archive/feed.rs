//! The rows of one file, read on a thread of their own, without those that are archived.

use std::path::Path;

use arrow::record_batch::RecordBatch;
use indicatif::ProgressBar;
use thermocline::{Archiver, ReadAhead};
use tokio::time::Instant;

use super::super::ingest::load::bar;
use crate::failure::{Failure, Outcome};
use crate::input::Source;
use crate::output::{Console, count, rate};

/// Brings the rows of one file after the other to an [`Archiver`].
#[derive(Debug)]
pub(super) struct Feed {
    /// Rows that are still to be passed over.
    pub(super) skip: u64,
    /// Bytes that may wait while a chunk is encoded and sent.
    ahead: u64,
    rows: u64,
    started: Instant,
    console: Console,
}

impl Feed {
    pub(super) fn new(skip: u64, ahead: u64, console: Console) -> Self {
        Self {
            skip,
            ahead,
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
        let source = source.map(|batch| batch.map_err(Failure::from));
        let archived = async {
            let mut batches = ReadAhead::start(source, self.ahead)?;
            while let Some(batch) = batches.next().await {
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
        bar.finish_and_clear();
        archived
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
