//! Ranged reads of one cold object, as the Parquet decoder asks for them.

use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures::FutureExt;
use futures::future::BoxFuture;
use object_store::ObjectStore;
use object_store::path::Path;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};

use super::cache::{ObjectKey, Part, RangeCache};
use super::metadata::Metadata;

/// Reads one object by ranges. Near ranges are joined by the object store.
#[derive(Debug, Clone)]
pub(super) struct ObjectReader {
    pub(super) objects: Arc<dyn ObjectStore>,
    pub(super) path: Path,
    pub(super) size: u64,
    /// Keeps what is read as a single range: that is bloom filters; pages are always read
    /// by many.
    pub(super) filters: Option<Metadata>,
    pub(super) disk: Option<OnDisk>,
}

/// The ranges of the object that are on the local disk.
#[derive(Debug, Clone)]
pub(super) struct OnDisk {
    pub(super) cache: RangeCache,
    pub(super) key: ObjectKey,
    /// Whether what is not there yet is put there.
    pub(super) keep: bool,
}

impl OnDisk {
    async fn keep(&self, parts: Vec<Part>) {
        if self.keep {
            self.cache.keep(&self.key, parts).await;
        }
    }
}

impl ObjectReader {
    /// All of these ranges: what is on the disk from there, the rest from the object store,
    /// at one time.
    async fn ranges(&self, wanted: &[Range<u64>]) -> object_store::Result<Vec<Bytes>> {
        let Some(disk) = &self.disk else {
            return self.objects.get_ranges(&self.path, wanted).await;
        };
        let mut parts = disk.cache.look(&disk.key, wanted).await;
        let mut holes = Vec::new();
        for (range, parts) in wanted.iter().zip(&parts) {
            let missing = holes_in(range, parts);
            let here = parts.iter().map(|part| part.bytes.len() as u64).sum();
            disk.cache.usage().asked(here, missing.is_empty());
            holes.extend(missing);
        }
        holes.sort_unstable_by_key(|hole| (hole.start, hole.end));
        holes.dedup();
        if !holes.is_empty() {
            let fetched = self.objects.get_ranges(&self.path, &holes).await?;
            let fetched: Vec<Part> = holes
                .into_iter()
                .zip(fetched)
                .map(|(range, bytes)| Part { range, bytes })
                .collect();
            for (range, parts) in wanted.iter().zip(&mut parts) {
                fill(range, parts, &fetched);
            }
            disk.keep(fetched).await;
        }
        Ok(parts.iter().map(|parts| together(parts)).collect())
    }
}

/// What is missing of a range, given its parts in order.
fn holes_in(range: &Range<u64>, parts: &[Part]) -> Vec<Range<u64>> {
    let mut holes = Vec::new();
    let mut at = range.start;
    for part in parts {
        if at < part.range.start {
            holes.push(at..part.range.start);
        }
        at = part.range.end;
    }
    if at < range.end {
        holes.push(at..range.end);
    }
    holes
}

/// Puts the holes of a range among its parts.
fn fill(range: &Range<u64>, parts: &mut Vec<Part>, fetched: &[Part]) {
    for hole in holes_in(range, parts) {
        if let Some(part) = fetched.iter().find(|part| part.range == hole) {
            parts.push(part.clone());
        }
    }
    parts.sort_unstable_by_key(|part| part.range.start);
}

fn together(parts: &[Part]) -> Bytes {
    if let [part] = parts {
        return part.bytes.clone();
    }
    let mut all = BytesMut::new();
    for part in parts {
        all.extend_from_slice(&part.bytes);
    }
    all.freeze()
}

fn failed(error: object_store::Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}

impl AsyncFileReader for ObjectReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes>> {
        async move {
            let filters = self.filters.as_ref();
            if let Some(bytes) = filters.and_then(|kept| kept.filter(&self.path, &range)) {
                return Ok(bytes);
            }
            let wanted = [range];
            let found = self.ranges(&wanted).await.map_err(failed)?;
            let bytes = found.into_iter().next().unwrap_or_default();
            let [range] = wanted;
            if let Some(filters) = filters {
                filters.keep_filter(&self.path, &range, &bytes);
            }
            Ok(bytes)
        }
        .boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<Bytes>>> {
        async move { self.ranges(&ranges).await.map_err(failed) }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>>> {
        async move {
            let (column, offset) = options.map_or(
                (PageIndexPolicy::Optional, PageIndexPolicy::Optional),
                |o| (o.column_index_policy(), o.offset_index_policy()),
            );
            let size = self.size;
            let metadata = ParquetMetaDataReader::new()
                .with_metadata_options(options.map(|o| o.metadata_options().clone()))
                .with_column_index_policy(column)
                .with_offset_index_policy(offset)
                .load_and_finish(self, size)
                .await?;
            Ok(Arc::new(metadata))
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(range: Range<u64>) -> Part {
        let bytes = range.clone().map(|at| u8::try_from(at).unwrap()).collect();
        Part { range, bytes }
    }

    #[test]
    fn parts_and_holes_are_the_range() {
        let range = 10..50;
        for (parts, holes) in [
            (vec![part(10..50)], vec![]),
            (vec![part(20..30)], vec![10..20, 30..50]),
            (vec![part(11..20), part(20..40)], vec![10..11, 40..50]),
            (vec![part(12..20), part(30..50)], vec![10..12, 20..30]),
        ] {
            assert_eq!(holes_in(&range, &parts), holes);
            let fetched: Vec<Part> = holes.into_iter().map(part).collect();
            let mut parts = parts;
            fill(&range, &mut parts, &fetched);
            assert_eq!(together(&parts), part(range.clone()).bytes);
        }
    }
}
