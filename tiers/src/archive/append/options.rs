//! How rows are archived.

use arrow::datatypes::SchemaRef;
use thermocline_formats::{ParquetOptions, PartitionBy};

use crate::error::Result;
use crate::table::TableOptions;

/// How the rows of a job are archived.
///
/// ```
/// use std::sync::Arc;
/// use arrow::datatypes::{DataType, Field, Schema};
/// use thermocline_tiers::ArchiveOptions;
///
/// let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]));
/// let options = ArchiveOptions::new(schema)
///     .partition_by("bucket(4, id)".parse().unwrap())
///     .sort_by(["id"])
///     .chunk_bytes(32 << 20);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ArchiveOptions {
    /// The columns. They must be those of the table, if it exists.
    pub schema: SchemaRef,
    /// How rows are grouped. Without it, as the table has it, or not at all.
    pub partition_by: Option<PartitionBy>,
    /// Columns that the rows of each file are sorted by, first one first.
    pub sort_by: Vec<String>,
    /// How files are encoded. Two are written at a time, each on
    /// [as many threads](ParquetOptions::threads).
    pub files: ParquetOptions,
    /// Bytes of rows, as Arrow in memory, that are committed together (64 MiB; at most 1 GiB).
    /// Large chunks make large files; about four times as much memory is needed.
    pub chunk_bytes: u64,
}

/// More would not fit into one array of text.
const MOST_CHUNK_BYTES: u64 = 1 << 30;

impl ArchiveOptions {
    /// Rows with these columns, as they come.
    #[must_use]
    pub fn new(schema: SchemaRef) -> Self {
        Self {
            schema,
            partition_by: None,
            sort_by: Vec::new(),
            files: ParquetOptions::default(),
            chunk_bytes: 64 << 20,
        }
    }

    /// Groups rows by these expressions.
    #[must_use]
    pub fn partition_by(mut self, partition_by: PartitionBy) -> Self {
        self.partition_by = Some(partition_by);
        self
    }

    /// Sorts the rows of each file.
    #[must_use]
    pub fn sort_by<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.sort_by = columns.into_iter().map(Into::into).collect();
        self
    }

    /// Sets how files are encoded.
    #[must_use]
    pub fn files(mut self, files: ParquetOptions) -> Self {
        self.files = files;
        self
    }

    /// Sets how many bytes of rows are committed together.
    #[must_use]
    pub fn chunk_bytes(mut self, bytes: u64) -> Self {
        self.chunk_bytes = bytes;
        self
    }

    pub(super) fn chunk(&self) -> u64 {
        self.chunk_bytes.clamp(1, MOST_CHUNK_BYTES)
    }

    /// Refuses what no table can be.
    pub(super) fn check(&self) -> Result<()> {
        let by = self.partition_by.clone().unwrap_or_default();
        TableOptions::new(SchemaRef::clone(&self.schema))
            .partition_by(by)
            .sort_by(self.sort_by.iter().cloned())
            .check()
    }
}
