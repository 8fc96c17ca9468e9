//! Rows in memory.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use parking_lot::RwLock;
use thermocline_formats::Predicate;
use thermocline_formats::soa::{ArrowSchemaGen, ToArrow};

use super::arrow_conversion::{check_predicate, concatenate_batches, conform_batch, matching};
use super::{BatchPersistence, MemoryStats, SoAPersistence};
use crate::error::Result;

/// Batches of at least this many rows are never copied again. Larger merges
/// make scans of many small appends faster and appends dearer: a row is copied
/// at most log₂ of this many times.
const MERGE_ROWS: usize = 65_536;

/// Keeps a set of rows in memory, as Arrow batches.
///
/// What is saved as one batch is kept without a copy. Small appends are merged
/// as they come in, so that a million appends of a row are some dozens of
/// batches. A clone is another handle on the same set.
pub struct ArrowPersistence<T> {
    /// `None` as long as nothing was saved.
    batches: Arc<RwLock<Option<Vec<RecordBatch>>>>,
    rows: PhantomData<fn() -> T>,
}

impl<T: ArrowSchemaGen> ArrowPersistence<T> {
    /// A set that was never saved.
    #[must_use]
    pub fn new() -> Self {
        Self {
            batches: Arc::default(),
            rows: PhantomData,
        }
    }
}

impl<T: ArrowSchemaGen> Default for ArrowPersistence<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Clone for ArrowPersistence<T> {
    fn clone(&self) -> Self {
        Self {
            batches: Arc::clone(&self.batches),
            rows: PhantomData,
        }
    }
}

impl<T> fmt::Debug for ArrowPersistence<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let batches = self.batches.read();
        f.debug_struct("ArrowPersistence")
            .field("batches", &batches.as_ref().map(Vec::len))
            .finish_non_exhaustive()
    }
}

/// Merges from the end, as long as a batch is not larger than those behind it:
/// what is left shrinks by half from batch to batch.
fn merge(schema: &SchemaRef, batches: &mut Vec<RecordBatch>) {
    let mut rows = 0;
    let mut from = batches.len();
    while let Some(before) = from.checked_sub(1).and_then(|at| batches.get(at)) {
        let grows = rows == 0 || before.num_rows() <= rows;
        if !grows || rows + before.num_rows() > MERGE_ROWS {
            break;
        }
        rows += before.num_rows();
        from -= 1;
    }
    let tail = batches.get(from..).unwrap_or_default();
    // Texts that are too long for one array stay in several.
    if tail.len() > 1
        && let Ok(merged) = concatenate_batches(schema, tail)
    {
        batches.truncate(from);
        batches.push(merged);
    }
}

/// The batches under the schema, without those that have no rows.
fn conformed(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Vec<RecordBatch>> {
    let with_rows = batches.iter().map(|batch| conform_batch(batch, schema));
    with_rows
        .filter(|batch| !matches!(batch, Ok(batch) if batch.num_rows() == 0))
        .collect()
}

#[async_trait]
impl<T: ArrowSchemaGen> BatchPersistence for ArrowPersistence<T> {
    fn schema(&self) -> SchemaRef {
        T::arrow_schema()
    }

    async fn save_batches(&mut self, batches: Vec<RecordBatch>) -> Result<()> {
        let saved = conformed(&self.schema(), &batches)?;
        *self.batches.write() = Some(saved);
        Ok(())
    }

    async fn append_batches(&mut self, batches: Vec<RecordBatch>) -> Result<()> {
        let schema = self.schema();
        let appended = conformed(&schema, &batches)?;
        let mut kept = self.batches.write();
        let kept = kept.get_or_insert_default();
        for batch in appended {
            kept.push(batch);
            merge(&schema, kept);
        }
        Ok(())
    }

    async fn scan_batches(&self, predicate: &Predicate) -> Result<Option<Vec<RecordBatch>>> {
        check_predicate(predicate, &self.schema())?;
        let Some(batches) = self.batches.read().clone() else {
            return Ok(None);
        };
        let mut found = Vec::with_capacity(batches.len());
        for batch in &batches {
            let batch = matching(batch, predicate)?;
            if batch.num_rows() > 0 {
                found.push(batch);
            }
        }
        Ok(Some(found))
    }

    async fn count_rows(&self) -> Result<usize> {
        Ok(self.batch_stats().await?.total_rows)
    }

    async fn remove_all(&mut self) -> Result<()> {
        *self.batches.write() = None;
        Ok(())
    }

    async fn batch_stats(&self) -> Result<MemoryStats> {
        let batches = self.batches.read();
        let batches = batches.as_deref().unwrap_or_default();
        Ok(MemoryStats::new(
            batches.iter().map(RecordBatch::get_array_memory_size).sum(),
            batches.iter().map(RecordBatch::num_rows).sum(),
            batches.len(),
        ))
    }
}

impl<T: ToArrow + Send + Sync> SoAPersistence<T> for ArrowPersistence<T> {}
