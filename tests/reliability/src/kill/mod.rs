//! A process that is killed at any moment, on a real file system.
//!
//! A child appends, moves and queries, and tells its parent of every receipt
//! before the next call. The parent kills it (SIGKILL), opens the store, and
//! compares it with the receipts. Then the next child goes on where it was.

pub mod child;
mod line;

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use thermocline_testing::Random;
use thermocline_tiers::{Store, TableOptions};

use crate::failure::{Failure, Outcome, ensure};
use crate::model::{Model, row};
use crate::world::see;
use line::Line;

/// Children that one store lives through.
pub const LIVES: u64 = 20;

/// What was tried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Children that were killed.
    pub kills: u64,
    /// Receipts that they had given for writes on the disk.
    pub receipts: u64,
    /// Writes that were found again, over all openings.
    pub writes: u64,
}

/// Kills [`LIVES`] children of one store, one after the other. `program` is the
/// binary of this package.
///
/// # Errors
/// When a promise is broken.
pub fn run(program: &Path, seed: u64) -> Outcome<Report> {
    let failed = |e: std::io::Error| Failure::new(format!("cannot set up the kill loop: {e}"));
    let dir = tempfile::tempdir().map_err(failed)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    let mut chain = Chain {
        random: Random::new(seed),
        model: Model::default(),
        at: 0,
        report: Report::default(),
    };
    let store = dir.path().join("store");
    runtime.block_on(chain.begin(&store))?;
    for life in 0..LIVES {
        let said = chain
            .live(program, &store)
            .map_err(|f| f.at(format!("life {life}")))?;
        chain
            .note(&said)
            .map_err(|f| f.at(format!("life {life}")))?;
        runtime
            .block_on(chain.check(&store))
            .map_err(|f| f.at(format!("after life {life}")))?;
    }
    Ok(chain.report)
}

/// One store and its children.
struct Chain {
    random: Random,
    model: Model,
    /// Counts what was heard: the model's time.
    at: usize,
    report: Report,
}

fn broke(what: &str) -> impl FnOnce(thermocline_tiers::Error) -> Failure + '_ {
    move |error| Failure::new(format!("{what}: {error:?}"))
}

impl Chain {
    async fn begin(&mut self, dir: &Path) -> Outcome {
        let store = Store::create(dir).await.map_err(broke("create"))?;
        for name in child::TABLES {
            let number = self.model.create_table(name, self.at);
            let mut options = TableOptions::new(row::schema(&self.model.key(number)));
            if number == 0 {
                let by = "part".parse();
                let by = by.map_err(|e| Failure::new(format!("no partitioning: {e}")))?;
                options = options.partition_by(by).sort_by(["text", "value"]);
            }
            store
                .create_table(name, options)
                .await
                .map_err(broke("create a table"))?;
            self.model.created(number, self.at);
        }
        store.close().await.map_err(broke("close"))
    }

    /// Starts a child, kills it, and returns what it said.
    fn live(&mut self, program: &Path, dir: &Path) -> Outcome<String> {
        let failed = |e: std::io::Error| Failure::new(format!("cannot run a child: {e}"));
        let mut child = Command::new(program)
            .arg("child")
            .arg(dir)
            .args(["--seed", &self.random.bits().to_string()])
            .args(["--first", &self.model.batches.len().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let said = child.stdout.take();
        let reading = std::thread::spawn(move || {
            let mut text = String::new();
            // What follows the last whole line was cut off by the kill.
            let _ = said.map(|mut said| said.read_to_string(&mut text));
            text
        });
        // Some are killed while they open the store.
        let longest = if self.random.one_in(4) { 30 } else { 250 };
        let pause = self.random.below(longest) as u64;
        std::thread::sleep(Duration::from_millis(pause));
        child.kill().map_err(failed)?;
        let status = child.wait().map_err(failed)?;
        let text = reading
            .join()
            .map_err(|_| Failure::new("the child could not be heard"))?;
        ensure(status.code().is_none(), || {
            format!("the child ended by itself ({status}): {}", last_line(&text))
        })?;
        self.report.kills += 1;
        Ok(text)
    }

    /// Takes down what a child said.
    fn note(&mut self, said: &str) -> Outcome {
        let whole = said.rfind('\n').map_or("", |end| &said[..end]);
        for line in whole.lines() {
            self.at += 1;
            match line.parse::<Line>()? {
                Line::Ask { batch } => {
                    let (table, rows) = child::shape(batch);
                    let number = self.model.append(table, rows, Vec::new(), self.at);
                    ensure(number == batch, || {
                        format!("batch {batch} was asked for when {number} was next")
                    })?;
                }
                Line::Ack { batch, lsn, disk } => {
                    self.model.appended(batch, lsn)?;
                    if disk {
                        self.model.is_durable(lsn, self.at);
                        self.report.receipts += 1;
                    }
                }
                Line::Broke(what) => return Err(Failure::new(what)),
            }
        }
        Ok(())
    }

    /// Opens the store and compares.
    async fn check(&mut self, dir: &Path) -> Outcome {
        self.at += 1;
        let builder = Store::builder(dir).background(false);
        let store = builder
            .open()
            .await
            .map_err(broke("the store does not open"))?;
        let mut seen = see(&store.snapshot()).await?;
        self.model.check_store(&mut seen, self.at)?;
        self.model.settle(&seen, self.at, false);
        self.report.writes += seen.last_lsn;
        let verified = store.verify().await.map_err(broke("verify"))?;
        ensure(verified.ok, || format!("{:?}", verified.problems))?;
        if self.random.one_in(2) {
            store.close().await.map_err(broke("close"))?;
        }
        Ok(())
    }
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}
