//! What a scan is asked for, and what it saved.

use thermocline_formats::Predicate;

/// Which columns and rows a scan returns.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ScanOptions {
    /// Columns by index in the table's schema, in the order wanted; `None` for all.
    pub columns: Option<Vec<usize>>,
    /// The rows wanted.
    pub predicate: Predicate,
}

impl Default for ScanOptions {
    fn default() -> Self {
        Self {
            columns: None,
            predicate: Predicate::True,
        }
    }
}

impl ScanOptions {
    /// Everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only these columns, in this order.
    #[must_use]
    pub fn with_columns(mut self, columns: impl IntoIterator<Item = usize>) -> Self {
        self.columns = Some(columns.into_iter().collect());
        self
    }

    /// Only rows for which this is true.
    #[must_use]
    pub fn with_predicate(mut self, predicate: Predicate) -> Self {
        self.predicate = predicate;
        self
    }
}

/// How much a scan could leave out before it read anything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScanCounts {
    /// Segments of the table.
    pub segments: u64,
    /// Segments that no row can match in.
    pub segments_pruned: u64,
    /// Morsels to read.
    pub morsels: u64,
    /// Morsels of the other segments that no row can match in, as far as is
    /// known without reading a file.
    pub morsels_pruned: u64,
}
