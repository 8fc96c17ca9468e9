//! The rows of a CSV file as columns of text.

use std::sync::Arc;

use arrow::array::AsArray;
use arrow::csv::ReaderBuilder;
use arrow::csv::reader::BufReader as CsvReader;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;

use super::fault;
use crate::error::{Error, Result};
use crate::options::ReadOptions;
use crate::progress::Progress;
use crate::reader::{Counting, Input};
use crate::source::row_count;

const BATCH_ROWS: usize = 16 * 1024;

/// A CSV file whose header is known.
#[derive(Debug)]
pub(super) struct Text {
    input: Input,
    delimiter: u8,
    schema: SchemaRef,
    batch_rows: usize,
}

/// Where a reader of it stands.
#[derive(Debug)]
pub(super) struct Rows {
    reader: CsvReader<Counting>,
    /// Rows of the batches that were read.
    before: u64,
}

impl Text {
    pub(super) fn new(
        input: Input,
        delimiter: u8,
        header: &[String],
        options: &ReadOptions,
    ) -> Self {
        let fields = header
            .iter()
            .map(|name| Field::new(name, DataType::Utf8, true));
        Self {
            input,
            delimiter,
            schema: Arc::new(Schema::new(fields.collect::<Vec<_>>())),
            batch_rows: options.rows_of_batch(BATCH_ROWS, header.len()),
        }
    }

    /// All columns, as text.
    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// From the first row on.
    pub(super) fn rows(&self, progress: &Progress) -> Result<Rows> {
        let reader = ReaderBuilder::new(Arc::clone(&self.schema))
            .with_header(true)
            .with_delimiter(self.delimiter)
            .with_batch_size(self.batch_rows)
            .build_buffered(self.input.counted(progress)?)
            .map_err(fault::plain)?;
        Ok(Rows { reader, before: 0 })
    }

    /// The next rows. Nothing can be read behind an error.
    pub(super) fn read(&self, rows: &mut Rows) -> Option<Result<RecordBatch>> {
        let batch = match rows.reader.next()? {
            Ok(batch) => batch,
            Err(error) => return Some(Err(fault::explain(error, self))),
        };
        if let Some((row, column)) = torn_character(&batch) {
            return Some(Err(self.not_text(rows.before + row, column)));
        }
        rows.before += row_count(&batch);
        Some(Ok(batch))
    }

    /// That a value of a row, counted from 0, is no text.
    pub(super) fn not_text(&self, row: u64, column: usize) -> Error {
        let name = match self.schema.fields().get(column) {
            Some(field) => format!("column `{}`", field.name()),
            None => format!("column {}", column + 1),
        };
        let line = self.line_of(row);
        Error::new(format!("line {line}, {name}: the text is not UTF-8"))
    }

    /// The line of the file, counted from 1, on which a row begins; rows are counted from 0. This
    /// reads the file again.
    pub(super) fn line_of(&self, row: u64) -> u64 {
        // The header is the first record.
        let record = row + 2;
        let found = self.input.buffered().ok().and_then(|start| {
            fault::line_of_record(start, self.delimiter, record)
                .ok()
                .flatten()
        });
        // Right for every file without line breaks in its fields and without empty lines.
        found.unwrap_or(record)
    }
}

impl Rows {
    /// Rows before the batch that was read last, if it has so many.
    pub(super) fn before(&self, batch: &RecordBatch) -> u64 {
        self.before - row_count(batch)
    }
}

/// The place of a value that begins in the middle of a character, if there is one.
///
/// Arrow checks the text of all fields as one, without the delimiters between them: a character that
/// is torn by a delimiter is whole for it.
fn torn_character(batch: &RecordBatch) -> Option<(u64, usize)> {
    let is_torn = |value: &[u8]| {
        value
            .first()
            .is_some_and(|byte| (0x80..0xC0).contains(byte))
    };
    batch
        .columns()
        .iter()
        .enumerate()
        .find_map(|(place, column)| {
            let strings = column.as_string::<i32>();
            let (bytes, offsets) = (strings.values(), strings.value_offsets());
            let row = offsets.windows(2).position(|ends| match ends {
                [start, end] => usize::try_from(*start)
                    .ok()
                    .zip(usize::try_from(*end).ok())
                    .and_then(|(start, end)| bytes.get(start..end))
                    .is_some_and(is_torn),
                _ => false,
            })?;
            Some((u64::try_from(row).ok()?, place))
        })
}
