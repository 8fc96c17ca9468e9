//! CSV and TSV: the first line names the columns.
//!
//! Rows are split by arrow's reader as text, then every column is converted as a whole; that keeps
//! the conversion fast and lets an error name line, column and value.

mod fault;
mod typed;

use std::fs::File;
use std::io::{BufRead, BufReader, Seek};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::concat;
use arrow::csv::ReaderBuilder;
use arrow::csv::reader::{BufReader as CsvReader, Format};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};

use typed::{Typed, with_nulls};

use super::conform::Conform;
use super::{Progress, ReadOptions, Source, infer, length};
use crate::failure::{Failure, Outcome};
use crate::files::Counted;

const BATCH_ROWS: usize = 16 * 1024;

type Rows = CsvReader<BufReader<Counted<File>>>;

/// Opens a file with a header line.
pub(super) fn open(
    path: &Path,
    mut file: File,
    delimiter: u8,
    table: Option<&SchemaRef>,
    options: &ReadOptions,
) -> Outcome<Source> {
    let unreadable = |e: &std::io::Error| Failure::file("read", path, e);
    let progress = Progress::new(length(&mut file).map_err(|e| unreadable(&e))?);
    let header = header(&file, delimiter)?;
    file.rewind().map_err(|e| unreadable(&e))?;

    let text = Arc::new(Schema::new(
        header
            .iter()
            .map(|name| Field::new(name, DataType::Utf8, true))
            .collect::<Vec<_>>(),
    ));
    let null = options.null.clone();
    let (schema, conform) = match table {
        Some(table) => {
            let typed = Arc::new(Schema::new(wanted_types(&header, table)));
            (Arc::clone(&typed), Conform::new(&typed, Some(table))?)
        }
        None => {
            let sample = rows(&file, &text, delimiter, Arc::default())?;
            let typed = infer_schema(sample, &file, &text, null.as_deref(), options.sample_rows)?;
            file.rewind().map_err(|e| unreadable(&e))?;
            (Arc::clone(&typed), Conform::new(&typed, None)?)
        }
    };
    let hint = table.is_none().then(|| sample_hint(options.sample_rows));
    let reader = rows(&file, &text, delimiter, progress.counter())?;
    let output = Arc::clone(conform.schema());
    let batches = Typed {
        file,
        reader,
        schema,
        conform,
        null,
        hint,
        line: 2,
        row: 0,
    };
    let path = path.to_path_buf();
    let batches = batches.map(move |b| b.map_err(|failure| failure.within(path.display())));
    Ok(Source {
        schema: output,
        batches: Box::new(batches),
        progress,
    })
}

/// The column names of the first line.
fn header(file: &File, delimiter: u8) -> Outcome<Vec<String>> {
    let mut start = BufReader::new(file);
    let is_empty = start
        .fill_buf()
        .map_err(|e| Failure::new(e.to_string()))?
        .is_empty();
    if is_empty {
        return Err(
            Failure::new("the file is empty").hint("a header line with column names is needed")
        );
    }
    let format = Format::default()
        .with_header(true)
        .with_delimiter(delimiter);
    let (schema, _) = format
        .infer_schema(start, Some(0))
        .map_err(fault::failure)?;
    // A byte order mark belongs to the file, not to the first column's name.
    let names = schema
        .fields()
        .iter()
        .map(|field| field.name().trim_start_matches('\u{feff}'));
    let names: Vec<String> = names.map(str::to_owned).collect();
    match names.iter().position(String::is_empty) {
        Some(place) => Err(Failure::new(format!(
            "column {} has no name in the header line",
            place + 1
        ))),
        None => Ok(names),
    }
}

fn rows(
    file: &File,
    text: &SchemaRef,
    delimiter: u8,
    read: Arc<std::sync::atomic::AtomicU64>,
) -> Outcome<Rows> {
    let file = file.try_clone().map_err(|e| Failure::new(e.to_string()))?;
    let reader = BufReader::with_capacity(256 * 1024, Counted::new(file, read));
    ReaderBuilder::new(Arc::clone(text))
        .with_header(true)
        .with_delimiter(delimiter)
        .with_batch_size(BATCH_ROWS)
        .build_buffered(reader)
        .map_err(fault::failure)
}

/// The table's type for each column of the file; text for one that it lacks, which is refused later.
fn wanted_types(header: &[String], table: &SchemaRef) -> Vec<FieldRef> {
    header
        .iter()
        .map(|name| match table.column_with_name(name) {
            Some((_, field)) => Arc::new(field.clone()),
            None => Arc::new(Field::new(name, DataType::Utf8, true)),
        })
        .collect()
}

fn infer_schema(
    sample: Rows,
    file: &File,
    text: &SchemaRef,
    null: Option<&str>,
    sample_rows: usize,
) -> Outcome<SchemaRef> {
    let mut columns: Vec<Vec<ArrayRef>> = vec![Vec::new(); text.fields().len()];
    let mut left = if sample_rows == 0 {
        usize::MAX
    } else {
        sample_rows
    };
    for batch in sample {
        let batch = batch.map_err(|error| fault::ragged_failure(error, file))?;
        let batch = batch.slice(0, batch.num_rows().min(left));
        left -= batch.num_rows();
        for (all, column) in columns.iter_mut().zip(batch.columns()) {
            all.push(with_nulls(column, null)?);
        }
        if left == 0 {
            break;
        }
    }
    let mut fields = Vec::with_capacity(columns.len());
    for (field, chunks) in text.fields().iter().zip(columns) {
        let chunks: Vec<&dyn Array> = chunks
            .iter()
            .map(|chunk| chunk.as_ref() as &dyn Array)
            .collect();
        let data_type = if chunks.is_empty() {
            DataType::Utf8
        } else {
            infer::column_type(concat(&chunks)?.as_string::<i32>())
        };
        fields.push(Field::new(field.name(), data_type, true));
    }
    Ok(Arc::new(Schema::new(fields)))
}

fn sample_hint(sample_rows: usize) -> String {
    format!(
        "the types were chosen from the first {sample_rows} rows; --sample-rows 0 looks at all of them"
    )
}
