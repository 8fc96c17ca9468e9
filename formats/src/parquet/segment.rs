//! The footer of a cold segment file.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::stream::BoxStream;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};

use super::failure::reading;
use super::index::{INDEX_KEY, Index};
use super::verified::Sums;
use super::{places, prune, read};
use crate::hex::from_hex;
use crate::{Error, FooterSeal, Predicate, Result, SegmentStats, decode_schema};

/// The parsed footer and page index of a cold segment; cheap to clone, and without a handle to the
/// file, so that it can be cached.
///
/// Parquet files of other writers can be read too. They have no [`stats`](Self::row_group_stats)
/// of ours and no checksums but their own, if any.
#[derive(Debug, Clone)]
pub struct ParquetSegment {
    inner: Arc<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) arrow: ArrowReaderMetadata,
    pub(super) schema: SchemaRef,
    pub(super) index: Option<Index>,
    stats: Option<SegmentStats>,
}

impl ParquetSegment {
    /// Reads the footer and the page index.
    ///
    /// With `expect`, from [`ParquetSummary::seal`](crate::ParquetSummary::seal), both come by one
    /// read of the trailer, whose checksum is compared before anything is parsed. Without it, they
    /// come by the reader's own [`get_metadata`](AsyncFileReader::get_metadata), unverified.
    ///
    /// # Errors
    ///
    /// [`Corrupt`](crate::ErrorKind::Corrupt) if the trailer is damaged or the file another one;
    /// [`NewerVersion`](crate::ErrorKind::NewerVersion); [`Io`](crate::ErrorKind::Io) if the
    /// reader fails.
    pub async fn load(
        reader: &mut impl AsyncFileReader,
        expect: Option<FooterSeal>,
    ) -> Result<Self> {
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
        let metadata = match expect {
            None => reader.get_metadata(Some(&options)).await.map_err(reading)?,
            Some(seal) => Arc::new(sealed(reader, seal).await?),
        };
        let arrow = ArrowReaderMetadata::try_new(metadata, options).map_err(reading)?;
        Self::parse(arrow)
    }

