//! Writing a cold object.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use thermocline_formats::{ParquetOptions, ParquetSegmentWriter, SegmentStats};
use thermocline_policy::SegmentId;

use crate::checksum::Checked;
use crate::error::{Error, Result};
use crate::manifest::{FileMeta, Seal};

/// Encodes rows as a Parquet file in memory. A segment is bounded by its seal,
/// so its compressed form is too. The statistics are those of all rows.
pub(crate) fn write(
    name: String,
    segment: SegmentId,
    schema: &SchemaRef,
    batches: impl IntoIterator<Item = Result<RecordBatch>>,
    options: &ParquetOptions,
) -> Result<(FileMeta, Bytes, SegmentStats)> {
    let named = |e| Error::format(format_args!("cold/{name}"), e);
    let metadata = [("thermocline.segment_id".to_owned(), segment.to_string())];
    let out = Checked::new(Vec::new());
    let mut writer =
        ParquetSegmentWriter::try_new(out, schema, options, &metadata).map_err(named)?;
    for batch in batches {
        writer.write(&batch?).map_err(named)?;
    }
    let (out, summary) = writer.finish().map_err(named)?;
    let meta = FileMeta {
        bytes: out.bytes(),
        crc: out.crc(),
        parts: summary.row_groups,
        seal: Seal {
            len: summary.footer_len,
            crc: summary.footer_crc,
        },
        path: name,
    };
    Ok((meta, out.into_inner().into(), summary.stats))
}
