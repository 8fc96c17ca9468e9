//! A batch as bytes.

use std::io::{self, Write};

use arrow::array::{Array, RecordBatch};
use arrow::ipc::MetadataVersion;
use arrow::ipc::writer::{IpcWriteOptions, StreamWriter};

use crate::{Error, Result};

/// Buffers start at multiples of this many bytes: enough for every type but 128-bit decimals, and
/// short enough for batches of one row.
const ALIGNMENT: usize = 8;

/// Encodes a batch without its schema, as the payload of a log frame: Arrow IPC messages, one for
/// each dictionary and one for the rows. The data is copied once.
///
/// # Errors
///
/// [`Unsupported`](crate::ErrorKind::Unsupported) if Arrow can't encode one of the types.
///
/// ```
/// use std::sync::Arc;
///
/// use arrow::array::{ArrayRef, Int64Array, RecordBatch};
/// use thermocline_formats::{decode_batch, encode_batch};
///
/// let column = Arc::new(Int64Array::from(vec![1, 2, 3])) as ArrayRef;
/// let batch = RecordBatch::try_from_iter([("x", column)])?;
/// let payload = encode_batch(&batch)?;
/// assert_eq!(decode_batch(&batch.schema(), &payload.into())?, batch);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn encode_batch(batch: &RecordBatch) -> Result<Vec<u8>> {
    let failed = |error| Error::unsupported("the batch can't be encoded").with_source(error);
    let options =
        IpcWriteOptions::try_new(ALIGNMENT, false, MetadataVersion::V5).map_err(failed)?;
    let sink = Sink {
        bytes: Vec::with_capacity(estimate(batch)),
        open: false,
    };
    let mut writer =
        StreamWriter::try_new_with_options(sink, batch.schema_ref(), options).map_err(failed)?;
    writer.get_mut().open = true;
    writer.write(batch).map_err(failed)?;
    writer.get_mut().open = false;
    Ok(writer.into_inner().map_err(failed)?.bytes)
}

/// Drops the schema before the batch and the end mark behind it.
struct Sink {
    bytes: Vec<u8>,
    open: bool,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.open {
            self.bytes.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// About how long the encoding gets, so that the memory for it is taken once.
fn estimate(batch: &RecordBatch) -> usize {
    let columns = batch.columns().iter().map(|column| {
        column.to_data().get_slice_memory_size().unwrap_or_default() + 16 * ALIGNMENT
    });
    columns.sum::<usize>() + 256
}
