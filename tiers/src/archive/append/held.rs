//! The rows that wait for a chunk, and what they cost.

use std::collections::HashSet;

use arrow::array::{Array, ArrayData, RecordBatch};
use arrow::buffer::NullBuffer;

use crate::hot::batch_bytes;

/// Batches that wait until there are enough.
#[derive(Debug, Default)]
pub(super) struct Held {
    batches: Vec<RecordBatch>,
    rows: u64,
    bytes: u64,
    /// Where the buffers are that were counted.
    buffers: HashSet<usize>,
}

impl Held {
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds a batch. It costs what its buffers have allocated, each counted once: builders leave
    /// room behind their rows, and all columns of an IPC message share one buffer. But a slice
    /// of something large, which somebody else holds too, costs at most twice its rows.
    pub(super) fn add(&mut self, batch: RecordBatch) {
        let own = batch_bytes(&batch);
        let mut allocated = 0;
        for column in batch.columns() {
            self.count(&column.to_data(), &mut allocated);
        }
        self.rows += batch.num_rows() as u64;
        self.bytes += allocated.clamp(own, own.saturating_mul(2));
        self.batches.push(batch);
    }

    fn count(&mut self, data: &ArrayData, allocated: &mut u64) {
        let nulls = data.nulls().map(NullBuffer::buffer);
        for buffer in data.buffers().iter().chain(nulls) {
            if self.buffers.insert(buffer.data_ptr().as_ptr() as usize) {
                *allocated += buffer.capacity() as u64;
            }
        }
        for child in data.child_data() {
            self.count(child, allocated);
        }
    }

    /// All of it, and nothing is held any more.
    pub(super) fn take(&mut self) -> Vec<RecordBatch> {
        std::mem::take(self).batches
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, Int64Builder};

    use super::*;

    fn batch(column: ArrayRef) -> RecordBatch {
        RecordBatch::try_from_iter([("n", column)]).unwrap()
    }

    #[test]
    fn room_behind_the_rows_is_counted_and_a_large_parent_is_not() {
        let mut roomy = Int64Builder::with_capacity(1_500);
        roomy.append_slice(&[7; 1_000]);
        let mut held = Held::default();
        held.add(batch(Arc::new(roomy.finish())));
        assert!((12_000..13_000).contains(&held.bytes()), "{}", held.bytes());

        let large = batch(Arc::new(Int64Array::from(vec![7; 100_000])));
        let mut held = Held::default();
        held.add(large.slice(0, 1_000));
        assert_eq!(held.bytes(), 16_000);
        held.add(large.slice(1_000, 1_000));
        assert_eq!((held.bytes(), held.rows()), (24_000, 2_000));
        assert_eq!(held.take().len(), 2);
        assert_eq!((held.bytes(), held.rows()), (0, 0));
    }
}
