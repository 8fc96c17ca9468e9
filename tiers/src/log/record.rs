//! What a log frame says.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use bytes::{Buf, Bytes};
use thermocline_formats::{Compression, Frame, PreparedFrame, decode_batch, encode_batch};

use super::APPEND;
use crate::error::{Error, Result};
use crate::layout::TableId;
use crate::lsn::Lsn;

/// Bytes before the batch: table (8), schema version (4), zero (4). A multiple
/// of 8, so that the batch behind it stays aligned.
const PREFIX: usize = 16;

/// One appended batch, not decoded yet.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) lsn: Lsn,
    pub(crate) table: TableId,
    pub(crate) schema_version: u32,
    batch: Bytes,
}

/// Makes the frame of an appended batch; the LSN comes later.
pub(crate) fn encode_append(
    table: TableId,
    schema_version: u32,
    batch: &RecordBatch,
    compression: Compression,
) -> Result<PreparedFrame> {
    let mut payload = Vec::with_capacity(PREFIX + batch.get_array_memory_size());
    payload.extend_from_slice(&table.0.to_le_bytes());
    payload.extend_from_slice(&schema_version.to_le_bytes());
    payload.extend_from_slice(&[0; 4]);
    payload.extend_from_slice(&encode_batch(batch)?);
    Ok(PreparedFrame::new(APPEND, payload, compression)?)
}

impl Record {
    pub(crate) fn parse(frame: Frame) -> Result<Self> {
        let mut payload = frame.payload;
        if frame.kind != APPEND || payload.len() < PREFIX {
            return Err(Error::corrupt(
                "log",
                format!("write {} is of no known kind", frame.lsn),
            ));
        }
        let table = TableId(payload.get_u64_le());
        let schema_version = payload.get_u32_le();
        payload.advance(4);
        Ok(Self {
            lsn: Lsn(frame.lsn),
            table,
            schema_version,
            batch: payload,
        })
    }

    /// The batch, by the schema that it was written with.
    pub(crate) fn decode(&self, schema: &SchemaRef) -> Result<RecordBatch> {
        decode_batch(schema, &self.batch)
            .map_err(|e| Error::format(format_args!("log, write {}", self.lsn), e))
    }
}
