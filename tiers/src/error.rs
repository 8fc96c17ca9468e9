//! What can go wrong, and what the caller can do about it.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::Path;

use thermocline_formats::ErrorKind as FormatErrorKind;

/// The result of an engine call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of failure it is, which is what the caller can act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request is wrong: fix the input.
    InvalidInput,
    /// Columns are missing, unknown, of another type or null where they must
    /// not be: [`Error::column`] names the first one.
    SchemaMismatch,
    /// A stored value is none of the Rust type that it is read as.
    TypeConversion,
    /// Arrow cannot make the array, such as one of more than 2 GiB of text.
    ArrowError,
    /// There is no such store, table or segment.
    NotFound,
    /// A store or table of that name is there already.
    AlreadyExists,
    /// Another process writes to this store: wait for it, or open a reader.
    Locked,
    /// The object store refuses the credentials, or what their owner may do is too
    /// little: mend either.
    PermissionDenied,
    /// A stored file is damaged: restore it from a backup.
    Corrupt,
    /// A file was written by a newer version: upgrade.
    NewerVersion,
    /// The disk is full: free space; the store goes on by itself.
    Full,
    /// A sync failed, so what is on the disk is unknown: close and open again.
    Poisoned,
    /// The files of an old snapshot are gone: take a new snapshot.
    Expired,
    /// The operation was given up before its end.
    Cancelled,
    /// The store is closed, or was opened for reading.
    ReadOnly,
    /// Another process has taken the cold table over: close one of the two stores.
    Fenced,
    /// The store is older than its cold tables, as a restored backup is: see the
    /// message for the way out.
    Outdated,
    /// This build or format cannot do that.
    Unsupported,
    /// The operating system or the object store failed: look at the source, retry.
    Io,
    /// A defect in Thermocline: please report it.
    Bug,
}

/// An engine error: a sentence for a person, a [kind](Error::kind) for the program.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use thermocline_tiers::{ErrorKind, Store};
/// let error = Store::open("/nowhere/at/all").await.unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::NotFound);
/// # });
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    column: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The column that it concerns, as a dotted path when it is nested.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        self.0.column.as_deref()
    }

    /// An error of this kind, for what is built on the engine: a sentence that
    /// names the thing and the way out.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            column: None,
            source: None,
        }))
    }

    /// The same error with what caused it.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The same error as one that concerns this column.
    #[must_use]
    pub fn on_column(mut self, column: impl Into<String>) -> Self {
        self.0.column = Some(column.into());
        self
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    pub(crate) fn corrupt(path: impl fmt::Display, what: impl fmt::Display) -> Self {
        Self::new(
            ErrorKind::Corrupt,
            format!("`{path}` is damaged: {what}; restore it from a backup"),
        )
    }

    pub(crate) fn cancelled(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Cancelled, message)
    }

    pub(crate) fn closed() -> Self {
        Self::new(ErrorKind::ReadOnly, "the store was closed; open it again")
    }

    pub(crate) fn bug(message: impl fmt::Display) -> Self {
        Self::new(
            ErrorKind::Bug,
            format!("{message}; this is a defect in Thermocline, please report it"),
        )
    }

    /// A failed call on a local file.
    pub(crate) fn io(path: &Path, doing: &str, source: io::Error) -> Self {
        let path = path.display();
        let (kind, hint) = match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => (
                ErrorKind::Full,
                "; free some space, nothing written before is lost",
            ),
            io::ErrorKind::NotFound => (ErrorKind::NotFound, ""),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => (
                ErrorKind::Io,
                "; check who owns the directory and that it can be written to",
            ),
            _ => (ErrorKind::Io, ""),
        };
        Self::new(kind, format!("cannot {doing} `{path}`: {source}{hint}")).because(source)
    }

    /// A failed call on the object store.
    pub(crate) fn object(
        path: impl fmt::Display,
        doing: &str,
        source: object_store::Error,
    ) -> Self {
        if let Some(cause) = crate::cold::cause(&source) {
            let told = cause.told();
            let message = format!("cannot {doing} the cold object `{path}`: {told}");
            return Self::new(cause.kind(), message).because(source);
        }
        let kind = match &source {
            object_store::Error::NotFound { .. } => ErrorKind::NotFound,
            _ => ErrorKind::Io,
        };
        Self::new(
            kind,
            format!("cannot {doing} the cold object `{path}`: {source}"),
        )
        .because(source)
    }

    /// A format error that concerns the file or table `what`.
    pub(crate) fn format(what: impl fmt::Display, source: thermocline_formats::Error) -> Self {
        let hint = if is_full(&source) {
            ", because the disk is full; free some space, nothing written before is lost"
        } else {
            ""
        };
        Self::of_format(format!("`{what}`: {source}{hint}"), source)
    }

    fn of_format(message: String, source: thermocline_formats::Error) -> Self {
        let mut error = Self::new(kind_of_format(&source), message);
        error.0.column = source.column().map(str::to_owned);
        error.because(source)
    }

    /// The same error, as an answer about an old snapshot: a file that is gone
    /// was collected since.
    pub(crate) fn or_expired(self) -> Self {
        if self.kind() != ErrorKind::NotFound {
            return self;
        }
        let message = format!(
            "{}; either the snapshot is older than the files that are kept, and a new one \
             helps, or the file was removed, which `verify` tells",
            self.0.message
        );
        Self::new(ErrorKind::Expired, message).because(self)
    }

    /// The same error under another kind.
    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }
}

fn kind_of_format(source: &thermocline_formats::Error) -> ErrorKind {
    match source.kind() {
        FormatErrorKind::InvalidInput if source.mismatch().is_some() => ErrorKind::SchemaMismatch,
        FormatErrorKind::InvalidInput if source.invalid_row().is_some() => {
            ErrorKind::TypeConversion
        }
        FormatErrorKind::InvalidInput => ErrorKind::InvalidInput,
        FormatErrorKind::Unsupported => ErrorKind::Unsupported,
        FormatErrorKind::Corrupt => ErrorKind::Corrupt,
        FormatErrorKind::NewerVersion => ErrorKind::NewerVersion,
        _ if is_full(source) => ErrorKind::Full,
        _ => ErrorKind::Io,
    }
}

/// Whether an I/O error stands anywhere in the chain and says that the disk is full.
pub(crate) fn is_full(error: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<io::Error>()
            && matches!(
                io.kind(),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
            )
        {
            return true;
        }
        next = error.source();
    }
    false
}

impl From<thermocline_formats::Error> for Error {
    fn from(source: thermocline_formats::Error) -> Self {
        Self::of_format(source.to_string(), source)
    }
}

impl From<arrow::error::ArrowError> for Error {
    fn from(source: arrow::error::ArrowError) -> Self {
        Self::new(ErrorKind::ArrowError, source.to_string()).because(source)
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
            .field("column", &self.0.column)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}
