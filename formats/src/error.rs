//! The crate's one error.

use std::fmt;

use crate::schema::Mismatch;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the caller of this crate can do about an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// What was handed in doesn't fit: correct the schema, the batch, the settings or the text.
    InvalidInput,
    /// It is well formed, but Thermocline doesn't store such a thing; the message names the way out.
    Unsupported,
    /// Stored bytes are not what was written: restore them from another copy or a backup.
    Corrupt,
    /// A later Thermocline wrote the file: open it with that version or a later one.
    NewerVersion,
    /// Reading or writing the underlying file failed; the source says why.
    Io,
}

/// An error of the format layer: one sentence for a person, and a [kind](ErrorKind) for the program.
///
/// ```
/// use arrow::datatypes::Schema;
/// use thermocline_formats::{ErrorKind, check_schema};
///
/// let error = check_schema(&Schema::empty()).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::InvalidInput);
/// assert_eq!(error.to_string(), "a table needs at least one column");
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    column: Option<String>,
    mismatch: Option<Mismatch>,
    invalid_row: Option<usize>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether stored bytes were found to be damaged.
    #[must_use]
    pub fn is_corrupt(&self) -> bool {
        self.0.kind == ErrorKind::Corrupt
    }

    /// The column that the error is about, as a dotted path when it is nested.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        self.0.column.as_deref()
    }

    /// How a batch differs from its table's schema, if that is what the error is about.
    #[must_use]
    pub fn mismatch(&self) -> Option<&Mismatch> {
        self.0.mismatch.as_ref()
    }

    /// The row that has a value which its column's type doesn't have, if that is what the error is
    /// about: an unknown code of an enum, a timestamp beyond the calendar. Counted from 0.
    #[must_use]
    pub fn invalid_row(&self) -> Option<usize> {
        self.0.invalid_row
    }

    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            column: None,
            mismatch: None,
            invalid_row: None,
            source: None,
        }))
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// `what` ends the sentence "the column has …".
    pub(crate) fn invalid_value(column: &str, row: usize, what: &str) -> Self {
        let mut error = Self::invalid(format!("column `{column}` has, in row {row}, {what}"));
        error.0.column = Some(column.to_owned());
        error.0.invalid_row = Some(row);
        error
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }

    pub(crate) fn corrupt(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Corrupt, message)
    }

    pub(crate) fn newer(what: &str, found: u32) -> Self {
        Self::new(
            ErrorKind::NewerVersion,
            format!(
                "{what} has format version {found}, and this Thermocline reads versions up to {}; \
                 open it with the version that wrote it or a later one",
                crate::FORMAT_VERSION
            ),
        )
    }

    pub(crate) fn on_column(mut self, column: impl Into<String>) -> Self {
        self.0.column = Some(column.into());
        self
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub(crate) fn from_mismatch(mismatch: Mismatch) -> Self {
        let mut error = Self::invalid(mismatch.to_string());
        error.0.column = mismatch.column().map(str::to_owned);
        error.0.mismatch = Some(mismatch);
        error
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn std::error::Error + 'static))
    }
}
