//! Reading warm segment files in place.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow::ipc::convert::try_fb_to_schema;
use arrow::ipc::{Footer, MetadataVersion, root_as_footer};

use super::index::{INDEX_KEY, Index};
use super::{END_MARK_LEN, MAGIC};
use crate::batch::message::Message;
use crate::tracked::Region;
use crate::{Error, Result, SegmentStats, check_schema};

/// A warm segment file, typically a memory-mapped one.
///
/// Opening it reads the trailer alone. A block is verified (checksum, then every offset, UTF-8
/// sequence and dictionary key) when it is read first; that it was is remembered, and later reads
/// cost nothing. Columns of uncompressed blocks are slices of the file's memory.
#[derive(Debug)]
pub struct IpcSegment {
    data: Buffer,
    schema: SchemaRef,
    index: Index,
    metadata: HashMap<String, String>,
    blocks: Vec<Block>,
    dictionaries: OnceLock<HashMap<i64, ArrayRef>>,
}

/// Where a block lies, and what is known of it.
#[derive(Debug)]
struct Block {
    range: Range<usize>,
    state: OnceLock<Verified>,
}

#[derive(Debug)]
enum Verified {
    /// The columns lie in the file's memory, and are kept.
    InPlace(RecordBatch),
    /// The columns are decompressed at every read, so that a segment doesn't grow in memory.
    Compressed,
}

impl IpcSegment {
    /// Opens a file that lies in `data`, touching its trailer only.
    ///
    /// `trailer_crc` is [`IpcSummary::trailer_crc`](crate::IpcSummary::trailer_crc), kept
    /// elsewhere since the file was written. Without it, damage to the trailer itself (schema,
    /// statistics, checksums) is found only where it makes no sense.
    ///
    /// # Errors
    ///
    /// [`Corrupt`](crate::ErrorKind::Corrupt) if the trailer is damaged or the file is another
    /// one; [`NewerVersion`](crate::ErrorKind::NewerVersion).
    pub fn open(data: Buffer, trailer_crc: Option<u32>) -> Result<Self> {
        let view = data.clone();
        let bytes = view.as_slice();
        let cut = || Error::corrupt("the warm segment is cut short or is no Arrow file");
        let (rest, magic) = bytes.split_last_chunk::<6>().ok_or_else(cut)?;
        let (rest, len) = rest.split_last_chunk::<4>().ok_or_else(cut)?;
        if *magic != MAGIC {
            return Err(cut());
        }
        let len = usize::try_from(i32::from_le_bytes(*len)).map_err(|_| cut())?;
        let footer_start = rest.len().checked_sub(len).ok_or_else(cut)?;
        let trailer_start = footer_start.checked_sub(END_MARK_LEN).ok_or_else(cut)?;
        let trailer = bytes.get(trailer_start..).ok_or_else(cut)?;
        if trailer_crc.is_some_and(|expected| expected != crc32c::crc32c(trailer)) {
            return Err(Error::corrupt(
                "the trailer of the warm segment is not what was written",
            ));
        }
        let footer = rest.get(footer_start..).ok_or_else(cut)?;
        let footer = root_as_footer(footer).map_err(|error| {
            Error::corrupt("the footer of the warm segment can't be read")
                .with_source(error.to_string())
        })?;
        Self::parse(data, &footer, trailer_start)
    }

    fn parse(data: Buffer, footer: &Footer<'_>, trailer_start: usize) -> Result<Self> {
        if footer.version() != MetadataVersion::V5 {
            return Err(Error::corrupt(
                "the warm segment has another Arrow version than ours",
            ));
        }
        let mut metadata = HashMap::new();
        for pair in footer.custom_metadata().into_iter().flatten() {
            if let (Some(key), Some(value)) = (pair.key(), pair.value()) {
                metadata.insert(key.to_owned(), value.to_owned());
            }
        }
        let json = metadata.remove(INDEX_KEY).ok_or_else(|| {
            Error::corrupt("the file is an Arrow file, but no segment of Thermocline")
        })?;
        let index = Index::from_json(&json)?;
        let schema = footer
            .schema()
            .ok_or_else(|| Error::corrupt("the warm segment has no schema"))
            .and_then(|schema| {
                try_fb_to_schema(schema).map_err(|error| {
                    Error::corrupt("the schema of the warm segment is damaged").with_source(error)
                })
            })?;
        // Arrow's decoder panics at lengths that are wrong for some of the types that are refused.
        check_schema(&schema).map_err(|error| {
            Error::corrupt("the schema of the warm segment is none that was written")
                .with_source(error)
        })?;
        let rows = index
            .blocks
            .iter()
            .try_fold(0_u64, |rows, block| rows.checked_add(block.stats.rows));
        let blocks = ranges(&index);
        let fits = rows == Some(index.rows)
            && index.end() == u64::try_from(trailer_start).ok()
            && places_agree(footer, &blocks);
        let blocks = blocks.filter(|_| fits).ok_or_else(|| {
            Error::corrupt("the blocks of the warm segment don't lie where its footer says")
        })?;
        let blocks = blocks.into_iter().map(|range| Block {
            range,
            state: OnceLock::new(),
        });
        Ok(Self {
            data,
            schema: schema.into(),
            index,
            metadata,
            blocks: blocks.collect(),
            dictionaries: OnceLock::new(),
        })
    }

