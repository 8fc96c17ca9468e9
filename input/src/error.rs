//! Why a file cannot be read.

use std::fmt::Display;
use std::io;
use std::path::Path;

use arrow::error::ArrowError;

/// The result of reading.
pub(crate) type Result<T = ()> = std::result::Result<T, Error>;

/// Why a file cannot be read, or not into its table.
///
/// Its text is a sentence that names the line or row, and the column. [`Error::hint`] says what to
/// do about it, where something can be done.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    message: String,
    hint: Option<String>,
    kind: ErrorKind,
}

/// What went wrong, in the large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The file's name does not tell its format.
    UnknownFormat,
    /// The file could not be opened or read.
    Io,
    /// What the file holds is no rows of its format, or does not fit the table.
    Content,
}

impl Error {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            kind: ErrorKind::Content,
        }
    }

    pub(crate) fn of_kind(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            ..Self::new(message)
        }
    }

    pub(crate) fn io(doing: &str, path: &Path, error: &io::Error) -> Self {
        Self::of_kind(
            ErrorKind::Io,
            format!("cannot {doing} {}: {}", path.display(), plain(error)),
        )
    }

    #[must_use]
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Puts `context` and a colon before the message.
    #[must_use]
    pub(crate) fn within(mut self, context: impl Display) -> Self {
        self.message = format!("{context}: {}", self.message);
        self
    }

    /// What went wrong, in the large.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The way out, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

/// An I/O error in words, without the errno that `io::Error` appends.
fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        _ => error.to_string(),
    }
}

impl From<ArrowError> for Error {
    fn from(error: ArrowError) -> Self {
        Self::new(error.to_string())
    }
}
