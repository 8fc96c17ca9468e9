//! A source of bytes whose pages are verified as they arrive.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ParquetMetaData;

use super::index::ChunkSums;
use crate::Error;

/// Runs of bytes of one row group whose checksums are known, sorted by where they start.
#[derive(Debug, Default)]
pub(super) struct Sums(Vec<(Range<u64>, u32)>);

impl Sums {
    /// `None` if the footer's offsets and the checksums don't belong together.
    pub(super) fn of(
        metadata: &ParquetMetaData,
        row_group: usize,
        chunks: &[ChunkSums],
    ) -> Option<Self> {
        let columns = metadata.row_groups().get(row_group)?.columns();
        if columns.len() != chunks.len() {
            return None;
        }
        let mut runs = Vec::new();
        for (column, sums) in columns.iter().zip(chunks) {
            let start = column
                .dictionary_page_offset()
                .unwrap_or_else(|| column.data_page_offset());
            let start = u64::try_from(start).ok()?;
            let mut at = start;
            for page in &sums.pages {
                let end = at.checked_add(page.len)?;
                runs.push((at..end, page.crc));
                at = end;
            }
            if at.checked_sub(start)? != u64::try_from(column.compressed_size()).ok()? {
                return None;
            }
            if let Some(crc) = sums.bloom {
                let start = u64::try_from(column.bloom_filter_offset()?).ok()?;
                let len = u64::try_from(column.bloom_filter_length()?).ok()?;
                runs.push((start..start.checked_add(len)?, crc));
            }
        }
        runs.sort_by_key(|(range, _)| range.start);
        Some(Self(runs))
    }

    /// Compares every run that lies in `range` as a whole.
    fn check(&self, range: &Range<u64>, bytes: &Bytes) -> Result<()> {
        if bytes.len() as u64 != range.end.saturating_sub(range.start) {
            return Err(damaged("a part of the cold segment is missing"));
        }
        let first = self.0.partition_point(|(run, _)| run.start < range.start);
        for (run, crc) in self
            .0
            .iter()
            .skip(first)
            .take_while(|(run, _)| run.end <= range.end)
        {
            let place = |at: u64| usize::try_from(at - range.start).unwrap_or(usize::MAX);
            let page = bytes
                .get(place(run.start)..place(run.end))
                .unwrap_or_default();
            if crc32c::crc32c(page) != *crc {
                return Err(damaged(&format!(
                    "the page at byte {} of the cold segment is not what was written",
                    run.start
                )));
            }
        }
        Ok(())
    }
}

fn damaged(message: &str) -> ParquetError {
    ParquetError::External(Box::new(Error::corrupt(message)))
}

/// Passes reads on and verifies what comes back.
#[derive(Debug)]
pub(super) struct Verified<R> {
    inner: R,
    sums: Arc<Sums>,
}

impl<R> Verified<R> {
    pub(super) fn new(inner: R, sums: Sums) -> Self {
        Self {
            inner,
            sums: Arc::new(sums),
        }
    }
}

impl<R: AsyncFileReader> AsyncFileReader for Verified<R> {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes>> {
        let sums = Arc::clone(&self.sums);
        let read = self.inner.get_bytes(range.clone());
        async move {
            let bytes = read.await?;
            sums.check(&range, &bytes)?;
            Ok(bytes)
        }
        .boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<Bytes>>> {
        let sums = Arc::clone(&self.sums);
        let read = self.inner.get_byte_ranges(ranges.clone());
        async move {
            let parts = read.await?;
            if parts.len() != ranges.len() {
                return Err(damaged("a part of the cold segment is missing"));
            }
            for (range, bytes) in ranges.iter().zip(&parts) {
                sums.check(range, bytes)?;
            }
            Ok(parts)
        }
        .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>>> {
        self.inner.get_metadata(options)
    }
}