    /// The schema that the file was written with.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.index.rows
    }

    /// The number of blocks.
    #[must_use]
    pub fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// The number of rows of a block; `None` if there is no such block.
    #[must_use]
    pub fn block_rows(&self, block: usize) -> Option<u64> {
        self.block_stats(block).map(|stats| stats.rows)
    }

    /// The zone map of a block; `None` if there is no such block.
    #[must_use]
    pub fn block_stats(&self, block: usize) -> Option<&SegmentStats> {
        self.index.blocks.get(block).map(|block| &block.stats)
    }

    /// A value of the metadata that the file was written with.
    #[must_use]
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).map(String::as_str)
    }

    /// Reads a block, counted from 0.
    ///
    /// # Errors
    ///
    /// [`Corrupt`](crate::ErrorKind::Corrupt) if the block or a dictionary is damaged;
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if there is no such block.
    pub fn read_block(&self, block: usize) -> Result<RecordBatch> {
        let (Some(place), Some(known)) = (self.blocks.get(block), self.index.blocks.get(block))
        else {
            return Err(Error::invalid(format!(
                "the segment has {} blocks, and none with number {block}",
                self.blocks.len()
            )));
        };
        match place.state.get() {
            Some(Verified::InPlace(batch)) => return Ok(batch.clone()),
            Some(Verified::Compressed) => {}
            None => self.check_region(&place.range, known.region, || format!("block {block}"))?,
        }
        let dictionaries = self.dictionaries()?;
        let bytes = self
            .data
            .slice_with_length(place.range.start, place.range.len());
        let message = Message::parse(&bytes)?;
        let batch = message.record_batch(&self.schema, dictionaries)?;
        if message.len != bytes.len() || batch.num_rows() as u64 != known.stats.rows {
            return Err(Error::corrupt(format!(
                "block {block} of the warm segment has another length than its footer says"
            )));
        }
        // Another thread may have been first; both have read the same.
        let _ = place.state.set(if message.is_compressed() {
            Verified::Compressed
        } else {
            Verified::InPlace(batch.clone())
        });
        Ok(batch)
    }

    /// The number of blocks that were read and found right so far.
    #[must_use]
    pub fn verified_blocks(&self) -> usize {
        self.blocks
            .iter()
            .filter(|block| block.state.get().is_some())
            .count()
    }

    /// Verifies every byte of the file but the trailer, which [`open`](Self::open) did, even where
    /// blocks were verified before.
    ///
    /// # Errors
    ///
    /// [`Corrupt`](crate::ErrorKind::Corrupt) for the first damage found.
    pub fn verify(&self) -> Result<()> {
        let header = 0..usize::try_from(self.index.header.len).unwrap_or(usize::MAX);
        self.check_region(&header, self.index.header, || "the header".to_owned())?;
        let dictionaries = self.dictionaries_range();
        self.check_region(&dictionaries, self.index.dictionaries, || {
            "a dictionary".to_owned()
        })?;
        for (number, (place, known)) in self.blocks.iter().zip(&self.index.blocks).enumerate() {
            self.check_region(&place.range, known.region, || format!("block {number}"))?;
            self.read_block(number)?;
        }
        Ok(())
    }

    fn dictionaries_range(&self) -> Range<usize> {
        let start = usize::try_from(self.index.header.len).unwrap_or(usize::MAX);
        let len = usize::try_from(self.index.dictionaries.len).unwrap_or(usize::MAX);
        start..start.saturating_add(len)
    }

    fn dictionaries(&self) -> Result<&HashMap<i64, ArrayRef>> {
        if let Some(dictionaries) = self.dictionaries.get() {
            return Ok(dictionaries);
        }
        let range = self.dictionaries_range();
        self.check_region(&range, self.index.dictionaries, || {
            "a dictionary".to_owned()
        })?;
        let mut rest = self.data.slice_with_length(range.start, range.len());
        let mut dictionaries = HashMap::new();
        while !rest.is_empty() {
            let message = Message::parse(&rest)?;
            message.dictionary(&self.schema, &mut dictionaries)?;
            let len = message.len;
            rest = rest.slice(len);
        }
        Ok(self.dictionaries.get_or_init(|| dictionaries))
    }

    fn check_region(
        &self,
        range: &Range<usize>,
        region: Region,
        what: impl Fn() -> String,
    ) -> Result<()> {
        match self.data.get(range.clone()) {
            Some(bytes) if crc32c::crc32c(bytes) == region.crc => Ok(()),
            _ => Err(Error::corrupt(format!(
                "{} of the warm segment is not what was written",
                what()
            ))),
        }
    }
}

/// Where the blocks lie: one behind the other after the header and the dictionaries.
fn ranges(index: &Index) -> Option<Vec<Range<usize>>> {
    let mut at = usize::try_from(index.header.len.checked_add(index.dictionaries.len)?).ok()?;
    let mut ranges = Vec::with_capacity(index.blocks.len());
    for block in &index.blocks {
        let end = at.checked_add(usize::try_from(block.region.len).ok()?)?;
        ranges.push(at..end);
        at = end;
    }
    Some(ranges)
}

/// Whether the footer, from which other readers take the blocks, says the same as the index.
fn places_agree(footer: &Footer<'_>, ranges: &Option<Vec<Range<usize>>>) -> bool {
    let Some(ranges) = ranges else { return false };
    let blocks = footer.recordBatches();
    let blocks = blocks.iter().flatten().map(|block| {
        let start = usize::try_from(block.offset()).ok()?;
        let metadata = usize::try_from(block.metaDataLength()).ok()?;
        let body = usize::try_from(block.bodyLength()).ok()?;
        Some(start..start.checked_add(metadata)?.checked_add(body)?)
    });
    blocks.eq(ranges.iter().cloned().map(Some))
}
