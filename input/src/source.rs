//! One input, opened.

use std::path::{Path, PathBuf};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use bytes::Bytes;

use crate::error::{Error, ErrorKind, Result};
use crate::format::InputFormat;
use crate::options::ReadOptions;
use crate::progress::Progress;
use crate::reader::Input;
use crate::{csv, ipc, json, parquet};

/// The batches of a file, in its order.
pub(crate) type Batches = Box<dyn Iterator<Item = Result<RecordBatch>> + Send>;

/// A file, opened: its schema and its batches.
///
/// The iterator ends at the end of the file, and behind the first error.
pub struct Source {
    opened: Opened,
    /// What stands before the text of errors.
    path: Option<PathBuf>,
    ended: bool,
}

/// What opening a file of any format comes to.
pub(crate) struct Opened {
    pub(crate) schema: SchemaRef,
    pub(crate) batches: Batches,
    pub(crate) progress: Progress,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("schema", &self.opened.schema)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Source {
    /// Opens the file at `path`. If the table exists already, its schema decides the columns' order
    /// and types; otherwise the file's own does, or for text what a sample of the rows looks like.
    ///
    /// This reads from the file; call it where blocking is allowed.
    ///
    /// # Errors
    /// When the format is not known, when the file cannot be read or is not of its format, and when
    /// its columns do not fit the table's. All but the first name the file.
    pub fn open(path: &Path, table: Option<&SchemaRef>, options: &ReadOptions) -> Result<Self> {
        let format = options
            .format
            .or_else(|| InputFormat::of_path(path))
            .ok_or_else(|| {
                let message = format!("cannot tell the format of {} from its name", path.display());
                Error::of_kind(ErrorKind::UnknownFormat, message)
                    .with_hint("say it with --input-format csv, tsv, json, parquet or arrow")
            })?;
        let input = Input::open(path)?;
        let opened = open(input, format, table, options);
        Ok(Self {
            opened: opened.map_err(|error| error.within(path.display()))?,
            path: Some(path.to_path_buf()),
            ended: false,
        })
    }

    /// Opens what a file of this format holds; otherwise like [`Source::open`].
    ///
    /// # Errors
    /// When the bytes are not of their format, and when their columns do not fit the table's.
    pub fn from_bytes(
        bytes: impl Into<Bytes>,
        format: InputFormat,
        table: Option<&SchemaRef>,
        options: &ReadOptions,
    ) -> Result<Self> {
        Ok(Self {
            opened: open(Input::in_memory(bytes.into()), format, table, options)?,
            path: None,
            ended: false,
        })
    }

    /// The schema of every batch.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.opened.schema
    }

    /// How much of the file has been read; may be asked from another thread.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.opened.progress.clone()
    }
}

fn open(
    input: Input,
    format: InputFormat,
    table: Option<&SchemaRef>,
    options: &ReadOptions,
) -> Result<Opened> {
    match format {
        InputFormat::Csv => csv::open(input, b',', table, options),
        InputFormat::Tsv => csv::open(input, b'\t', table, options),
        InputFormat::Json => json::open(input, table, options),
        InputFormat::Parquet => parquet::open(input, table, options),
        InputFormat::Arrow => ipc::open(input, table),
    }
}

impl Iterator for Source {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.opened.batches.next();
        self.ended = !matches!(next, Some(Ok(_)));
        next.map(|batch| {
            batch.map_err(|error| match &self.path {
                Some(path) => error.within(path.display()),
                None => error,
            })
        })
    }
}

pub(crate) fn row_count(batch: &RecordBatch) -> u64 {
    u64::try_from(batch.num_rows()).unwrap_or(u64::MAX)
}
