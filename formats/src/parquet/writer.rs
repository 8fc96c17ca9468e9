//! Writing cold segment files.

use std::fmt;
use std::io::Write;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::arrow_writer::ArrowRowGroupWriterFactory;
use parquet::arrow::{ARROW_SCHEMA_META_KEY, ArrowWriter};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;

use super::capture::Capture;
use super::encodings;
use super::failure::writing;
use super::group::{Encoded, Group};
use super::index::{INDEX_KEY, Index, RowGroup};
use super::open_types::{open_column, open_schema};
use super::properties::properties;
use super::{ParquetOptions, ParquetSummary};
use crate::hex::to_hex;
use crate::tracked::Tracked;
use crate::{
    Error, ErrorKind, FORMAT_VERSION, Result, SegmentStats, check_batch, encode_schema,
    with_field_ids,
};

/// Writes a cold segment: a Parquet file with field ids, a CRC in every page header, and in its
/// metadata the exact Arrow schema, our statistics, and checksums of all pages and bloom filters.
///
/// One row group at a time is kept in memory, compressed. Its columns may be encoded on several
/// threads, see [`ParquetOptions::threads`].
///
/// ```
/// use std::sync::Arc;
///
/// use arrow::array::{ArrayRef, Int64Array, RecordBatch};
/// use thermocline_formats::{ParquetOptions, ParquetSegmentWriter};
///
/// let column = Arc::new(Int64Array::from_iter_values(0..100)) as ArrayRef;
/// let batch = RecordBatch::try_from_iter([("x", column)])?;
/// let options = ParquetOptions::default().with_row_group_rows(60);
/// let mut writer = ParquetSegmentWriter::try_new(Vec::new(), &batch.schema(), &options, &[])?;
/// writer.write(&batch)?;
/// let (file, summary) = writer.finish()?;
/// assert_eq!((summary.rows, summary.row_groups), (100, 2));
/// assert_eq!(summary.bytes, file.len() as u64);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ParquetSegmentWriter<W: Write + Send> {
    writer: SerializedFileWriter<Tracked<W>>,
    properties: WriterProperties,
    /// Made when the first rows are known, which tell the encodings.
    factory: Option<ArrowRowGroupWriterFactory>,
    capture: Arc<Capture>,
    schema: SchemaRef,
    /// The columns as the file has them.
    stored: SchemaRef,
    options: ParquetOptions,
    current: Option<Group>,
    index: Index,
}

impl<W: Write + Send> fmt::Debug for ParquetSegmentWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParquetSegmentWriter")
            .field("schema", &self.schema)
            .field("options", &self.options)
            .field("row_groups", &self.index.row_groups.len())
            .finish_non_exhaustive()
    }
}

impl<W: Write + Send> ParquetSegmentWriter<W> {
    /// Starts a file with this schema; fields without a Parquet field id get one, as by
    /// [`with_field_ids`]. `metadata` goes into the file's key-value metadata.
    ///
    /// # Errors
    ///
    /// What [`check_schema`](crate::check_schema) refuses;
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for settings that can't be or a metadata
    /// key of the format's own; [`Io`](crate::ErrorKind::Io) if the sink fails.
    pub fn try_new(
        out: W,
        schema: &SchemaRef,
        options: &ParquetOptions,
        metadata: &[(String, String)],
    ) -> Result<Self> {
        let schema = Arc::new(with_field_ids(schema));
        let stored_schema = to_hex(&encode_schema(&schema)?);
        let stored = if options.open_types {
            Arc::new(open_schema(&schema))
        } else {
            Arc::clone(&schema)
        };
        let properties = properties(&stored, options)?;
        let writer = ArrowWriter::try_new(
            Tracked::new(out),
            Arc::clone(&stored),
            Some(properties.clone()),
        )
        .map_err(writing)?;
        let (mut writer, _) = writer.into_serialized_writer().map_err(writing)?;
        for (key, value) in metadata {
            if key == INDEX_KEY || key == ARROW_SCHEMA_META_KEY {
                return Err(Error::invalid(format!(
                    "`{key}` belongs to the format; choose another metadata key"
                )));
            }
            writer.append_key_value_metadata(KeyValue::new(key.clone(), value.clone()));
        }
        Ok(Self {
            writer,
            properties,
            factory: None,
            capture: Arc::new(Capture::default()),
            schema,
            stored,
            options: options.clone(),
            current: None,
            index: Index {
                version: FORMAT_VERSION,
                schema: stored_schema,
                row_groups: Vec::new(),
            },
        })
    }

