//! CSV and TSV: the first line names the columns.
//!
//! Rows are split by arrow's reader as text, then every column is converted as a whole; that keeps
//! the conversion fast and lets an error name line, column and value.

mod fault;
mod text;
mod typed;

use std::io::BufRead;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::concat;
use arrow::csv::reader::Format;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};

use self::text::Text;
use self::typed::{Typed, with_nulls};
use crate::conform::{Conform, places};
use crate::error::{Error, Result};
use crate::infer;
use crate::options::ReadOptions;
use crate::progress::Progress;
use crate::reader::Input;
use crate::source::Opened;

/// Opens a file with a header line.
pub(crate) fn open(
    mut input: Input,
    delimiter: u8,
    table: Option<&SchemaRef>,
    options: &ReadOptions,
) -> Result<Opened> {
    let progress = input.progress()?;
    let header = header(&input, delimiter)?;
    let text = Text::new(input, delimiter, &header, options);
    let null = options.null.clone();
    let (schema, conform) = match table {
        Some(table) => {
            let typed = Arc::new(Schema::new(wanted_types(&header, table)));
            (Arc::clone(&typed), Conform::new(&typed, Some(table))?)
        }
        None => {
            let typed = infer_schema(&text, null.as_deref(), options.sample_rows)?;
            (Arc::clone(&typed), Conform::new(&typed, None)?)
        }
    };
    let sampled = table.is_none() && options.sample_rows > 0;
    let output = Arc::clone(conform.schema());
    let batches = Typed {
        rows: text.rows(&progress)?,
        text,
        schema,
        conform,
        null,
        hint: sampled.then(|| sample_hint(options.sample_rows)),
    };
    Ok(Opened {
        schema: output,
        batches: Box::new(batches),
        progress,
    })
}

/// The column names of the first line.
fn header(input: &Input, delimiter: u8) -> Result<Vec<String>> {
    let empty =
        || Error::new("the file is empty").with_hint("a header line with column names is needed");
    let mut start = input.buffered()?;
    if start
        .fill_buf()
        .map_err(|e| input.unreadable(&e))?
        .is_empty()
    {
        return Err(empty());
    }
    let format = Format::default()
        .with_header(true)
        .with_delimiter(delimiter);
    let (schema, _) = format.infer_schema(start, Some(0)).map_err(fault::plain)?;
    // A byte order mark belongs to the file, not to the first column's name.
    let names = schema
        .fields()
        .iter()
        .map(|field| field.name().trim_start_matches('\u{feff}'));
    let names: Vec<String> = names.map(str::to_owned).collect();
    if names.is_empty() {
        return Err(empty());
    }
    match names.iter().position(String::is_empty) {
        Some(place) => Err(Error::new(format!(
            "column {} has no name in the header line",
            place + 1
        ))),
        None => Ok(names),
    }
}

/// The table's type for each column of the file; text for one that it lacks, which is refused later.
fn wanted_types(header: &[String], table: &SchemaRef) -> Vec<FieldRef> {
    let places = places(table);
    header
        .iter()
        .map(|name| {
            let place = places.get(name.as_str());
            match place.and_then(|place| table.fields().get(*place)) {
                Some(field) => Arc::clone(field),
                None => Arc::new(Field::new(name, DataType::Utf8, true)),
            }
        })
        .collect()
}

fn infer_schema(text: &Text, null: Option<&str>, sample_rows: usize) -> Result<SchemaRef> {
    let mut rows = text.rows(&Progress::new(0))?;
    let mut columns: Vec<Vec<ArrayRef>> = vec![Vec::new(); text.schema().fields().len()];
    let mut left = if sample_rows == 0 {
        usize::MAX
    } else {
        sample_rows
    };
    while let Some(batch) = text.read(&mut rows) {
        let batch = batch?;
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
    for (field, chunks) in text.schema().fields().iter().zip(columns) {
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
