//! Files that `ingest` reads: CSV, Parquet, Arrow IPC and JSON lines, each as a stream of batches.
//!
//! A reader holds one batch at a time, whatever the size of the file.

mod conform;
mod csv;
mod infer;
mod ipc;
mod json;
mod parquet;

use std::io::{Read, Seek};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use crate::failure::{Failure, Outcome};

/// The formats of input files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum InputFormat {
    /// Comma-separated values with a header line
    Csv,
    /// Tab-separated values with a header line
    Tsv,
    /// JSON lines: one object a line
    Json,
    /// Parquet
    Parquet,
    /// Arrow IPC, the file or the stream format
    Arrow,
}

impl InputFormat {
    fn of_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "tsv" | "tab" => Some(Self::Tsv),
            "json" | "jsonl" | "ndjson" => Some(Self::Json),
            "parquet" | "pq" => Some(Self::Parquet),
            "arrow" | "arrows" | "ipc" | "feather" => Some(Self::Arrow),
            _ => None,
        }
    }
}

/// How to read text files.
#[derive(Debug, Clone)]
pub(crate) struct ReadOptions {
    /// The format, where the file's name doesn't tell it.
    pub(crate) format: Option<InputFormat>,
    /// What else means null in CSV, beside an empty field.
    pub(crate) null: Option<String>,
    /// How many rows choose the types of a new table's columns; 0 for all of them.
    pub(crate) sample_rows: usize,
}

/// One input file, opened: its schema and its batches.
pub(crate) struct Source {
    schema: SchemaRef,
    batches: Box<dyn Iterator<Item = Outcome<RecordBatch>> + Send>,
    progress: Progress,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

impl Source {
    /// Opens `path`. If the table exists already, its schema decides the columns' order and types;
    /// otherwise the file's own does, or for text what a sample of the rows looks like.
    ///
    /// This reads from the file; call it where blocking is allowed.
    pub(crate) fn open(
        path: &Path,
        table: Option<&SchemaRef>,
        options: &ReadOptions,
    ) -> Outcome<Self> {
        let format = options
            .format
            .or_else(|| InputFormat::of_path(path))
            .ok_or_else(|| {
                Failure::usage(format!(
                    "cannot tell the format of {} from its name",
                    path.display()
                ))
                .hint("say it with --input-format csv, tsv, json, parquet or arrow")
            })?;
        let file = crate::files::open(path)?;
        match format {
            InputFormat::Csv => csv::open(path, file, b',', table, options),
            InputFormat::Tsv => csv::open(path, file, b'\t', table, options),
            InputFormat::Json => json::open(path, file, table, options),
            InputFormat::Parquet => parquet::open(path, file, table),
            InputFormat::Arrow => ipc::open(path, file, table),
        }
        .map_err(|failure| failure.within(path.display()))
    }

    /// The schema of every batch.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// How much of the file has been read, in thousandths; may be asked from another thread.
    pub(crate) fn progress(&self) -> Progress {
        self.progress.clone()
    }
}

impl Iterator for Source {
    type Item = Outcome<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batches.next()
    }
}

/// How far a [`Source`] has come.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    done: Arc<AtomicU64>,
    of: u64,
}

impl Progress {
    /// `of` is the total in any unit: bytes or rows.
    fn new(of: u64) -> Self {
        Self {
            done: Arc::default(),
            of,
        }
    }

    fn counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.done)
    }

    fn add(&self, n: u64) {
        self.done.fetch_add(n, Ordering::Relaxed);
    }

    /// From 0 to 1000.
    pub(crate) fn per_mille(&self) -> u64 {
        let done = self.done.load(Ordering::Relaxed).min(self.of);
        done.saturating_mul(1000)
            .checked_div(self.of)
            .unwrap_or(1000)
    }
}

/// The file's length, with its position back at the start.
fn length(file: &mut (impl Read + Seek)) -> std::io::Result<u64> {
    let end = file.seek(std::io::SeekFrom::End(0))?;
    file.rewind()?;
    Ok(end)
}

fn row_count(batch: &RecordBatch) -> u64 {
    u64::try_from(batch.num_rows()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
