//! What rows cost in memory.

use arrow::array::RecordBatch;

/// Bytes of the rows themselves. A batch that is a slice of a larger one counts
/// only its part.
pub(crate) fn batch_bytes(batch: &RecordBatch) -> u64 {
    batch
        .columns()
        .iter()
        .map(|column| {
            let data = column.to_data();
            data.get_slice_memory_size()
                .unwrap_or_else(|_| data.get_array_memory_size()) as u64
        })
        .sum()
}
