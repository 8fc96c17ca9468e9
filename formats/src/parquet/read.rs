//! Reading a row group.

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Schema, SchemaRef};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, stream};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::RowSelection;
use parquet::arrow::async_reader::{AsyncFileReader, ParquetRecordBatchStreamBuilder};
use parquet::file::metadata::ColumnChunkMetaData;

use super::failure::reading;
use super::open_types::from_open_type;
use super::prune::{filter_may_hold, needles, page_selection, searched_as};
use super::segment::Inner;
use super::verified::{Sums, Verified};
use crate::schema::retyped;
use crate::{Error, Predicate, Result};

/// A bloom filter of at most so many bytes is read whatever it could save: it may answer again.
const SMALL_FILTER: u64 = 64 << 10;
/// Most rows of a batch.
const BATCH_ROWS: usize = 8_192;

pub(super) fn read<R>(
    inner: &Arc<Inner>,
    reader: R,
    row_group: usize,
    columns: Option<&[usize]>,
    predicate: Option<&Predicate>,
) -> Result<BoxStream<'static, Result<RecordBatch>>>
where
    R: AsyncFileReader + Unpin + Send + 'static,
{
    let groups = inner.metadata().num_row_groups();
    if row_group >= groups {
        return Err(Error::invalid(format!(
            "the segment has {groups} row groups, and none with number {row_group}"
        )));
    }
    let columns = match columns {
        Some(columns) => columns.to_vec(),
        None => (0..inner.schema.fields().len()).collect(),
    };
    let sums = inner
        .index
        .as_ref()
        .and_then(|index| index.row_groups.get(row_group));
    let sums = match sums {
        None => Sums::default(),
        Some(known) => Sums::of(inner.metadata(), row_group, &known.chunks).ok_or_else(|| {
            Error::corrupt("the cold segment's checksums don't fit its Parquet footer")
        })?,
    };
    let task = Task {
        schema: Arc::new(project(&inner.schema, &columns)?),
        inner: Arc::clone(inner),
        row_group,
        columns,
        predicate: predicate.cloned(),
    };
    let reader = Verified::new(reader, sums);
    Ok(stream::once(task.start(reader)).try_flatten().boxed())
}

