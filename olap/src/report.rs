//! What a query's scans read and what they could leave out.

use std::sync::atomic::{AtomicU64, Ordering};

/// How much of the store a query has read so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScanReport {
    /// Segments of all tables that the query scans, before its conditions ruled any out.
    pub segments: u64,
    /// Those of them that the query's conditions ruled out without reading anything.
    pub segments_pruned: u64,
    /// Pieces of segments (batches in memory, blocks, row groups) that were opened.
    pub morsels_opened: u64,
    /// Rows that were handed from the store to the query engine.
    pub rows_scanned: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    segments: AtomicU64,
    segments_pruned: AtomicU64,
    morsels_opened: AtomicU64,
    rows_scanned: AtomicU64,
}

impl Counters {
    pub(crate) fn planned(&self, segments: u64, pruned: u64) {
        self.segments.fetch_add(segments, Ordering::Relaxed);
        self.segments_pruned.fetch_add(pruned, Ordering::Relaxed);
    }

    pub(crate) fn opened(&self) {
        self.morsels_opened.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn scanned(&self, rows: u64) {
        self.rows_scanned.fetch_add(rows, Ordering::Relaxed);
    }

    pub(crate) fn report(&self) -> ScanReport {
        ScanReport {
            segments: self.segments.load(Ordering::Relaxed),
            segments_pruned: self.segments_pruned.load(Ordering::Relaxed),
            morsels_opened: self.morsels_opened.load(Ordering::Relaxed),
            rows_scanned: self.rows_scanned.load(Ordering::Relaxed),
        }
    }
}
