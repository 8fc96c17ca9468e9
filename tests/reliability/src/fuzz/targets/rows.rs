//! What holds of reading text, whatever the format.
//!
//! - Batches of few rows hold the rows of batches of many.
//! - The schema that was chosen takes the same file again, and gives the same rows.
//! - Every array is sound: text is UTF-8, offsets are in order.
//! - A line that an error names is one of the file's.
//! - A small file takes little memory.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, Schema, SchemaRef, UInt64Type};
use thermocline_formats::same_bits;
use thermocline_input::{Error, InputFormat, ReadOptions, Source};
use thermocline_testing::arbitrary_schema;

use crate::failure::{Failure, Outcome, ensure};
use crate::fuzz::memory;

/// Bytes that reading may take for inputs of the length that mutations have.
const MOST_MEMORY: u64 = 48 << 20;

/// How a file is read; an input's first byte says it.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) format: InputFormat,
    pub(super) table: Option<SchemaRef>,
    pub(super) options: ReadOptions,
    /// Rows of the small batches.
    few: usize,
}

impl Reading {
    pub(super) fn new(choice: u8, formats: [InputFormat; 2]) -> Self {
        let [first, second] = formats;
        let bits = |from: u8, count: u8| choice >> from & ((1 << count) - 1);
        let table = match bits(5, 2) {
            0 | 1 => None,
            2 => Some(every_type()),
            _ => Some(strict()),
        };
        Self {
            format: if bits(0, 1) == 0 { first } else { second },
            table,
            options: ReadOptions {
                // Large batches are made where memory is counted; they take long to prepare.
                batch_rows: Some(400),
                null: (bits(1, 1) == 1).then(|| "NA".to_owned()),
                sample_rows: match bits(2, 2) {
                    0 => 10_000,
                    1 => 0,
                    2 => 1,
                    _ => 3,
                },
                ..ReadOptions::default()
            },
            few: if bits(4, 1) == 0 { 1 } else { 3 },
        }
    }

    /// True if all rows chose the types.
    pub(super) fn all_sampled(&self) -> bool {
        self.table.is_none() && self.options.sample_rows == 0
    }
}

/// Nullable columns `c0` and on, one of each type.
fn every_type() -> SchemaRef {
    let fields = arbitrary_schema();
    let nullable = fields.fields().iter().filter(|field| field.is_nullable());
    Arc::new(Schema::new(nullable.cloned().collect::<Vec<_>>()))
}

/// Columns that want to be there.
fn strict() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("a", DataType::Int16, false),
        Field::new("b", DataType::Utf8, false),
        Field::new("c", DataType::Int64, true),
    ]))
}

/// What reading a file came to.
pub(super) struct Read {
    pub(super) schema: Option<SchemaRef>,
    pub(super) rows: Vec<RecordBatch>,
    pub(super) error: Option<Error>,
}

impl Read {
    fn of(
        file: &[u8],
        format: InputFormat,
        table: Option<&SchemaRef>,
        options: &ReadOptions,
    ) -> Self {
        let mut read = Self {
            schema: None,
            rows: Vec::new(),
            error: None,
        };
        match Source::from_bytes(file.to_vec(), format, table, options) {
            Err(error) => read.error = Some(error),
            Ok(source) => {
                read.schema = Some(SchemaRef::clone(source.schema()));
                for batch in source {
                    match batch {
                        Ok(batch) => read.rows.push(batch),
                        Err(error) => read.error = Some(error),
                    }
                }
            }
        }
        read
    }

    fn one_batch(&self) -> Outcome<Option<RecordBatch>> {
        let Some(schema) = &self.schema else {
            return Ok(None);
        };
        let all = concat_batches(schema, &self.rows);
        all.map(Some)
            .map_err(|e| Failure::new(format!("the batches do not fit together: {e}")))
    }

    pub(super) fn row_count(&self) -> usize {
        self.rows.iter().map(RecordBatch::num_rows).sum()
    }

    /// Every value of a column, with its row; those whose type [`cell`] does not know are left out.
    pub(super) fn cells(&self, column: usize) -> impl Iterator<Item = (usize, Cell)> {
        let columns = self
            .rows
            .iter()
            .filter_map(move |b| b.columns().get(column));
        columns
            .flat_map(|array| (0..array.len()).map(|row| cell(array.as_ref(), row)))
            .enumerate()
            .filter_map(|(row, cell)| Some((row, cell?)))
    }
}

