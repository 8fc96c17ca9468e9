//! CSV, by arrow's writer; nested values as text.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::csv::{Writer, WriterBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::{Flow, RowSink, Target};
use crate::failure::Outcome;

/// Writes a header and one line a row.
pub(super) struct CsvSink {
    writer: Writer<Target>,
    schema: SchemaRef,
    header_due: bool,
}

impl CsvSink {
    pub(super) fn new(schema: &SchemaRef, target: Target) -> Self {
        let fields: Vec<_> = schema
            .fields()
            .iter()
            .map(|field| {
                if is_nested(field.data_type()) {
                    Arc::new(Field::new(field.name(), DataType::Utf8, true))
                } else {
                    Arc::clone(field)
                }
            })
            .collect();
        Self {
            writer: WriterBuilder::new().with_header(true).build(target),
            schema: Arc::new(Schema::new(fields)),
            header_due: true,
        }
    }
}

impl RowSink for CsvSink {
    fn write(&mut self, batch: &RecordBatch) -> Outcome<Flow> {
        self.header_due = false;
        let columns = batch
            .columns()
            .iter()
            .map(flat)
            .collect::<Result<Vec<_>, _>>()?;
        self.writer
            .write(&RecordBatch::try_new(Arc::clone(&self.schema), columns)?)?;
        Ok(Flow::Continue)
    }

    fn finish(mut self: Box<Self>) -> Outcome {
        if self.header_due {
            self.writer
                .write(&RecordBatch::new_empty(Arc::clone(&self.schema)))?;
        }
        self.writer.into_inner().finish()
    }
}

fn is_nested(data_type: &DataType) -> bool {
    data_type.is_nested()
        && !matches!(
            data_type,
            DataType::Dictionary(..) | DataType::RunEndEncoded(..)
        )
}

/// A nested column as text in Arrow's notation; any other column as it is.
fn flat(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    if !is_nested(column.data_type()) {
        return Ok(Arc::clone(column));
    }
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(column.as_ref(), &options)?;
    let text: StringArray = (0..column.len())
        .map(|row| {
            column
                .is_valid(row)
                .then(|| formatter.value(row).try_to_string())
                .transpose()
        })
        .collect::<Result<_, _>>()?;
    Ok(Arc::new(text))
}
