//! Query results, written batch by batch in the format that was asked for.

mod arrow_file;
mod csv;
mod json;
mod parquet_file;
mod table;

use std::collections::HashSet;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::RecordBatch;

pub(crate) use json::to_json;
pub(crate) use table::{TableSink, render_rows};

use super::Console;
use crate::failure::{Failure, Outcome};
use crate::files::OutputFile;

/// A format of `sql`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns for people
    Table,
    /// Comma-separated, with a header; null is an empty field
    Csv,
    /// An array of row objects
    Json,
    /// A Parquet file (needs -o)
    Parquet,
    /// An Arrow IPC file (needs -o)
    Arrow,
}

impl Format {
    /// The format that a file name asks for.
    pub(crate) fn of_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "parquet" | "pq" => Some(Self::Parquet),
            "arrow" | "ipc" | "feather" => Some(Self::Arrow),
            "txt" => Some(Self::Table),
            _ => None,
        }
    }

    /// True for the formats that no terminal should see.
    pub(crate) fn is_binary(self) -> bool {
        matches!(self, Self::Parquet | Self::Arrow)
    }
}

/// What a sink did with a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// Bring more.
    Continue,
    /// Enough; the rest would not be shown.
    Enough,
}

/// Takes the batches of one result, in order.
pub(crate) trait RowSink: Send {
    /// Writes the rows of `batch`.
    fn write(&mut self, batch: &RecordBatch) -> Outcome<Flow>;

    /// Ends the output and makes it visible.
    fn finish(self: Box<Self>) -> Outcome;
}

/// The sink for `format`; into the file `to`, or to standard output.
pub(crate) fn sink(
    format: Format,
    to: Option<&Path>,
    schema: &SchemaRef,
    console: Console,
    max_rows: usize,
) -> Outcome<Box<dyn RowSink>> {
    let target = match to {
        Some(path) => Target::File(OutputFile::create(path)?),
        None => Target::Stdout(Box::new(console.out())),
    };
    let paint = if to.is_some() {
        super::Paint::plain()
    } else {
        console.paint()
    };
    Ok(match format {
        Format::Table => Box::new(TableSink::new(schema, target, paint, max_rows)),
        Format::Csv => Box::new(csv::CsvSink::new(schema, target)),
        Format::Json => Box::new(json::JsonSink::new(schema, target)),
        Format::Parquet => Box::new(parquet_file::ParquetSink::new(schema, target)?),
        Format::Arrow => Box::new(arrow_file::ArrowSink::new(schema, target)?),
    })
}

/// Where the bytes of a result go.
pub(crate) enum Target {
    Stdout(Box<dyn Write + Send>),
    File(OutputFile),
}

impl Target {
    /// After the last byte.
    pub(crate) fn finish(self) -> Outcome {
        match self {
            Self::Stdout(mut out) => out.flush().map_err(Failure::from),
            Self::File(file) => file.keep(),
        }
    }
}

impl Write for Target {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Stdout(out) => out.write(buf),
            Self::File(file) => file.write(buf),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            Self::File(file) => file.flush(),
        }
    }
}

/// The schema with unique column names: SQL may name two columns alike, JSON objects and the readers
/// of files may not.
fn unique_schema(schema: &SchemaRef) -> SchemaRef {
    let given: HashSet<&str> = schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    let mut used = HashSet::new();
    let mut fields = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let mut name = field.name().clone();
        let mut n = 0_u32;
        while !used.insert(name.clone()) {
            n += 1;
            name = format!("{}_{n}", field.name());
            while given.contains(name.as_str()) {
                n += 1;
                name = format!("{}_{n}", field.name());
            }
        }
        fields.push(field.as_ref().clone().with_name(name));
    }
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

#[cfg(test)]
mod tests;