    /// Adds rows behind those that were written before.
    ///
    /// # Errors
    ///
    /// What [`check_batch`] finds; [`Io`](crate::ErrorKind::Io) if the sink fails, after which the
    /// file is of no use.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let mut rest = check_batch(batch, &self.schema)?;
        while rest.num_rows() > 0 {
            let mut group = match self.current.take() {
                Some(group) => group,
                None => self.start_group(&rest)?,
            };
            let room = self.options.row_group_rows - group.rows();
            if rest.num_rows() < room {
                group.write(&rest, &self.options)?;
                self.current = Some(group);
                break;
            }
            let last = rest.slice(0, room);
            rest = rest.slice(room, rest.num_rows() - room);
            let encoded = group.finish(Some(&last), &self.options)?;
            self.append(encoded)?;
        }
        Ok(())
    }

    /// Writes what is left and the footer, and gives back the sink, flushed but not synced.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) if the sink fails.
    pub fn finish(mut self) -> Result<(W, ParquetSummary)> {
        if let Some(group) = self.current.take() {
            let encoded = group.finish(None, &self.options)?;
            self.append(encoded)?;
        }
        let mut stats = SegmentStats::default();
        for group in &self.index.row_groups {
            stats.merge(&group.stats);
        }
        let row_groups = u32::try_from(self.index.row_groups.len())
            .map_err(|_| Error::invalid("the segment has too many row groups; make them larger"))?;
        let json = self.index.to_json()?;
        self.writer
            .append_key_value_metadata(KeyValue::new(INDEX_KEY.to_owned(), json));
        let io = |error: std::io::Error| {
            Error::new(ErrorKind::Io, "the cold segment can't be written").with_source(error)
        };
        self.writer.flush().map_err(io)?;
        self.writer.inner_mut().end_region();
        let failure = self.writer.inner().failure();
        // The library says no more than that it failed.
        let mut sink = self
            .writer
            .into_inner()
            .map_err(|error| failure.error().map_or_else(|| writing(error), io))?;
        sink.flush().map_err(io)?;
        let (trailer, _) = sink.end_region();
        let summary = ParquetSummary {
            bytes: sink.total(),
            rows: stats.rows,
            row_groups,
            footer_len: u32::try_from(trailer.len)
                .map_err(|_| Error::invalid("the segment's footer is too long"))?,
            footer_crc: trailer.crc,
            stats,
        };
        Ok((sink.into_inner(), summary))
    }

    /// Starts a row group; `first` are its first rows.
    fn start_group(&mut self, first: &RecordBatch) -> Result<Group> {
        let factory = match self.factory.take() {
            Some(factory) => factory,
            None => {
                let factory = encodings::factory(&self.stored, self.choose_encodings(first)?);
                let capture = Arc::clone(&self.capture) as _;
                factory.map_err(writing)?.with_page_store_factory(capture)
            }
        };
        let number = self.index.row_groups.len();
        let writers = factory.create_column_writers(number).map_err(writing)?;
        self.factory = Some(factory);
        let leaves = writers.into_iter().zip(self.capture.take());
        Ok(Group::new(&self.stored, leaves))
    }

    fn choose_encodings(&self, first: &RecordBatch) -> Result<WriterProperties> {
        if !self.options.try_encodings {
            return Ok(self.properties.clone());
        }
        let sample = first.slice(0, first.num_rows().min(encodings::SAMPLE));
        let stored = if self.options.open_types {
            let columns = sample.columns().iter().map(open_column);
            columns.collect::<Result<Vec<_>>>()?
        } else {
            sample.columns().to_vec()
        };
        encodings::tried(
            &self.stored,
            &self.properties,
            &stored,
            self.options.threads,
        )
    }

    /// Hands a row group to the sink.
    fn append(&mut self, group: Encoded) -> Result<()> {
        let mut chunks = Vec::with_capacity(group.chunks.len());
        let mut out = self.writer.next_row_group().map_err(writing)?;
        for chunk in group.chunks {
            out.append_column(&chunk.bytes, chunk.close)
                .map_err(writing)?;
            chunks.push(chunk.sums);
        }
        out.close().map_err(writing)?;
        self.index.row_groups.push(RowGroup {
            stats: group.stats,
            chunks,
        });
        Ok(())
    }
}
