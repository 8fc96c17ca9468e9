//! A sealed segment in memory.

use arrow::array::RecordBatch;
use thermocline_formats::SegmentStats;

/// Rows of one morsel of a hot segment. Larger morsels cost less to hand out
/// and prune less.
const MORSEL_ROWS: usize = 65_536;

/// The rows of one segment, with statistics for each morsel.
#[derive(Debug)]
pub(crate) struct HotRows {
    batch: RecordBatch,
    stats: Vec<SegmentStats>,
}

impl HotRows {
    pub(crate) fn new(batch: RecordBatch) -> Self {
        let stats = (0..batch.num_rows())
            .step_by(MORSEL_ROWS)
            .map(|start| {
                let rows = MORSEL_ROWS.min(batch.num_rows() - start);
                SegmentStats::of(&batch.slice(start, rows))
            })
            .collect();
        Self { batch, stats }
    }

    /// Statistics of each morsel.
    pub(crate) fn morsels(&self) -> &[SegmentStats] {
        &self.stats
    }

    /// The rows of one morsel.
    pub(crate) fn morsel(&self, index: usize) -> RecordBatch {
        let start = (index * MORSEL_ROWS).min(self.batch.num_rows());
        let rows = MORSEL_ROWS.min(self.batch.num_rows() - start);
        self.batch.slice(start, rows)
    }

    /// Statistics of the whole segment.
    pub(crate) fn merged_stats(&self) -> SegmentStats {
        let mut parts = self.stats.iter();
        let mut merged = parts
            .next()
            .cloned()
            .unwrap_or_else(|| SegmentStats::of(&self.batch));
        for part in parts {
            merged.merge(part);
        }
        merged
    }
}
