//! From columns of text to the table's types.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray, StringBuilder};
use arrow::compute::kernels::cmp::eq;
use arrow::compute::{CastOptions, cast_with_options, nullif};
use arrow::datatypes::{DataType, FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;

use super::text::{Rows, Text};
use crate::conform::Conform;
use crate::error::{Error, Result};

/// Rows of the file in the table's types.
pub(super) struct Typed {
    pub(super) text: Text,
    pub(super) rows: Rows,
    /// Of the file's columns, with the types to convert them to.
    pub(super) schema: SchemaRef,
    pub(super) conform: Conform,
    pub(super) null: Option<String>,
    pub(super) hint: Option<String>,
}

impl Iterator for Typed {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.text.read(&mut self.rows)?;
        Some(batch.and_then(|text| self.convert(&text)))
    }
}

impl Typed {
    fn convert(&self, text: &RecordBatch) -> Result<RecordBatch> {
        let before = self.rows.before(text);
        let mut columns = Vec::with_capacity(text.num_columns());
        for (column, field) in text.columns().iter().zip(self.schema.fields()) {
            let column = with_nulls(column, self.null.as_deref())?;
            columns.push(self.convert_column(&column, field, before)?);
        }
        let nullable: Vec<_> = self
            .schema
            .fields()
            .iter()
            .map(|f| f.as_ref().clone().with_nullable(true))
            .collect();
        let batch = RecordBatch::try_new(Arc::new(Schema::new(nullable)), columns)?;
        self.conform.apply(&batch, before)
    }

    fn convert_column(&self, column: &ArrayRef, field: &FieldRef, before: u64) -> Result<ArrayRef> {
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
            return Err(Error::new(format!(
                "column `{}` is {}, which a CSV field cannot hold",
                field.name(),
                field.data_type()
            ))
            .with_hint("use Parquet, Arrow IPC or JSON lines"));
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
            let error = Error::new(format!(
                "line {}, column `{}`: `{}` is no {}",
                self.text
                    .line_of(before + u64::try_from(row).unwrap_or(u64::MAX)),
                field.name(),
                value.chars().take(60).collect::<String>(),
                field.data_type()
            ));
            return Err(match &self.hint {
                Some(hint) => error.with_hint(hint),
                None => error,
            });
        }
        Ok(cast)
    }
}

/// The column with nulls where the text says `null`.
pub(super) fn with_nulls(
    column: &ArrayRef,
    null: Option<&str>,
) -> std::result::Result<ArrayRef, ArrowError> {
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
