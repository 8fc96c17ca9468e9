//! The zone map of a run of rows.

use arrow::array::RecordBatch;
use serde::{Deserialize, Serialize};

use super::ColumnStats;
use super::collect::column_stats;

/// What is known of a run of rows: how many there are, and a [`ColumnStats`] for each column.
///
/// A column whose index is past the end was added to the table later and is null in every row.
///
/// ```
/// use std::sync::Arc;
///
/// use arrow::array::{ArrayRef, Int64Array, RecordBatch};
/// use thermocline_formats::{Bound, SegmentStats};
///
/// let column = Arc::new(Int64Array::from(vec![Some(4), None, Some(-2)])) as ArrayRef;
/// let batch = RecordBatch::try_from_iter([("x", column)])?;
/// let stats = SegmentStats::of(&batch);
/// assert_eq!(stats.columns[0].min, Some(Bound::from(-2_i64)));
/// assert_eq!(stats.columns[0].nulls, 1);
/// # Ok::<(), arrow::error::ArrowError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentStats {
    /// The number of rows.
    pub rows: u64,
    /// One entry for each column, by its index in the schema.
    pub columns: Vec<ColumnStats>,
}

impl SegmentStats {
    /// Looks at every value of a batch.
    #[must_use]
    pub fn of(batch: &RecordBatch) -> Self {
        Self {
            rows: batch.num_rows() as u64,
            columns: batch
                .columns()
                .iter()
                .map(|column| column_stats(column.as_ref()))
                .collect(),
        }
    }

    /// Makes these the statistics of both runs of rows.
    pub fn merge(&mut self, other: &Self) {
        let (rows, others) = (self.rows, other.rows);
        self.rows += others;
        if self.columns.len() < other.columns.len() {
            self.columns
                .resize_with(other.columns.len(), || ColumnStats::all_null(rows));
        }
        let absent = ColumnStats::all_null(others);
        for (index, column) in self.columns.iter_mut().enumerate() {
            column.merge(rows, other.columns.get(index).unwrap_or(&absent), others);
        }
    }
}
