//! Settings of warm segment files.

/// Whether the columns of a warm segment file are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum IpcCompression {
    /// Columns are used where they lie in the mapped file.
    #[default]
    None,
    /// LZ4 frames, one a buffer: a smaller file, whose blocks are decompressed into memory when
    /// they are read.
    Lz4,
}

/// Settings of an [`IpcSegmentWriter`](crate::IpcSegmentWriter).
///
/// ```
/// use thermocline_formats::{IpcCompression, IpcOptions};
///
/// let options = IpcOptions::default().with_compression(IpcCompression::Lz4);
/// assert_eq!(options.rows_per_block, 65_536);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IpcOptions {
    /// How columns are stored: file size against the time of a block's first read. Default: none.
    pub compression: IpcCompression,
    /// Rows of a block, the unit of checksums and statistics: smaller blocks skip more and
    /// verify less at a time, larger ones cost less to keep. Default: 65,536.
    pub rows_per_block: usize,
}

impl Default for IpcOptions {
    fn default() -> Self {
        Self {
            compression: IpcCompression::None,
            rows_per_block: 65_536,
        }
    }
}

impl IpcOptions {
    /// Sets how columns are stored.
    #[must_use]
    pub fn with_compression(mut self, compression: IpcCompression) -> Self {
        self.compression = compression;
        self
    }

    /// Sets the rows of a block.
    #[must_use]
    pub fn with_rows_per_block(mut self, rows: usize) -> Self {
        self.rows_per_block = rows;
        self
    }
}
