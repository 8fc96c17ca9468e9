//! Writing warm segment files.

use std::collections::VecDeque;
use std::fmt;
use std::io::Write;

use arrow::array::{Array, RecordBatch};
use arrow::buffer::Buffer;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions};
use arrow::ipc::{CompressionType, MetadataVersion};

use super::dictionaries::unify;
use super::index::{Block, INDEX_KEY, Index};
use super::{IpcCompression, IpcOptions, IpcSummary};
use crate::batch::message::Message;
use crate::schema::has_dictionary;
use crate::tracked::{Region, Tracked};
use crate::{Error, ErrorKind, FORMAT_VERSION, Result, SegmentStats, check_batch, check_schema};

/// Buffers start at multiples of this many bytes, as Arrow recommends for vector instructions.
const ALIGNMENT: usize = 64;

/// Small batches are joined to blocks of at most about this many bytes, far below where 32-bit
/// offsets end.
const MAX_JOINED_BYTES: usize = 64 * 1024 * 1024;

/// Writes a warm segment: an Arrow IPC file with the checksum, row count and statistics of every
/// block in its footer.
///
/// Batches are cut or joined to blocks of [`IpcOptions::rows_per_block`] rows; pieces of large
/// batches are written without a copy. With dictionary columns everything is kept in memory until
/// [`finish`](Self::finish), because a file has one dictionary for all of its blocks. Many small
/// writes reach the sink, so it should be buffered.
///
/// ```
/// use std::sync::Arc;
///
/// use arrow::array::{ArrayRef, Int64Array, RecordBatch};
/// use thermocline_formats::{IpcOptions, IpcSegment, IpcSegmentWriter};
///
/// let column = Arc::new(Int64Array::from_iter_values(0..100)) as ArrayRef;
/// let batch = RecordBatch::try_from_iter([("x", column)])?;
/// let options = IpcOptions::default().with_rows_per_block(64);
/// let mut writer = IpcSegmentWriter::try_new(Vec::new(), &batch.schema(), &options, &[])?;
/// writer.write(&batch)?;
/// let (file, summary) = writer.finish()?;
///
/// let segment = IpcSegment::open(file.into(), Some(summary.trailer_crc))?;
/// assert_eq!((segment.rows(), segment.blocks()), (100, 2));
/// assert_eq!(segment.read_block(1)?, batch.slice(64, 36));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct IpcSegmentWriter<W: Write> {
    writer: FileWriter<Tracked<W>>,
    schema: SchemaRef,
    rows_per_block: usize,
    has_dictionary: bool,
    pending: VecDeque<RecordBatch>,
    pending_rows: usize,
    pending_bytes: usize,
    index: Index,
}

impl<W: Write> fmt::Debug for IpcSegmentWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IpcSegmentWriter")
            .field("schema", &self.schema)
            .field("rows", &self.index.rows)
            .field("pending_rows", &self.pending_rows)
            .finish_non_exhaustive()
    }
}

impl<W: Write> IpcSegmentWriter<W> {
    /// Starts a file with this schema. `metadata` is kept in the footer, for
    /// [`IpcSegment::metadata`](crate::IpcSegment::metadata).
    ///
    /// # Errors
    ///
    /// What [`check_schema`] refuses; [`InvalidInput`](ErrorKind::InvalidInput) for blocks of 0
    /// rows or a metadata key of the format's own; [`Io`](ErrorKind::Io) if the sink fails.
    pub fn try_new(
        out: W,
        schema: &SchemaRef,
        options: &IpcOptions,
        metadata: &[(String, String)],
    ) -> Result<Self> {
        check_schema(schema)?;
        if options.rows_per_block == 0 {
            return Err(Error::invalid(
                "a block needs at least one row; set `rows_per_block`",
            ));
        }
        let compression = match options.compression {
            IpcCompression::None => None,
            IpcCompression::Lz4 => Some(CompressionType::LZ4_FRAME),
        };
        let settings = IpcWriteOptions::try_new(ALIGNMENT, false, MetadataVersion::V5)
            .and_then(|settings| settings.try_with_compression(compression))
            .map_err(failed)?;
        let mut writer = FileWriter::try_new_with_options(Tracked::new(out), schema, settings)
            .map_err(failed)?;
        for (key, value) in metadata {
            if key == INDEX_KEY {
                return Err(Error::invalid(format!(
                    "`{INDEX_KEY}` belongs to the format; choose another metadata key"
                )));
            }
            writer.write_metadata(key, value);
        }
        let (header, _) = writer.get_mut().end_region();
        Ok(Self {
            writer,
            schema: SchemaRef::clone(schema),
            rows_per_block: options.rows_per_block,
            has_dictionary: has_dictionary(schema.fields()),
            pending: VecDeque::new(),
            pending_rows: 0,
            pending_bytes: 0,
            index: Index {
                version: FORMAT_VERSION,
                rows: 0,
                header,
                dictionaries: Region { len: 0, crc: 0 },
                blocks: Vec::new(),
            },
        })
    }

