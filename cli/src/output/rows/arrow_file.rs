//! An Arrow IPC file.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::FileWriter;
use arrow::record_batch::RecordBatch;

use super::{Flow, RowSink, Target, unique_schema};
use crate::failure::Outcome;

/// Writes one IPC record batch a batch.
pub(super) struct ArrowSink {
    writer: FileWriter<Target>,
    schema: SchemaRef,
}

impl ArrowSink {
    pub(super) fn new(schema: &SchemaRef, target: Target) -> Outcome<Self> {
        let schema = unique_schema(schema);
        Ok(Self {
            writer: FileWriter::try_new(target, &schema)?,
            schema,
        })
    }
}

impl RowSink for ArrowSink {
    fn write(&mut self, batch: &RecordBatch) -> Outcome<Flow> {
        self.writer.write(&RecordBatch::try_new(
            Arc::clone(&self.schema),
            batch.columns().to_vec(),
        )?)?;
        Ok(Flow::Continue)
    }

    fn finish(mut self: Box<Self>) -> Outcome {
        self.writer.finish()?;
        self.writer.into_inner()?.finish()
    }
}
