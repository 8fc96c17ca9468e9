//! Any bytes opened and read as a cold segment. Without a seal the Parquet library
//! sees bytes that nothing vouches for; with one, nothing but what was written.

use std::ops::Range;
use std::sync::Arc;

use ::parquet::arrow::arrow_reader::ArrowReaderOptions;
use ::parquet::arrow::async_reader::AsyncFileReader;
use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use bytes::Bytes;
use futures::executor::block_on;
use futures::future::BoxFuture;
use futures::{FutureExt, TryStreamExt};
use thermocline_formats::{ParquetOptions, ParquetSegment, ParquetSegmentWriter};

use super::{Target, seed};
use crate::failure::Outcome;
use crate::model::row;

pub(super) const TARGET: Target = Target {
    name: "parquet_open",
    run,
    seeds,
};

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

fn run(data: &[u8]) -> Outcome {
    let mut file = Memory(Bytes::copy_from_slice(data));
    let Ok(segment) = block_on(ParquetSegment::load(&mut file, None)) else {
        return Ok(());
    };
    for group in 0..segment.row_groups() {
        if let Ok(batches) = segment.read(file.clone(), group, None, None) {
            // Any error is an answer.
            let _ = block_on(batches.try_collect::<Vec<_>>());
        }
    }
    Ok(())
}

fn seeds() -> Outcome<Vec<Vec<u8>>> {
    let schema = row::schema("k0");
    let options = ParquetOptions::default().with_row_group_rows(6);
    let mut writer =
        ParquetSegmentWriter::try_new(Vec::new(), &schema, &options, &[]).map_err(seed)?;
    writer.write(&row::batch(&schema, 0..10)?).map_err(seed)?;
    Ok(vec![writer.finish().map_err(seed)?.0])
}
