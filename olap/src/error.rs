//! The crate's one error.

use std::fmt;

use duckdb_neo::error::DuckDBError;
use thermocline_tiers as tiers;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the caller of a query can do about an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The query, its parameters or the values it computes with are at fault: correct them.
    InvalidQuery,
    /// The query names a table that the snapshot doesn't have: correct the name.
    UnknownTable,
    /// The query would do more than read the store's tables: see the message for the way to do it.
    NotAllowed,
    /// A table or a result has a type that SQL can't carry: the message names the column.
    Unsupported,
    /// The query was cancelled: run it again if its answer is still wanted.
    Cancelled,
    /// The query needs more memory or disk than it may use: raise the limit, give it a directory
    /// to spill to, or ask for less at once.
    OutOfMemory,
    /// Files of the snapshot are gone, because the store moved on for long enough: pin a new one.
    Expired,
    /// Reading the store failed: the source says why and what can be done.
    Storage,
    /// The query engine failed in a way it should not: report a bug.
    Internal,
}

/// An error of a query: one sentence for a person, and a [kind](ErrorKind) for the program.
///
/// ```
/// use thermocline_olap::{Error, ErrorKind};
///
/// fn is_worth_another_try(error: &Error) -> bool {
///     matches!(error.kind(), ErrorKind::Expired | ErrorKind::Cancelled)
/// }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    table: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The table that the error is about, as the query wrote it.
    #[must_use]
    pub fn table(&self) -> Option<&str> {
        self.0.table.as_deref()
    }

    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            table: None,
            source: None,
        }))
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidQuery, message)
    }

    pub(crate) fn not_allowed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotAllowed, message)
    }

    pub(crate) fn cancelled() -> Self {
        Self::new(ErrorKind::Cancelled, "the query was cancelled")
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    pub(crate) fn on_table(mut self, table: impl Into<String>) -> Self {
        self.0.table = Some(table.into());
        self
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
            .field("table", &self.0.table)
            .field("source", &self.0.source)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl From<tiers::Error> for Error {
    fn from(error: tiers::Error) -> Self {
        let kind = match error.kind() {
            tiers::ErrorKind::Expired => ErrorKind::Expired,
            tiers::ErrorKind::Cancelled => ErrorKind::Cancelled,
            _ => ErrorKind::Storage,
        };
        Self(Box::new(Inner {
            kind,
            message: error.to_string(),
            table: None,
            source: Some(Box::new(error)),
        }))
    }
}

impl From<duckdb_neo::Error> for Error {
    fn from(error: duckdb_neo::Error) -> Self {
        let kind = kind_of(&error);
        let message = readable(&error.message);
        let missing = missing_table(message).map(str::to_owned);
        let message = if message.is_empty() {
            format!("the query engine failed with code {}", error.code as u32)
        } else {
            message.to_owned()
        };
        Self(Box::new(Inner {
            kind: if missing.is_some() {
                ErrorKind::UnknownTable
            } else {
                kind
            },
            message,
            table: missing,
            source: None,
        }))
    }
}

impl From<arrow::error::ArrowError> for Error {
    fn from(error: arrow::error::ArrowError) -> Self {
        Self(Box::new(Inner {
            kind: ErrorKind::Unsupported,
            message: format!("a value can't be carried between the store and SQL: {error}"),
            table: None,
            source: Some(Box::new(error)),
        }))
    }
}

fn kind_of(error: &duckdb_neo::Error) -> ErrorKind {
    match error.code {
        DuckDBError::ResourceOutOfMemory => ErrorKind::OutOfMemory,
        DuckDBError::RuntimeInterrupt => ErrorKind::Cancelled,
        DuckDBError::ConfigurationPermission
        | DuckDBError::ConfigurationInvalid
        | DuckDBError::ConfigurationSettings
        | DuckDBError::ResourceMissingExtension
        | DuckDBError::ResourceAutoload => ErrorKind::NotAllowed,
        // A full disk while spilling is the same to the caller as a full memory.
        DuckDBError::IoGeneral if error.message.contains("No space left") => ErrorKind::OutOfMemory,
        DuckDBError::RuntimeInternal
        | DuckDBError::RuntimeFatal
        | DuckDBError::RuntimeNullPointer => ErrorKind::Internal,
        _ => ErrorKind::InvalidQuery,
    }
}

/// DuckDB's message without the class that it starts with ("Binder Error: ").
pub(crate) fn readable(message: &str) -> &str {
    match message.split_once(" Error: ") {
        Some((class, rest)) if !class.contains([' ', '\n']) || class.len() < 24 => rest,
        _ => message,
    }
}

/// The table that a catalog error says is missing.
fn missing_table(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("Table with name ")?;
    rest.split_once(" does not exist")
        .map(|(name, _)| name.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn duckdb(code: DuckDBError, message: &str) -> Error {
        duckdb_neo::Error {
            code,
            message: message.to_owned(),
        }
        .into()
    }

    #[test]
    fn a_missing_table_is_told_apart_from_other_mistakes() {
        let error = duckdb(
            DuckDBError::DatabaseCatalog,
            "Catalog Error: Table with name flightz does not exist!\nDid you mean \"flights\"?",
        );
        assert_eq!(error.kind(), ErrorKind::UnknownTable);
        assert_eq!(error.table(), Some("flightz"));
        assert!(
            error
                .to_string()
                .starts_with("Table with name flightz does not exist!")
        );

        let error = duckdb(DuckDBError::QueryBinder, "Binder Error: no such column");
        assert_eq!(error.kind(), ErrorKind::InvalidQuery);
        assert_eq!(error.to_string(), "no such column");
    }

    #[test]
    fn resources_and_interrupts_have_kinds_of_their_own() {
        let memory = duckdb(
            DuckDBError::ResourceOutOfMemory,
            "Out of Memory Error: no room",
        );
        assert_eq!(memory.kind(), ErrorKind::OutOfMemory);
        let disk = duckdb(
            DuckDBError::IoGeneral,
            "IO Error: write failed: No space left on device",
        );
        assert_eq!(disk.kind(), ErrorKind::OutOfMemory);
        let interrupt = duckdb(
            DuckDBError::RuntimeInterrupt,
            "INTERRUPT Error: Interrupted!",
        );
        assert_eq!(interrupt.kind(), ErrorKind::Cancelled);
        let bug = duckdb(DuckDBError::RuntimeInternal, "");
        assert_eq!(bug.kind(), ErrorKind::Internal);
        assert!(!bug.to_string().is_empty());
    }
}