/// A value of a type that files of text get by themselves.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(String),
}

fn cell(array: &dyn Array, row: usize) -> Option<Cell> {
    let cell = match array.data_type() {
        DataType::Boolean
        | DataType::Int64
        | DataType::UInt64
        | DataType::Float64
        | DataType::Utf8
            if array.is_null(row) =>
        {
            Cell::Null
        }
        DataType::Boolean => Cell::Bool(array.as_boolean().value(row)),
        DataType::Int64 => Cell::Int(array.as_primitive::<Int64Type>().value(row).into()),
        DataType::UInt64 => Cell::Int(array.as_primitive::<UInt64Type>().value(row).into()),
        DataType::Float64 => Cell::Float(array.as_primitive::<Float64Type>().value(row)),
        DataType::Utf8 => Cell::Text(array.as_string::<i32>().value(row).to_owned()),
        _ => return None,
    };
    Some(cell)
}

/// Reads the file in every way, and compares.
pub(super) fn check(file: &[u8], reading: &Reading) -> Outcome<Read> {
    let Reading {
        format,
        table,
        options,
        few,
    } = reading;
    // The rows are let go one batch after the other, as the command does.
    let usual = ReadOptions {
        batch_rows: None,
        ..options.clone()
    };
    let (_, peak) = memory::peak(|| {
        Source::from_bytes(file.to_vec(), *format, table.as_ref(), &usual)
            .map(|source| source.filter(Result::is_err).count())
    });
    ensure(peak <= MOST_MEMORY, || {
        format!("{} bytes of input took {peak} of memory", file.len())
    })?;

    let whole = Read::of(file, *format, table.as_ref(), options);
    let rows = whole.one_batch()?;
    sound(&whole)?;
    let small = ReadOptions {
        batch_rows: Some(*few),
        ..options.clone()
    };
    let small = Read::of(file, *format, table.as_ref(), &small);
    ensure(whole.error.is_some() == small.error.is_some(), || {
        format!(
            "in batches of {few} it is {}, otherwise {}",
            told(&small),
            told(&whole)
        )
    })?;
    ensure(
        small.rows.iter().all(|batch| batch.num_rows() <= *few),
        || format!("a batch has more than {few} rows"),
    )?;
    match (&rows, small.one_batch()?) {
        (Some(rows), Some(again)) if whole.error.is_none() => {
            ensure(same_bits(rows, &again), || {
                format!("batches of {few} hold other rows: {again:?}, otherwise {rows:?}")
            })?;
        }
        (Some(rows), Some(again)) => {
            let first = again.num_rows() >= rows.num_rows()
                && same_bits(rows, &again.slice(0, rows.num_rows()));
            ensure(first, || "rows before the error differ".to_owned())?;
        }
        // Whether the sample or the rows behind it meet what is wrong is up to the batch.
        _ => {}
    }
    if let (Some(rows), None, None) = (&rows, &whole.error, table) {
        let again = Read::of(file, *format, whole.schema.as_ref(), options);
        ensure(again.error.is_none(), || {
            format!(
                "the schema that was chosen refuses the file: {}",
                told(&again)
            )
        })?;
        let same = again
            .one_batch()?
            .is_some_and(|again| same_bits(rows, &again));
        ensure(same, || {
            "the schema that was chosen gives other rows".to_owned()
        })?;
    }
    if let Some(line) = whole.error.as_ref().and_then(line) {
        let lines = file.split(|byte| *byte == b'\n').count();
        ensure((1..=lines).contains(&line), || {
            format!("of {lines} lines it is {}", told(&whole))
        })?;
    }
    Ok(whole)
}

/// Arrow trusts its arrays; text that is none would be undefined behaviour.
fn sound(read: &Read) -> Outcome {
    for column in read.rows.iter().flat_map(RecordBatch::columns) {
        let valid = column.to_data().validate_full();
        valid.map_err(|e| Failure::new(format!("an array is broken: {e}")))?;
    }
    Ok(())
}

pub(super) fn told(read: &Read) -> String {
    match &read.error {
        Some(error) => format!("refused: {error}"),
        None => format!("{} rows", read.row_count()),
    }
}

/// The line that an error names.
pub(super) fn line(error: &Error) -> Option<usize> {
    let text = error.to_string();
    let digits = text.strip_prefix("line ")?;
    let end = digits.find(|c: char| !c.is_ascii_digit())?;
    digits.get(..end)?.parse().ok()
}