fn project(schema: &SchemaRef, columns: &[usize]) -> Result<Schema> {
    let fields = columns.iter().map(|column| {
        schema.fields().get(*column).cloned().ok_or_else(|| {
            Error::invalid(format!(
                "the segment has {} columns, and none with number {column}",
                schema.fields().len()
            ))
        })
    });
    let fields = fields.collect::<Result<Vec<_>>>()?;
    Ok(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

struct Task {
    inner: Arc<Inner>,
    row_group: usize,
    columns: Vec<usize>,
    predicate: Option<Predicate>,
    /// Of the batches that come out.
    schema: SchemaRef,
}

impl Task {
    async fn start<R>(self, reader: Verified<R>) -> Result<BoxStream<'static, Result<RecordBatch>>>
    where
        R: AsyncFileReader + Unpin + Send + 'static,
    {
        let mut builder =
            ParquetRecordBatchStreamBuilder::new_with_metadata(reader, self.inner.arrow.clone());
        if let Some(predicate) = &self.predicate {
            let selection = page_selection(&self.inner, self.row_group, predicate);
            let rows = selection.as_ref().map(RowSelection::row_count);
            if rows == Some(0) {
                return Ok(stream::empty().boxed());
            }
            let worth = self.bytes_of(rows);
            if self
                .filters_rule_out(&mut builder, predicate, worth)
                .await?
            {
                return Ok(stream::empty().boxed());
            }
            if let Some(selection) = selection {
                builder = builder.with_row_selection(selection);
            }
        }
        let mask = ProjectionMask::roots(
            self.inner.arrow.parquet_schema(),
            self.columns.iter().copied(),
        );
        let batches = builder
            .with_row_groups(vec![self.row_group])
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(reading)?;
        let mut in_file = self.columns.clone();
        in_file.sort_unstable();
        in_file.dedup();
        // Where each wanted column stands among those that are read.
        let places = self
            .columns
            .iter()
            .filter_map(|column| in_file.binary_search(column).ok());
        let places: Vec<usize> = places.collect();
        let schema = self.schema;
        Ok(batches
            .map(move |batch| arrange(&batch.map_err(reading)?, &places, &schema))
            .boxed())
    }

    /// About how many bytes of the file so many rows of the wanted columns are; all rows if
    /// that is not known.
    fn bytes_of(&self, rows: Option<usize>) -> u64 {
        let parquet = self.inner.arrow.parquet_schema();
        let Some(group) = self.inner.metadata().row_groups().get(self.row_group) else {
            return 0;
        };
        let wanted = group.columns().iter().enumerate().filter(|(leaf, _)| {
            let column = parquet.get_column_root_idx(*leaf);
            self.columns.contains(&column)
        });
        let bytes = wanted.map(|(_, chunk)| u64::try_from(chunk.compressed_size()).unwrap_or(0));
        let (bytes, all) = (bytes.sum::<u64>(), group.num_rows().max(1).unsigned_abs());
        let share = rows.map_or(all, |rows| all.min(rows as u64));
        let part = u128::from(bytes) * u128::from(share) / u128::from(all);
        u64::try_from(part).unwrap_or(u64::MAX)
    }

    /// Whether a bloom filter says that no row can match. A long one is not read
    /// when it is longer than the `worth` bytes that it could save.
    async fn filters_rule_out<R>(
        &self,
        builder: &mut ParquetRecordBatchStreamBuilder<Verified<R>>,
        predicate: &Predicate,
        worth: u64,
    ) -> Result<bool>
    where
        R: AsyncFileReader + Unpin + Send + 'static,
    {
        let parquet = self.inner.arrow.parquet_schema();
        for needle in needles(predicate) {
            let Ok(column) = self.inner.schema.index_of(needle.column) else {
                continue;
            };
            let field = self.inner.schema.field(column);
            let leaf = (0..parquet.num_columns())
                .find(|leaf| parquet.get_column_root_idx(*leaf) == column);
            let Some(leaf) = leaf.filter(|_| !field.data_type().is_nested()) else {
                continue;
            };
            let chunk = self.inner.metadata().row_groups().get(self.row_group);
            let chunk = chunk.and_then(|group| group.columns().get(leaf));
            let len = chunk
                .and_then(ColumnChunkMetaData::bloom_filter_length)
                .and_then(|len| u64::try_from(len).ok());
            if len.is_some_and(|len| len > SMALL_FILTER && len > worth) {
                continue;
            }
            let arrow = self.inner.arrow.schema();
            let Some(stored) = arrow
                .fields()
                .get(column)
                .and_then(|arrow| searched_as(field.data_type(), arrow.data_type()))
            else {
                continue;
            };
            let filter = builder
                .get_row_group_column_bloom_filter(self.row_group, leaf)
                .await
                .map_err(reading)?;
            if filter.is_some_and(|filter| !filter_may_hold(&filter, &stored, needle.values)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Brings the columns into the wanted order, under the schema that was stored.
fn arrange(batch: &RecordBatch, places: &[usize], schema: &SchemaRef) -> Result<RecordBatch> {
    let mut columns = Vec::with_capacity(places.len());
    for (place, field) in places.iter().zip(schema.fields()) {
        let column = batch
            .columns()
            .get(*place)
            .ok_or_else(|| Error::corrupt("the cold segment lacks a column"))?;
        let column = from_open_type(column, field.data_type())?;
        columns.push(retyped(&column, field)?);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options).map_err(|error| {
        Error::corrupt("the cold segment doesn't fit its schema").with_source(error)
    })
}
