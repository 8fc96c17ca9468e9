//! One file into one table, with a progress bar.

use std::collections::VecDeque;
use std::path::Path;

use arrow::datatypes::SchemaRef;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use thermocline::{Durability, Receipt, Table};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use crate::failure::{Failure, Outcome};
use crate::input::{ReadOptions, Source};
use crate::output::{Console, count};

/// Batches that are read ahead of the log.
const READ_AHEAD: usize = 2;
/// Batches that are handed to the log ahead of their receipts, so that they share its syncs.
const UNACKNOWLEDGED: usize = 4;

/// Opens a file on a thread that may block.
pub(in crate::commands) async fn open_source(
    file: &Path,
    table: Option<SchemaRef>,
    options: &ReadOptions,
) -> Outcome<Source> {
    let (file, options) = (file.to_path_buf(), options.clone());
    let opened = spawn_blocking(move || Source::open(&file, table.as_ref(), &options)).await;
    Ok(opened.map_err(|_| broken())??)
}

/// A reader of ours that panicked; the runtime has printed where.
fn broken() -> Failure {
    Failure::new("the reader of the file broke")
        .hint("the file may be damaged in a way that is not foreseen")
}

/// A bar for one file, of a thousand steps; for people only.
pub(in crate::commands) fn bar(file: &Path, console: Console) -> ProgressBar {
    let target = if console.err_terminal {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(1000), target);
    let template = "{prefix:20!} {bar:32} {percent:>3}%  {msg}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("━╸─"));
    }
    let name = file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    bar.set_prefix(name);
    bar
}

/// Loads one file and counts its rows as they are acknowledged.
#[derive(Debug)]
pub(super) struct Loader {
    acknowledged: u64,
    pending: VecDeque<(Receipt, u64)>,
    bar: ProgressBar,
    started: Instant,
}

impl Loader {
    pub(super) fn new(file: &Path, console: Console) -> Self {
        Self {
            acknowledged: 0,
            pending: VecDeque::new(),
            bar: bar(file, console),
            started: Instant::now(),
        }
    }

    /// Rows of the file that are in the table, on disk.
    pub(super) fn rows(&self) -> u64 {
        self.acknowledged
    }

    /// Loads the file. Rows before a failure stay in, and are counted.
    pub(super) async fn load(&mut self, table: &Table, source: Source) -> Outcome {
        let progress = source.progress();
        let (sender, mut batches) = mpsc::channel(READ_AHEAD);
        let reading = spawn_blocking(move || {
            for batch in source {
                let failed = batch.is_err();
                if sender.blocking_send(batch).is_err() || failed {
                    break;
                }
            }
        });
        let appended = async {
            while let Some(batch) = batches.recv().await {
                let batch = batch?;
                let rows = u64::try_from(batch.num_rows()).unwrap_or(u64::MAX);
                let receipt = table.append_with(batch, Durability::Memory).await?;
                self.pending.push_back((receipt, rows));
                if self.pending.len() > UNACKNOWLEDGED {
                    self.acknowledge_one().await?;
                }
                self.bar.set_position(progress.per_mille());
            }
            Ok(())
        }
        .await;
        // A reader that waits for room in the channel is let go.
        drop(batches);
        let read = reading.await.map_err(|_| broken());
        let acknowledged = self.acknowledge_all().await;
        self.bar.finish_and_clear();
        appended.and(read).and(acknowledged)
    }

    async fn acknowledge_one(&mut self) -> Outcome {
        if let Some((receipt, rows)) = self.pending.front() {
            receipt.wait(Durability::Disk).await?;
            self.acknowledged += rows;
            self.pending.pop_front();
            let rate = crate::output::rate(self.acknowledged, self.started.elapsed());
            self.bar.set_message(format!(
                "{} rows, {}/s",
                count(self.acknowledged),
                count(rate)
            ));
        }
        Ok(())
    }

    async fn acknowledge_all(&mut self) -> Outcome {
        while !self.pending.is_empty() {
            self.acknowledge_one().await?;
        }
        Ok(())
    }
}
