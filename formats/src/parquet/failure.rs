//! Errors of the Parquet library as ours.

use parquet::errors::ParquetError;

use crate::{Error, ErrorKind};

/// What went wrong while a file was written.
pub(super) fn writing(error: ParquetError) -> Error {
    let kind = match &error {
        ParquetError::External(source) if source.is::<std::io::Error>() => ErrorKind::Io,
        _ => ErrorKind::InvalidInput,
    };
    Error::new(kind, "the cold segment can't be written").with_source(error)
}

/// What went wrong while a file was read. An error of ours that passed through the library comes
/// out as it was; one from the source of the bytes is the caller's to judge.
pub(super) fn reading(error: ParquetError) -> Error {
    match error {
        ParquetError::External(source) => match source.downcast::<Error>() {
            Ok(own) => *own,
            Err(source) => {
                Error::new(ErrorKind::Io, "the cold segment can't be read").with_source(source)
            }
        },
        other => Error::corrupt("the cold segment is damaged").with_source(other),
    }
}
