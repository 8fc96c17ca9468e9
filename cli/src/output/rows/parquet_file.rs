//! A Parquet file, zstd-compressed.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::{Flow, RowSink, Target, unique_schema};
use crate::failure::Outcome;

/// Writes row groups of the writer's usual size.
pub(super) struct ParquetSink {
    writer: ArrowWriter<Target>,
    schema: SchemaRef,
}

impl ParquetSink {
    pub(super) fn new(schema: &SchemaRef, target: Target) -> Outcome<Self> {
        let schema = unique_schema(schema);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build();
        let writer = ArrowWriter::try_new(target, Arc::clone(&schema), Some(properties))?;
        Ok(Self { writer, schema })
    }
}

impl RowSink for ParquetSink {
    fn write(&mut self, batch: &RecordBatch) -> Outcome<Flow> {
        self.writer.write(&RecordBatch::try_new(
            Arc::clone(&self.schema),
            batch.columns().to_vec(),
        )?)?;
        Ok(Flow::Continue)
    }

    fn finish(self: Box<Self>) -> Outcome {
        self.writer.into_inner()?.finish()
    }
}
