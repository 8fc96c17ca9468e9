//! JSON lines: one object a line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{DataType, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::json::ReaderBuilder;
use arrow::json::reader::{Decoder, infer_json_schema_from_iterator};
use arrow::record_batch::RecordBatch;
use serde_json::Value;

use super::conform::Conform;
use super::{Progress, ReadOptions, Source, infer, length};
use crate::failure::{Failure, Outcome};
use crate::files::Counted;

const BATCH_ROWS: usize = 8 * 1024;
const BATCH_BYTES: usize = 8 << 20;

/// Opens a file of JSON lines.
pub(super) fn open(
    path: &Path,
    mut file: File,
    table: Option<&SchemaRef>,
    options: &ReadOptions,
) -> Outcome<Source> {
    let unreadable = |e: &io::Error| Failure::file("read", path, e);
    let progress = Progress::new(length(&mut file).map_err(|e| unreadable(&e))?);
    refuse_array(&file).map_err(|e| unreadable(&e))??;
    file.rewind().map_err(|e| unreadable(&e))?;

    let schema = match table {
        Some(table) => Arc::clone(table),
        None => {
            let sample = sample(Lines::new(BufReader::new(&file)), options.sample_rows)?;
            file.rewind().map_err(|e| unreadable(&e))?;
            sample
        }
    };
    let conform = Conform::new(&schema, table)?;
    let output = Arc::clone(conform.schema());
    let input = BufReader::with_capacity(256 * 1024, Counted::new(file, progress.counter()));
    let batches = Batches {
        lines: Lines::new(input),
        decoder: decoder(&schema)?,
        hint: table.is_none().then(|| {
            format!("the columns were chosen from the first {} rows; --sample-rows 0 looks at all of them", options.sample_rows)
        }),
        schema,
        ended: false,
    };
    let path = path.to_path_buf();
    let batches = batches.map(move |b| b.map_err(|failure| failure.within(path.display())));
    Ok(Source {
        schema: output,
        batches: Box::new(batches),
        progress,
    })
}

fn refuse_array(file: &File) -> io::Result<Outcome> {
    let mut start = BufReader::new(file);
    let first = start
        .fill_buf()?
        .iter()
        .copied()
        .find(|b| !b.is_ascii_whitespace());
    Ok(match first {
        None => Err(Failure::new("the file is empty").hint("one JSON object a line is needed")),
        Some(b'[') => Err(Failure::new("this is one JSON array, not an object a line")
            .hint("`jq -c '.[]'` turns it into JSON lines")),
        Some(_) => Ok(()),
    })
}

fn decoder(schema: &SchemaRef) -> Outcome<Decoder> {
    // Strict: a key that is no column is an error, not a loss.
    let builder = ReaderBuilder::new(Arc::clone(schema)).with_strict_mode(true);
    builder
        .with_batch_size(BATCH_ROWS)
        .build_decoder()
        .map_err(json_failure)
}

/// Runs of whole lines.
struct Lines<R> {
    input: R,
    line: u64,
}

/// Some lines of the file: their bytes, and each one's number and place.
#[derive(Default)]
struct Chunk {
    bytes: Vec<u8>,
    lines: Vec<(u64, Range<usize>)>,
}

impl<R: BufRead> Lines<R> {
    fn new(input: R) -> Self {
        Self { input, line: 0 }
    }

    /// Up to `rows` lines that are not blank; none at the end of the file.
    fn read(&mut self, rows: usize) -> io::Result<Chunk> {
        let mut chunk = Chunk::default();
        while chunk.lines.len() < rows && chunk.bytes.len() < BATCH_BYTES {
            let start = chunk.bytes.len();
            if self.input.read_until(b'\n', &mut chunk.bytes)? == 0 {
                break;
            }
            self.line += 1;
            let range = start..chunk.bytes.len();
            if chunk
                .bytes
                .get(range.clone())
                .is_some_and(|line| line.trim_ascii().is_empty())
            {
                chunk.bytes.truncate(start);
            } else {
                chunk.lines.push((self.line, range));
            }
        }
        Ok(chunk)
    }
}

impl Chunk {
    fn iter(&self) -> impl Iterator<Item = (u64, &[u8])> {
        self.lines
            .iter()
            .filter_map(|(n, range)| Some((*n, self.bytes.get(range.clone())?)))
    }
}

