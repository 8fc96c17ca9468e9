//! The row group that is being written.

use std::sync::{Arc, PoisonError};

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::{FieldRef, SchemaRef};
use parquet::arrow::arrow_writer::{ArrowColumnWriter, compute_leaves};

use super::ParquetOptions;
use super::capture::Pages;
use super::chunk::Chunk;
use super::failure::writing;
use super::open_types::open_column;
use super::properties::by_column;
use super::workers;
use crate::stats::column_stats;
use crate::{ColumnStats, Result, SegmentStats};

/// The writer of a column that Parquet has, and where its pages go.
pub(super) type Leaf = (ArrowColumnWriter, Pages);

/// The columns of a row group. They know nothing of each other, so that each may be encoded on
/// another thread, and the chunks are the same for any number of them.
pub(super) struct Group {
    columns: Vec<Column>,
    rows: usize,
}

/// A row group that is encoded.
pub(super) struct Encoded {
    pub(super) stats: SegmentStats,
    /// One for each leaf, in order.
    pub(super) chunks: Vec<Chunk>,
}

impl Group {
    /// A row group without rows; `stored` are the columns as the file has them.
    pub(super) fn new(stored: &SchemaRef, leaves: impl IntoIterator<Item = Leaf>) -> Self {
        let columns = by_column(stored, leaves).map(|(field, leaves)| Column {
            field: Arc::clone(field),
            leaves,
            stats: ColumnStats::all_null(0),
        });
        Self {
            columns: columns.collect(),
            rows: 0,
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Adds rows. All of them have gone through their encoders when this returns: what is kept is
    /// encoded, and compressed but for the last page of each column.
    pub(super) fn write(&mut self, rows: &RecordBatch, options: &ParquetOptions) -> Result<()> {
        let (before, open) = (self.rows, options.open_types);
        let threads = workers::for_values(options.threads, rows.num_rows(), self.columns.len());
        let work = self.columns.iter_mut().zip(rows.columns()).collect();
        workers::each(
            threads,
            work,
            |(_, array)| weight(array),
            |(column, array)| column.write(array, before, open),
        )?;
        self.rows += rows.num_rows();
        Ok(())
    }

    /// Adds the last rows and ends the columns, in one go of the threads.
    pub(super) fn finish(
        self,
        last: Option<&RecordBatch>,
        options: &ParquetOptions,
    ) -> Result<Encoded> {
        let (before, open) = (self.rows, options.open_types);
        let rows = before + last.map_or(0, RecordBatch::num_rows);
        let threads = workers::for_values(options.threads, rows, self.columns.len());
        let columns = self.columns.into_iter().enumerate();
        let work = columns
            .map(|(index, column)| (column, last.and_then(|rows| rows.columns().get(index))))
            .collect();
        let ended = workers::each(
            threads,
            work,
            |(_, array)| array.map_or(0, weight),
            |(mut column, array)| {
                if let Some(array) = array {
                    column.write(array, before, open)?;
                }
                column.finish(options.page_checksums)
            },
        )?;
        let (columns, chunks): (_, Vec<_>) = ended.into_iter().unzip();
        Ok(Encoded {
            stats: SegmentStats {
                rows: rows as u64,
                columns,
            },
            chunks: chunks.into_iter().flatten().collect(),
        })
    }
}

/// About how long an array takes.
pub(super) fn weight(array: &ArrayRef) -> usize {
    let data = array.to_data();
    data.get_slice_memory_size().unwrap_or_default()
}

/// A column of the table.
struct Column {
    /// As the file has it.
    field: FieldRef,
    leaves: Vec<Leaf>,
    stats: ColumnStats,
}

impl Column {
    fn write(&mut self, array: &ArrayRef, before: usize, open: bool) -> Result<()> {
        let found = column_stats(array.as_ref());
        self.stats.merge(before as u64, &found, array.len() as u64);
        let opened = if open {
            Some(open_column(array)?)
        } else {
            None
        };
        let stored = opened.as_ref().unwrap_or(array);
        let values = compute_leaves(&self.field, stored).map_err(writing)?;
        for (values, (writer, _)) in values.iter().zip(&mut self.leaves) {
            writer.write(values).map_err(writing)?;
        }
        Ok(())
    }

    fn finish(self, checksums: bool) -> Result<(ColumnStats, Vec<Chunk>)> {
        let chunks = self.leaves.into_iter().map(|(writer, pages)| {
            let close = writer.close().map_err(writing)?.close().clone();
            let blobs = std::mem::take(&mut *pages.lock().unwrap_or_else(PoisonError::into_inner));
            Chunk::assemble(&blobs, close, checksums).map_err(writing)
        });
        Ok((self.stats, chunks.collect::<Result<_>>()?))
    }
}