    /// Adds rows behind those that were written before.
    ///
    /// # Errors
    ///
    /// What [`check_batch`] finds; [`Io`](ErrorKind::Io) if the sink fails, after which the file
    /// is of no use.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let batch = check_batch(batch, &self.schema)?;
        if batch.num_rows() == 0 {
            return Ok(());
        }
        self.push(batch);
        if self.has_dictionary {
            return Ok(());
        }
        while self.pending_rows >= self.rows_per_block {
            self.write_block(self.rows_per_block)?;
        }
        if self.pending_bytes > MAX_JOINED_BYTES {
            self.write_block(self.pending_rows)?;
        }
        Ok(())
    }

    /// Writes what is left and the footer, and gives back the sink, flushed but not synced.
    ///
    /// # Errors
    ///
    /// [`Io`](ErrorKind::Io) if the sink fails; [`InvalidInput`](ErrorKind::InvalidInput) if a
    /// dictionary column has more distinct values than its key type can number.
    pub fn finish(mut self) -> Result<(W, IpcSummary)> {
        if self.has_dictionary && self.pending_rows > 0 {
            let batches: Vec<_> = self.pending.drain(..).collect();
            self.pending_rows = 0;
            self.push(unify(&self.schema, &batches)?);
        }
        while self.pending_rows > 0 {
            self.write_block(self.rows_per_block.min(self.pending_rows))?;
        }
        let mut stats = SegmentStats::default();
        for block in &self.index.blocks {
            stats.merge(&block.stats);
        }
        let blocks = u32::try_from(self.index.blocks.len())
            .map_err(|_| Error::invalid("the segment has too many blocks; make them larger"))?;
        self.writer.write_metadata(INDEX_KEY, self.index.to_json()?);
        self.writer.finish().map_err(failed)?;
        let mut sink = self.writer.into_inner().map_err(failed)?;
        let (trailer, _) = sink.end_region();
        let summary = IpcSummary {
            bytes: sink.total(),
            rows: self.index.rows,
            blocks,
            trailer_crc: trailer.crc,
            stats,
        };
        Ok((sink.into_inner(), summary))
    }

    fn push(&mut self, batch: RecordBatch) {
        self.pending_rows += batch.num_rows();
        self.pending_bytes += bytes_of(&batch);
        self.pending.push_back(batch);
    }

    /// Writes the next `rows` pending rows as one block.
    fn write_block(&mut self, rows: usize) -> Result<()> {
        let mut parts = Vec::new();
        let mut missing = rows;
        while missing > 0 {
            let Some(batch) = self.pending.pop_front() else {
                break;
            };
            let taken = missing.min(batch.num_rows());
            if taken < batch.num_rows() {
                self.pending
                    .push_front(batch.slice(taken, batch.num_rows() - taken));
            }
            parts.push(batch.slice(0, taken));
            missing -= taken;
        }
        self.pending_rows -= rows - missing;
        self.pending_bytes = self.pending.iter().map(bytes_of).sum();
        let block = match parts.as_slice() {
            [part] => part.clone(),
            parts => concat_batches(&self.schema, parts).map_err(failed)?,
        };
        let first = self.index.blocks.is_empty();
        if first && self.has_dictionary {
            self.writer.get_mut().start_copy();
        }
        self.writer.write(&block).map_err(failed)?;
        let (mut region, copy) = self.writer.get_mut().end_region();
        if let Some(bytes) = copy {
            (self.index.dictionaries, region) = split_dictionaries(&bytes.into())?;
        }
        self.index.rows += block.num_rows() as u64;
        self.index.blocks.push(Block {
            region,
            stats: SegmentStats::of(&block),
        });
        Ok(())
    }
}

/// The dictionaries that were written before the first block, and the block.
fn split_dictionaries(bytes: &Buffer) -> Result<(Region, Region)> {
    let mut start = 0;
    loop {
        let rest = bytes.slice(start);
        let message = Message::parse(&rest)?;
        if !message.is_dictionary() {
            break;
        }
        start += message.len;
    }
    let region = |bytes: &[u8]| Region {
        len: bytes.len() as u64,
        crc: crc32c::crc32c(bytes),
    };
    let (dictionaries, block) = bytes.split_at(start);
    Ok((region(dictionaries), region(block)))
}

fn bytes_of(batch: &RecordBatch) -> usize {
    let columns = batch.columns().iter();
    columns
        .map(|column| column.to_data().get_slice_memory_size().unwrap_or_default())
        .sum()
}

fn failed(error: ArrowError) -> Error {
    let kind = match &error {
        ArrowError::IoError(_, _) => ErrorKind::Io,
        _ => ErrorKind::InvalidInput,
    };
    Error::new(kind, "the warm segment can't be written").with_source(error)
}
