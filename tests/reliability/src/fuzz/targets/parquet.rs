//! Any bytes opened and read as a cold segment. Without a seal the Parquet library
//! sees bytes that nothing vouches for; with one, nothing but what was written.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use ::parquet::arrow::arrow_reader::ArrowReaderOptions;
use ::parquet::arrow::async_reader::AsyncFileReader;
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use arrow::array::RecordBatch;
use bytes::Bytes;
use futures::executor::block_on;
use futures::future::BoxFuture;
use futures::{FutureExt, TryStreamExt};
use thermocline_formats::{FooterSeal, ParquetOptions, ParquetSegment, ParquetSegmentWriter};

use super::{Target, seed};
use crate::failure::{Failure, Outcome, ensure};
use crate::model::row;

pub(super) const TARGET: Target = Target {
    name: "parquet_open",
    run,
    seeds,
};

#[derive(Clone)]
struct Memory(Bytes);

impl AsyncFileReader for Memory {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes, ParquetError>> {
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
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>, ParquetError>> {
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
        // Any error is an answer.
        let _ = rows(&segment, &file, group);
    }
    sealed(data)
}

/// The rows of a row group; an error may come anywhere.
fn rows(segment: &ParquetSegment, file: &Memory, group: usize) -> Option<Vec<RecordBatch>> {
    let batches = segment.read(file.clone(), group, None, None).ok()?;
    block_on(batches.try_collect()).ok()
}

/// The bytes as the file that was written, of which the seal is known.
fn sealed(data: &[u8]) -> Outcome {
    let original = original()?;
    let mut file = Memory(Bytes::copy_from_slice(data));
    let Ok(segment) = block_on(ParquetSegment::load(&mut file, Some(original.seal))) else {
        return Ok(());
    };
    for group in 0..segment.row_groups() {
        if let Some(read) = rows(&segment, &file, group) {
            let read = plain(&read)?;
            ensure(original.groups.get(group) == Some(&read), || {
                format!("row group {group} has other rows than were written")
            })?;
        }
    }
    Ok(())
}

fn plain(batches: &[RecordBatch]) -> Outcome<Vec<row::Row>> {
    let rows = batches.iter().map(row::rows).collect::<Outcome<Vec<_>>>()?;
    Ok(rows.into_iter().flatten().collect())
}

struct Original {
    file: Vec<u8>,
    seal: FooterSeal,
    /// The rows of each row group.
    groups: Vec<Vec<row::Row>>,
}

/// Made once: every input needs it.
fn original() -> Result<&'static Original, Failure> {
    static ORIGINAL: OnceLock<Result<Original, Failure>> = OnceLock::new();
    let original = ORIGINAL.get_or_init(write);
    original.as_ref().map_err(Clone::clone)
}

fn write() -> Result<Original, Failure> {
    let schema = row::schema("k0");
    let options = ParquetOptions::default().with_row_group_rows(6);
    let mut writer =
        ParquetSegmentWriter::try_new(Vec::new(), &schema, &options, &[]).map_err(seed)?;
    let batch = row::batch(&schema, 0..10)?;
    writer.write(&batch).map_err(seed)?;
    let (file, summary) = writer.finish().map_err(seed)?;
    Ok(Original {
        file,
        seal: summary.seal(),
        groups: vec![plain(&[batch.slice(0, 6)])?, plain(&[batch.slice(6, 4)])?],
    })
}

fn seeds() -> Outcome<Vec<Vec<u8>>> {
    Ok(vec![original()?.file.clone()])
}
