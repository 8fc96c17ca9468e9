//! Parquet files, column chunk by column chunk.

use std::fs::File;
use std::path::Path;

use arrow::datatypes::SchemaRef;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::conform::Conform;
use super::{Progress, Source, row_count};
use crate::failure::{Failure, Outcome};

const BATCH_ROWS: usize = 64 * 1024;

/// Opens a Parquet file.
pub(super) fn open(path: &Path, file: File, table: Option<&SchemaRef>) -> Outcome<Source> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| {
        Failure::new(format!(
            "this is not a readable Parquet file: {}",
            plain(&error.to_string())
        ))
        .hint("name its format with --input-format if it is another one")
    })?;
    let rows = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
    let conform = Conform::new(builder.schema(), table)?;
    let schema = SchemaRef::clone(conform.schema());
    let progress = Progress::new(rows);
    let counter = progress.clone();
    let reader = builder
        .with_batch_size(BATCH_ROWS)
        .build()
        .map_err(damaged)?;
    let path = path.to_path_buf();
    let mut row = 0;
    let batches = reader.map(move |batch| {
        let batch = batch.map_err(damaged).and_then(|batch| {
            let conformed = conform.apply(&batch, row);
            row += row_count(&batch);
            counter.add(row_count(&batch));
            conformed
        });
        batch.map_err(|failure| failure.within(path.display()))
    });
    Ok(Source {
        schema,
        batches: Box::new(batches),
        progress,
    })
}

fn damaged(error: impl std::fmt::Display) -> Failure {
    Failure::new(format!(
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
