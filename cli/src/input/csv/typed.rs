//! From columns of text to the table's types.

use std::fs::File;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray, StringBuilder};
use arrow::compute::kernels::cmp::eq;
use arrow::compute::{CastOptions, cast_with_options, nullif};
use arrow::datatypes::{DataType, FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;

use super::super::conform::Conform;
use super::super::row_count;
use super::{Rows, fault};
use crate::failure::{Failure, Outcome};

/// Rows of the file in the table's types.
pub(super) struct Typed {
    /// To look lines up for an error.
    pub(super) file: File,
    pub(super) reader: Rows,
    /// Of the file's columns, with the types to convert them to.
    pub(super) schema: SchemaRef,
    pub(super) conform: Conform,
    pub(super) null: Option<String>,
    pub(super) hint: Option<String>,
    /// The line on which the next batch begins.
    pub(super) line: u64,
    pub(super) row: u64,
}

impl Iterator for Typed {
    type Item = Outcome<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let text = match self.reader.next()? {
            Ok(batch) => batch,
            Err(error) => return Some(Err(fault::ragged_failure(error, &self.file))),
        };
        Some(self.convert(&text))
    }
}

impl Typed {
    fn convert(&mut self, text: &RecordBatch) -> Outcome<RecordBatch> {
        let mut columns = Vec::with_capacity(text.num_columns());
        for (column, field) in text.columns().iter().zip(self.schema.fields()) {
            let column = with_nulls(column, self.null.as_deref())?;
            columns.push(self.convert_column(&column, field, text)?);
        }
        let nullable: Vec<_> = self
            .schema
            .fields()
            .iter()
            .map(|f| f.as_ref().clone().with_nullable(true))
            .collect();
        let batch = RecordBatch::try_new(Arc::new(Schema::new(nullable)), columns)?;
        let batch = self.conform.apply(&batch, self.row)?;
        self.row += row_count(text);
        self.line += lines(text, text.num_rows());
        Ok(batch)
    }

    fn convert_column(
        &self,
        column: &ArrayRef,
        field: &FieldRef,
        text: &RecordBatch,
    ) -> Outcome<ArrayRef> {
        if !field.is_nullable() && matches!(field.data_type(), DataType::Utf8 | DataType::LargeUtf8)
        {
            // CSV cannot tell an empty text from none; where null is not allowed it is the former.
            let filled = empty_for_null(column.as_string::<i32>());
            return Ok(cast_with_options(
                &filled,
                field.data_type(),
                &CastOptions::default(),
            )?);
        }
        if field.data_type().is_nested() && !matches!(field.data_type(), DataType::Dictionary(..)) {
            return Err(Failure::new(format!(
                "column `{}` is {}, which a CSV field cannot hold",
                field.name(),
                field.data_type()
            ))
            .hint("use Parquet, Arrow IPC or JSON lines"));
        }
        let lenient = CastOptions {
            safe: true,
            ..CastOptions::default()
        };
        let cast = cast_with_options(column, field.data_type(), &lenient)?;
        if cast.null_count() > column.null_count()
            && let Some(row) =
                (0..cast.len()).find(|row| cast.is_null(*row) && column.is_valid(*row))
        {
            let value = column.as_string::<i32>().value(row);
            let failure = Failure::new(format!(
                "line {}, column `{}`: `{}` is no {}",
                self.line + lines(text, row),
                field.name(),
                value.chars().take(60).collect::<String>(),
                field.data_type()
            ));
            return Err(match &self.hint {
                Some(hint) => failure.hint(hint),
                None => failure,
            });
        }
        Ok(cast)
    }
}

/// The lines that the first `rows` rows of a batch take, those within quoted fields included.
fn lines(text: &RecordBatch, rows: usize) -> u64 {
    let inside: usize = text
        .columns()
        .iter()
        .map(|column| {
            let column = column.slice(0, rows);
            let strings = column.as_string::<i32>();
            strings
                .iter()
                .flatten()
                .map(|s| s.bytes().filter(|b| *b == b'\n').count())
                .sum::<usize>()
        })
        .sum();
    u64::try_from(rows + inside).unwrap_or(u64::MAX)
}

/// The column with nulls where the text says `null`.
pub(super) fn with_nulls(column: &ArrayRef, null: Option<&str>) -> Result<ArrayRef, ArrowError> {
    match null {
        Some(null) => {
            let is_null = eq(column.as_string::<i32>(), &StringArray::new_scalar(null))?;
            nullif(column, &is_null)
        }
        None => Ok(Arc::clone(column)),
    }
}

fn empty_for_null(column: &StringArray) -> ArrayRef {
    let mut builder = StringBuilder::with_capacity(column.len(), column.value_data().len());
    for value in column {
        builder.append_value(value.unwrap_or_default());
    }
    Arc::new(builder.finish())
}
