//! DuckDB's errors as those of a persistence.

use duckdb_neo::error::DuckDBError;
use thermocline_tiers as tiers;

use crate::{Error, ErrorKind};

/// What DuckDB said.
pub(super) fn failed(error: duckdb_neo::Error) -> tiers::Error {
    let kind = match error.code {
        DuckDBError::DatabaseTransaction | DuckDBError::ResourceInUse => Some((
            tiers::ErrorKind::Locked,
            "; another writer was faster, try again",
        )),
        DuckDBError::IoGeneral if error.message.contains("lock on file") => Some((
            tiers::ErrorKind::Locked,
            "; close the database there, or open it for reading",
        )),
        DuckDBError::IoGeneral if error.message.contains("No space left") => {
            Some((tiers::ErrorKind::Full, "; free some space"))
        }
        DuckDBError::IoGeneral if error.message.contains("not a valid DuckDB database") => Some((
            tiers::ErrorKind::Corrupt,
            "; choose another file, or restore it",
        )),
        DuckDBError::DatabaseSerialization => {
            Some((tiers::ErrorKind::Corrupt, "; restore it from a backup"))
        }
        DuckDBError::IoFileNotFound => Some((tiers::ErrorKind::NotFound, "")),
        DuckDBError::IoGeneral | DuckDBError::IoReadFailure | DuckDBError::IoEof => {
            Some((tiers::ErrorKind::Io, ""))
        }
        _ => None,
    };
    let error = Error::from(error);
    match kind {
        Some((kind, way_out)) => {
            tiers::Error::new(kind, format!("{error}{way_out}")).because(error)
        }
        None => error.into(),
    }
}

impl From<Error> for tiers::Error {
    fn from(error: Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::InvalidQuery | ErrorKind::NotAllowed => tiers::ErrorKind::InvalidInput,
            ErrorKind::UnknownTable => tiers::ErrorKind::NotFound,
            ErrorKind::Unsupported => tiers::ErrorKind::Unsupported,
            ErrorKind::Cancelled => tiers::ErrorKind::Cancelled,
            ErrorKind::Expired => tiers::ErrorKind::Expired,
            ErrorKind::OutOfMemory => tiers::ErrorKind::Full,
            ErrorKind::Storage => storage_kind(&error),
            ErrorKind::Internal => tiers::ErrorKind::Bug,
        };
        Self::new(kind, error.to_string()).because(error)
    }
}

/// The engine's own kind, where the engine is the source.
fn storage_kind(error: &Error) -> tiers::ErrorKind {
    std::error::Error::source(error)
        .and_then(|source| source.downcast_ref::<tiers::Error>())
        .map_or(tiers::ErrorKind::Io, tiers::Error::kind)
}
