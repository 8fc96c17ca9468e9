//! Parquet files, column chunk by column chunk.

use arrow::datatypes::SchemaRef;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use parquet::file::reader::ChunkReader;

use crate::conform::Conform;
use crate::error::{Error, Result};
use crate::options::ReadOptions;
use crate::progress::Progress;
use crate::reader::{Contents, Input};
use crate::source::{Opened, row_count};

const BATCH_ROWS: usize = 64 * 1024;

/// Opens a Parquet file.
pub(crate) fn open(
    input: Input,
    table: Option<&SchemaRef>,
    options: &ReadOptions,
) -> Result<Opened> {
    match input.contents {
        Contents::File(file) => open_chunks(file, table, options),
        Contents::Memory(bytes) => open_chunks(bytes.into_inner(), table, options),
    }
}

fn open_chunks(
    chunks: impl ChunkReader + 'static,
    table: Option<&SchemaRef>,
    options: &ReadOptions,
) -> Result<Opened> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(chunks).map_err(|e| not_parquet(&e))?;
    let rows = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
    let conform = Conform::new(builder.schema(), table)?;
    let batch_rows = options.batch_rows.unwrap_or(BATCH_ROWS).max(1);
    let reader = builder.with_batch_size(batch_rows).build();
    Ok(batches(reader.map_err(damaged)?, conform, rows))
}

fn batches(reader: ParquetRecordBatchReader, conform: Conform, rows: u64) -> Opened {
    let schema = SchemaRef::clone(conform.schema());
    let progress = Progress::new(rows);
    let counter = progress.clone();
    let mut row = 0;
    let batches = reader.map(move |batch| {
        batch.map_err(damaged).and_then(|batch| {
            let conformed = conform.apply(&batch, row);
            row += row_count(&batch);
            counter.add(row_count(&batch));
            conformed
        })
    });
    Opened {
        schema,
        batches: Box::new(batches),
        progress,
    }
}

fn not_parquet(error: &ParquetError) -> Error {
    Error::new(format!(
        "this is not a readable Parquet file: {}",
        plain(&error.to_string())
    ))
    .with_hint("name its format with --input-format if it is another one")
}

fn damaged(error: impl std::fmt::Display) -> Error {
    Error::new(format!(
        "the Parquet file is damaged: {}",
        plain(&error.to_string())
    ))
}

/// The message without the library's own prefixes.
fn plain(text: &str) -> String {
    let text = text.trim_start_matches("Parquet argument error: ");
    text.trim_start_matches("Parquet error: ")
        .trim_start_matches("EOF: ")
        .to_owned()
}
