//! Writing a warm file.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use thermocline_formats::{IpcOptions, IpcSegmentWriter};
use thermocline_policy::SegmentId;

use crate::checksum::Checked;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::layout::Layout;
use crate::manifest::{FileMeta, Seal};

/// Writes rows to the warm file `name` of the store, durably.
pub(crate) fn write(
    env: &Env,
    layout: &Layout,
    name: String,
    segment: SegmentId,
    schema: &SchemaRef,
    batches: impl IntoIterator<Item = Result<RecordBatch>>,
    options: &IpcOptions,
) -> Result<FileMeta> {
    let path = layout.at(&name);
    let metadata = [("thermocline.segment_id".to_owned(), segment.to_string())];
    let mut written = None;
    env.write_atomically(&path, |file| {
        let named = |e| Error::format(path.display(), e);
        let out = std::io::BufWriter::with_capacity(1 << 20, Checked::new(file));
        let mut writer =
            IpcSegmentWriter::try_new(out, schema, options, &metadata).map_err(named)?;
        for batch in batches {
            writer.write(&batch?).map_err(named)?;
        }
        let (out, summary) = writer.finish().map_err(named)?;
        let out = out
            .into_inner()
            .map_err(|e| Error::io(&path, "write", e.into_error()))?;
        written = Some((summary, out.bytes(), out.crc()));
        Ok(())
    })?;
    let (summary, bytes, crc) = written.ok_or_else(|| Error::bug("a warm file was not written"))?;
    metrics::counter!("thermocline_warm_bytes_written_total").increment(bytes);
    Ok(FileMeta {
        path: name,
        bytes,
        crc,
        parts: summary.blocks,
        seal: Seal {
            len: 0,
            crc: summary.trailer_crc,
        },
    })
}
