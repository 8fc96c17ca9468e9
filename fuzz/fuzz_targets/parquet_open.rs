//! Any bytes opened and read as a cold segment: no panic of ours. (Without a seal the Parquet
//! library sees bytes that nothing vouches for; a crash inside it is worth reporting there.)
#![no_main]

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::executor::block_on;
use futures::future::BoxFuture;
use futures::{FutureExt, TryStreamExt};
use libfuzzer_sys::fuzz_target;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use thermocline_formats::ParquetSegment;

#[derive(Clone)]
struct Memory(Bytes);

impl AsyncFileReader for Memory {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes>> {
        let part = usize::try_from(range.start)
            .ok()
            .zip(usize::try_from(range.end).ok())
            .filter(|(start, end)| start <= end && *end <= self.0.len())
            .map(|(start, end)| self.0.slice(start..end))
            .ok_or_else(|| ParquetError::EOF("past the end".to_owned()));
        async { part }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>>> {
        let metadata = ParquetMetaDataReader::new()
            .with_arrow_reader_options(options)
            .parse_and_finish(&self.0);
        async { metadata.map(Arc::new) }.boxed()
    }
}

fuzz_target!(|data: &[u8]| {
    let mut file = Memory(Bytes::copy_from_slice(data));
    let Ok(segment) = block_on(ParquetSegment::load(&mut file, None)) else {
        return;
    };
    for group in 0..segment.row_groups() {
        if let Ok(batches) = segment.read(file.clone(), group, None, None) {
            let _ = block_on(batches.try_collect::<Vec<_>>());
        }
    }
});
