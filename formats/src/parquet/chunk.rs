//! A column chunk, put together from its pages with a checksum in every header.

use std::collections::VecDeque;
use std::io::Read;

use bytes::{Buf, Bytes};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

use super::index::{ChunkSums, Page};
use super::page_header::{PageHeader, crc32};

/// The bytes of a column chunk in the order of the file, and what the footer says about them.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) bytes: ChunkBytes,
    pub(super) close: ColumnCloseResult,
    /// The checksums of both, for our own index.
    pub(super) sums: ChunkSums,
}

impl Chunk {
    /// Orders the pages, gives each header a CRC if `checksums` says so, and corrects every
    /// offset and length for it.
    pub(super) fn assemble(
        blobs: &[Bytes],
        mut close: ColumnCloseResult,
        checksums: bool,
    ) -> Result<Self> {
        let mut dictionary = None;
        let mut data_pages = Vec::with_capacity(blobs.len() / 2);
        let mut growth = 0;
        for pair in blobs.chunks(2) {
            let [header, data] = pair else {
                return Err(ParquetError::General("a page has no data".to_owned()));
            };
            let parsed = PageHeader::parse(header)
                .ok_or_else(|| ParquetError::General("a page header is unknown".to_owned()))?;
            let sealed = if checksums {
                Bytes::from(parsed.with_crc(crc32(&[data])))
            } else {
                header.clone()
            };
            growth += signed(sealed.len())? - signed(header.len())?;
            if parsed.is_dictionary() {
                dictionary = Some((sealed, data.clone()));
            } else {
                data_pages.push((sealed, data.clone()));
            }
        }
        let dictionary_len = dictionary
            .as_ref()
            .map(|(header, data)| header.len() + data.len());
        let mut bytes = ChunkBytes::default();
        let mut pages = Vec::with_capacity(data_pages.len() + 1);
        let mut offset = signed(dictionary_len.unwrap_or_default())?;
        let data_offset = offset;
        let mut locations = close
            .offset_index
            .iter_mut()
            .flat_map(|index| index.page_locations.iter_mut());
        if let Some((header, data)) = dictionary {
            bytes.push(&mut pages, header, data);
        }
        for (header, data) in data_pages {
            let len = signed(header.len() + data.len())?;
            if let Some(location) = locations.next() {
                location.offset = offset;
                location.compressed_page_size = i32::try_from(len)
                    .map_err(|_| ParquetError::General("a page is too long".to_owned()))?;
            }
            offset += len;
            bytes.push(&mut pages, header, data);
        }
        let metadata = close.metadata;
        let (compressed, uncompressed) = (
            metadata.compressed_size() + growth,
            metadata.uncompressed_size() + growth,
        );
        close.bytes_written = close.bytes_written.saturating_add_signed(growth);
        close.metadata = metadata
            .into_builder()
            .set_total_compressed_size(compressed)
            .set_total_uncompressed_size(uncompressed)
            .set_dictionary_page_offset(dictionary_len.map(|_| 0))
            .set_data_page_offset(data_offset)
            .build()?;
        let bloom = match &close.bloom_filter {
            None => None,
            Some(filter) => {
                let mut bytes = Vec::new();
                filter.write(&mut bytes)?;
                Some(crc32c::crc32c(&bytes))
            }
        };
        Ok(Self {
            bytes,
            close,
            sums: ChunkSums { pages, bloom },
        })
    }
}

fn signed(len: usize) -> Result<i64> {
    i64::try_from(len).map_err(|_| ParquetError::General("a page is too long".to_owned()))
}

/// Bytes in several pieces.
#[derive(Debug, Clone, Default)]
pub(super) struct ChunkBytes(VecDeque<Bytes>);

impl ChunkBytes {
    fn push(&mut self, pages: &mut Vec<Page>, header: Bytes, data: Bytes) {
        let crc = crc32c::crc32c_append(crc32c::crc32c(&header), &data);
        pages.push(Page {
            len: (header.len() + data.len()) as u64,
            crc,
        });
        self.0.push_back(header);
        self.0.push_back(data);
    }
}

impl Length for ChunkBytes {
    fn len(&self) -> u64 {
        self.0.iter().map(|piece| piece.len() as u64).sum()
    }
}

impl ChunkReader for ChunkBytes {
    type T = Self;

    fn get_read(&self, start: u64) -> Result<Self> {
        let mut rest = self.clone();
        let mut skip = usize::try_from(start).unwrap_or(usize::MAX);
        while let Some(piece) = rest.0.front_mut() {
            let skipped = skip.min(piece.len());
            piece.advance(skipped);
            skip -= skipped;
            if !piece.is_empty() {
                break;
            }
            rest.0.pop_front();
        }
        Ok(rest)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let mut out = vec![0; length];
        self.get_read(start)?.read_exact(&mut out)?;
        Ok(out.into())
    }
}

impl Read for ChunkBytes {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        while let Some(piece) = self.0.front_mut() {
            if piece.is_empty() {
                self.0.pop_front();
                continue;
            }
            let len = piece.len().min(out.len());
            if let Some(out) = out.get_mut(..len) {
                piece.copy_to_slice(out);
            }
            return Ok(len);
        }
        Ok(0)
    }
}
