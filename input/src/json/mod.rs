//! JSON lines: one object a line.

mod exact;
mod lines;
mod sample;

use std::io::BufRead;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, SchemaRef};
use arrow::error::ArrowError;
use arrow::json::ReaderBuilder;
use arrow::json::reader::Decoder;
use arrow::record_batch::RecordBatch;

use self::lines::{Chunk, Lines};
use self::sample::{parse, sample};
use crate::conform::Conform;
use crate::error::{Error, Result};
use crate::options::ReadOptions;
use crate::reader::{Counting, Input};
use crate::source::Opened;

const BATCH_ROWS: usize = 8 * 1024;

/// Opens a file of JSON lines.
pub(crate) fn open(
    mut input: Input,
    table: Option<&SchemaRef>,
    options: &ReadOptions,
) -> Result<Opened> {
    let progress = input.progress()?;
    refuse_array(&input)?;
    let schema = match table {
        Some(table) => Arc::clone(table),
        None => sample(&input, options.sample_rows)?,
    };
    let conform = Conform::new(&schema, table)?;
    let output = Arc::clone(conform.schema());
    let columns = schema.fields().iter().map(|field| leaves(field)).sum();
    let batch_rows = options.rows_of_batch(BATCH_ROWS, columns);
    let sampled = table.is_none() && options.sample_rows > 0;
    let batches = Batches {
        lines: Lines::new(input.counted(&progress)?),
        decoder: decoder(&schema, batch_rows)?,
        hint: sampled.then(|| {
            format!("the columns were chosen from the first {} rows; --sample-rows 0 looks at all of them", options.sample_rows)
        }),
        input,
        schema,
        batch_rows,
    };
    Ok(Opened {
        schema: output,
        batches: Box::new(batches),
        progress,
    })
}

/// Columns that a field comes to.
fn leaves(field: &Field) -> usize {
    match field.data_type() {
        DataType::Struct(fields) => fields.iter().map(|field| leaves(field)).sum::<usize>() + 1,
        DataType::List(item) | DataType::LargeList(item) | DataType::Map(item, _) => {
            leaves(item) + 1
        }
        _ => 1,
    }
}

fn refuse_array(input: &Input) -> Result<()> {
    let mut start = input.buffered()?;
    let first = start
        .fill_buf()
        .map_err(|e| input.unreadable(&e))?
        .iter()
        .copied()
        .find(|b| !b.is_ascii_whitespace());
    match first {
        None => Err(Error::new("the file is empty").with_hint("one JSON object a line is needed")),
        Some(b'[') => Err(Error::new("this is one JSON array, not an object a line")
            .with_hint("`jq -c '.[]'` turns it into JSON lines")),
        Some(_) => Ok(()),
    }
}

fn decoder(schema: &SchemaRef, batch_rows: usize) -> Result<Decoder> {
    // Strict: a key that is no column is an error, not a loss.
    ReaderBuilder::new(Arc::clone(schema))
        .with_strict_mode(true)
        .with_decoder_factory(Arc::new(exact::Exact))
        .with_batch_size(batch_rows)
        .build_decoder()
        .map_err(json_error)
}

/// The batches of the file.
struct Batches {
    lines: Lines<Counting>,
    decoder: Decoder,
    hint: Option<String>,
    input: Input,
    schema: SchemaRef,
    batch_rows: usize,
}

impl Iterator for Batches {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

impl Batches {
    fn read(&mut self) -> Result<Option<RecordBatch>> {
        let chunk = self.lines.read(self.batch_rows);
        let chunk = chunk.map_err(|e| self.input.unreadable(&e))?;
        if chunk.is_empty() {
            return Ok(None);
        }
        match decode(&mut self.decoder, &chunk) {
            Ok(batch) => Ok(Some(batch)),
            Err(error) => Err(self.culprit(&chunk, error)),
        }
    }

    /// Decodes line by line what failed as a whole, to find the line that is at fault.
    fn culprit(&self, chunk: &Chunk, error: ArrowError) -> Error {
        let mut decoder = match decoder(&self.schema, 1) {
            Ok(decoder) => decoder,
            Err(error) => return error,
        };
        for (line, bytes) in chunk.iter() {
            if let Err(error) = parse(line, bytes) {
                return error;
            }
            let alone = decode_line(&mut decoder, bytes, 1).and_then(|()| flush(&mut decoder));
            if let Err(error) = alone {
                let error = json_error(error).within(format!("line {line}"));
                return match &self.hint {
                    Some(hint) => error.with_hint(hint),
                    None => error,
                };
            }
        }
        json_error(error)
    }
}

fn decode(decoder: &mut Decoder, chunk: &Chunk) -> std::result::Result<RecordBatch, ArrowError> {
    for (rows, (_, bytes)) in (1..).zip(chunk.iter()) {
        decode_line(decoder, bytes, rows)?;
    }
    flush(decoder)
}

/// One line is one row: the library would as well take two objects on a line, or one on two.
fn decode_line(
    decoder: &mut Decoder,
    bytes: &[u8],
    rows: usize,
) -> std::result::Result<(), ArrowError> {
    let read = decoder.decode(bytes)?;
    // The decoder stops at its batch size, which no chunk of whole lines exceeds.
    if read < bytes.len() || decoder.len() > rows {
        return Err(ArrowError::JsonError(
            "a line holds more than one object".to_owned(),
        ));
    }
    if decoder.has_partial_record() || decoder.len() < rows {
        return Err(ArrowError::JsonError(
            "a line holds less than one object".to_owned(),
        ));
    }
    Ok(())
}

fn flush(decoder: &mut Decoder) -> std::result::Result<RecordBatch, ArrowError> {
    decoder
        .flush()?
        .ok_or_else(|| ArrowError::JsonError("there is no object".to_owned()))
}

/// The message without the library's prefix, in our words for a column.
fn json_error(error: ArrowError) -> Error {
    let text = match error {
        ArrowError::JsonError(text) => text,
        other => other.to_string(),
    };
    Error::new(
        match text
            .strip_prefix("whilst decoding field '")
            .and_then(|t| t.split_once("': "))
        {
            Some((column, why)) => format!("column `{column}`: {why}"),
            None => text,
        },
    )
}