/// The columns and types that the first rows suggest.
fn sample(mut lines: Lines<impl BufRead>, sample_rows: usize) -> Outcome<SchemaRef> {
    let mut left = if sample_rows == 0 {
        usize::MAX
    } else {
        sample_rows
    };
    let mut values = Vec::new();
    while left > 0 {
        let chunk = lines.read(left.min(BATCH_ROWS))?;
        if chunk.lines.is_empty() {
            break;
        }
        left -= chunk.lines.len();
        for (line, bytes) in chunk.iter() {
            values.push(parse(line, bytes)?);
        }
    }
    let schema = infer_json_schema_from_iterator(values.iter().map(Ok)).map_err(|error| {
        json_failure(error).hint("give the column one kind of value, or leave it out")
    })?;
    let fields: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| {
            let column = values.iter().filter_map(|row| row.get(field.name()));
            let better = match field.data_type() {
                DataType::Null => Some(DataType::Utf8),
                DataType::Utf8 => infer::temporal_type(&column.map(Value::as_str).collect()),
                DataType::Float64 => large_integers(column),
                _ => None,
            };
            match better {
                Some(data_type) => field.as_ref().clone().with_data_type(data_type),
                None => field.as_ref().clone(),
            }
        })
        .collect();
    Ok(Arc::new(Schema::new(fields)))
}

/// `UInt64`, if that is what all the numbers are; floats would round them.
fn large_integers<'a>(column: impl Iterator<Item = &'a Value>) -> Option<DataType> {
    let mut numbers = column.filter(|value| !value.is_null()).peekable();
    numbers.peek()?;
    numbers.all(Value::is_u64).then_some(DataType::UInt64)
}

fn parse(line: u64, bytes: &[u8]) -> Outcome<Value> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        Failure::new(format!(
            "line {line} is not JSON: {}",
            without_place(&error)
        ))
    })?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(
            Failure::new(format!("line {line} is JSON but not an object"))
                .hint("each line is one row: {\"column\": value, …}"),
        )
    }
}

/// serde_json's message without its own line number, which counts within our line.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

/// The batches of the file.
struct Batches<R> {
    lines: Lines<R>,
    decoder: Decoder,
    schema: SchemaRef,
    hint: Option<String>,
    ended: bool,
}

impl<R: BufRead> Iterator for Batches<R> {
    type Item = Outcome<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let batch = self.read().transpose();
        self.ended = !matches!(batch, Some(Ok(_)));
        batch
    }
}

impl<R: BufRead> Batches<R> {
    fn read(&mut self) -> Outcome<Option<RecordBatch>> {
        let chunk = self.lines.read(BATCH_ROWS)?;
        if chunk.lines.is_empty() {
            return Ok(None);
        }
        match decode(&mut self.decoder, &chunk.bytes) {
            Ok(batch) if batch.num_rows() == chunk.lines.len() => Ok(Some(batch)),
            Ok(_) => Err(self.culprit(&chunk, None)),
            Err(error) => Err(self.culprit(&chunk, Some(error))),
        }
    }

    /// Decodes line by line what failed as a whole, to find the line that is at fault.
    fn culprit(&self, chunk: &Chunk, error: Option<ArrowError>) -> Failure {
        for (line, bytes) in chunk.iter() {
            if let Err(failure) = parse(line, bytes) {
                return failure;
            }
            let attempt = decoder(&self.schema)
                .and_then(|mut one| decode(&mut one, bytes).map_err(json_failure));
            if let Err(failure) = attempt {
                let failure = failure.within(format!("line {line}"));
                return match &self.hint {
                    Some(hint) => failure.hint(hint),
                    None => failure,
                };
            }
        }
        match error {
            Some(error) => json_failure(error),
            None => Failure::new("a line holds more than one object"),
        }
    }
}

fn decode(decoder: &mut Decoder, bytes: &[u8]) -> Result<RecordBatch, ArrowError> {
    let read = decoder.decode(bytes)?;
    if read < bytes.len() {
        // The decoder stops at its batch size, which no chunk of whole lines exceeds.
        return Err(ArrowError::JsonError(
            "a line holds more than one object".to_owned(),
        ));
    }
    decoder
        .flush()?
        .ok_or_else(|| ArrowError::JsonError("there is no object".to_owned()))
}

/// The message without the library's prefix, in our words for a column.
fn json_failure(error: ArrowError) -> Failure {
    let text = match error {
        ArrowError::JsonError(text) => text,
        other => other.to_string(),
    };
    Failure::new(
        match text
            .strip_prefix("whilst decoding field '")
            .and_then(|t| t.split_once("': "))
        {
            Some((column, why)) => format!("column `{column}`: {why}"),
            None => text,
        },
    )
}