    fn parse(arrow: ArrowReaderMetadata) -> Result<Self> {
        if !places::plausible(arrow.metadata()) {
            return Err(Error::corrupt(
                "the footer of the cold segment names impossible places",
            ));
        }
        let index = match key_value(arrow.metadata(), INDEX_KEY) {
            None => None,
            Some(json) => Some(Index::from_json(json)?),
        };
        let Some(index) = index else {
            let schema = arrow
                .schema()
                .as_ref()
                .clone()
                .with_metadata(HashMap::<String, String>::new());
            let inner = Inner {
                schema: Arc::new(schema),
                index: None,
                stats: None,
                arrow,
            };
            return Ok(Self {
                inner: Arc::new(inner),
            });
        };
        let metadata = arrow.metadata();
        let groups = metadata.row_groups();
        let fits =
            groups.len() == index.row_groups.len()
                && groups.iter().zip(&index.row_groups).enumerate().all(
                    |(number, (group, known))| {
                        u64::try_from(group.num_rows()).ok() == Some(known.stats.rows)
                            && Sums::of(metadata, number, &known.chunks).is_some()
                    },
                );
        let schema = from_hex(&index.schema).filter(|_| fits).ok_or_else(|| {
            Error::corrupt("the cold segment's own description doesn't fit its Parquet footer")
        })?;
        let schema = decode_schema(&schema)?;
        if schema.fields().len() != arrow.schema().fields().len() {
            return Err(Error::corrupt(
                "the cold segment's schema doesn't fit its Parquet footer",
            ));
        }
        let mut stats = SegmentStats::default();
        for group in &index.row_groups {
            stats.merge(&group.stats);
        }
        let inner = Inner {
            schema,
            index: Some(index),
            stats: Some(stats),
            arrow,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The Arrow schema that the file was written with, field ids included.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.inner.schema
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        u64::try_from(self.footer().file_metadata().num_rows()).unwrap_or_default()
    }

    /// The number of row groups.
    #[must_use]
    pub fn row_groups(&self) -> usize {
        self.footer().num_row_groups()
    }

    /// The number of rows of a row group; `None` if there is no such row group.
    #[must_use]
    pub fn row_group_rows(&self, row_group: usize) -> Option<u64> {
        let group = self.footer().row_groups().get(row_group)?;
        u64::try_from(group.num_rows()).ok()
    }

    /// The length of a row group in the file in bytes; `None` if there is no such row group.
    #[must_use]
    pub fn row_group_bytes(&self, row_group: usize) -> Option<u64> {
        let group = self.footer().row_groups().get(row_group)?;
        u64::try_from(group.compressed_size()).ok()
    }

    /// The zone map of all rows; `None` if another writer wrote the file.
    #[must_use]
    pub fn stats(&self) -> Option<&SegmentStats> {
        self.inner.stats.as_ref()
    }

    /// The zone map of a row group; `None` if there is no such row group, or another writer wrote
    /// the file.
    #[must_use]
    pub fn row_group_stats(&self, row_group: usize) -> Option<&SegmentStats> {
        let index = self.inner.index.as_ref()?;
        index.row_groups.get(row_group).map(|group| &group.stats)
    }

    /// Whether some row of a row group may match; `false` is certain.
    #[must_use]
    pub fn row_group_may_match(&self, row_group: usize, predicate: &Predicate) -> bool {
        match self.row_group_stats(row_group) {
            Some(stats) => predicate.may_match(self.schema(), stats),
            None => prune::row_group_may_match(&self.inner, row_group, predicate),
        }
    }

    /// About how much memory this takes, in bytes.
    #[must_use]
    pub fn memory_size(&self) -> usize {
        let columns = self.row_groups() * self.schema().fields().len();
        let own = if self.inner.index.is_some() {
            columns * 256
        } else {
            0
        };
        self.footer().memory_size() + own
    }

    /// A value of the file's key-value metadata.
    #[must_use]
    pub fn metadata(&self, key: &str) -> Option<&str> {
        key_value(self.footer(), key)
    }

    /// Reads one row group as a stream of batches of at most 8,192 rows.
    ///
    /// `columns` are indexes into [`schema`](Self::schema), in the order in which they are wanted;
    /// `None` means all. With a `predicate`, pages and bloom filters are used to skip rows that
    /// can't match; rows that don't match may remain. Nothing is read before the stream is polled,
    /// and every page is verified before it is decoded.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if there is no such row group or column.
    /// The stream fails with [`Corrupt`](crate::ErrorKind::Corrupt) for a damaged page and with
    /// [`Io`](crate::ErrorKind::Io) if the reader fails.
    pub fn read<R>(
        &self,
        reader: R,
        row_group: usize,
        columns: Option<&[usize]>,
        predicate: Option<&Predicate>,
    ) -> Result<BoxStream<'static, Result<RecordBatch>>>
    where
        R: AsyncFileReader + Unpin + Send + 'static,
    {
        read::read(&self.inner, reader, row_group, columns, predicate)
    }

    fn footer(&self) -> &ParquetMetaData {
        self.inner.arrow.metadata()
    }
}

impl Inner {
    pub(super) fn metadata(&self) -> &ParquetMetaData {
        self.arrow.metadata()
    }
}

/// Reads the trailer, verifies it, and parses footer and page index out of it.
async fn sealed(reader: &mut impl AsyncFileReader, seal: FooterSeal) -> Result<ParquetMetaData> {
    let start = seal
        .file_len
        .checked_sub(seal.len.into())
        .ok_or_else(|| Error::invalid("the trailer is longer than the file"))?;
    let trailer = reader
        .get_bytes(start..seal.file_len)
        .await
        .map_err(reading)?;
    if trailer.len() as u64 != u64::from(seal.len) || crc32c::crc32c(&trailer) != seal.crc {
        return Err(Error::corrupt(
            "the footer of the cold segment is not what was written",
        ));
    }
    let mut parser = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Optional);
    parser
        .try_parse_sized(&trailer, seal.file_len)
        .map_err(reading)?;
    parser.finish().map_err(reading)
}

fn key_value<'a>(metadata: &'a ParquetMetaData, key: &str) -> Option<&'a str> {
    let pairs = metadata.file_metadata().key_value_metadata()?;
    pairs.iter().find(|pair| pair.key == key)?.value.as_deref()
}
