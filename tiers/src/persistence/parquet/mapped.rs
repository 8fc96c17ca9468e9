//! Ranged reads of a mapped file, as the Parquet decoder asks for them.

use std::ops::Range;
use std::sync::Arc;

use arrow::buffer::Buffer;
use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

/// A mapped file; only the pages that are asked for are read.
#[derive(Debug, Clone)]
pub(super) struct MappedFile(Bytes);

/// Bytes that keep a mapping alive.
struct Owner(Buffer);

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        self.0.as_slice()
    }
}

impl MappedFile {
    pub(super) fn new(file: Buffer) -> Self {
        Self(Bytes::from_owner(Owner(file)))
    }
}

impl AsyncFileReader for MappedFile {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes>> {
        let found = usize::try_from(range.start)
            .ok()
            .zip(usize::try_from(range.end).ok())
            .filter(|(start, end)| start <= end && *end <= self.0.len())
            .map(|(start, end)| self.0.slice(start..end))
            .ok_or_else(|| ParquetError::EOF(format!("there are no bytes {range:?}")));
        futures::future::ready(found).boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>>> {
        let parsed = ParquetMetaDataReader::new()
            .with_metadata_options(options.map(|o| o.metadata_options().clone()))
            .parse_and_finish(&self.0);
        futures::future::ready(parsed.map(Arc::new)).boxed()
    }
}
