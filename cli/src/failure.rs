//! How a command fails: one sentence for standard error, and an exit code.

use std::fmt::{self, Display};
use std::io;
use std::path::Path;

/// The result of a command or of a step of one.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Why a command stopped.
///
/// Its text is a sentence that names the file, table or option; the hint, when there is one, says
/// what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    hint: Option<String>,
    exit_code: u8,
}

impl Failure {
    /// Something went wrong while doing what was asked (exit code 1).
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            exit_code: 1,
        }
    }

    /// What was asked makes no sense (exit code 2).
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self {
            exit_code: 2,
            ..Self::new(message)
        }
    }

    /// The user pressed Ctrl-C (exit code 130, as shells have it).
    pub(crate) fn interrupted() -> Self {
        Self {
            exit_code: 130,
            ..Self::new("interrupted")
        }
    }

    /// A file could not be read or written.
    pub(crate) fn file(doing: &str, path: &Path, error: &io::Error) -> Self {
        Self::new(format!(
            "cannot {doing} {}: {}",
            path.display(),
            plain(error)
        ))
    }

    /// Adds the way out.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds to the hint.
    pub(crate) fn also(mut self, more: impl Display) -> Self {
        self.hint = Some(match self.hint {
            Some(hint) => format!("{hint}; {more}"),
            None => more.to_string(),
        });
        self
    }

    /// Puts `context` and a colon before the message.
    pub(crate) fn within(mut self, context: impl Display) -> Self {
        self.message = format!("{context}: {}", self.message);
        self
    }

    /// 1 for a failure, 2 for bad usage, 130 for an interruption.
    pub(crate) fn exit_code(&self) -> u8 {
        self.exit_code
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

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One line, whatever the layers below put into their messages.
        let message = self
            .message
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        f.write_str(message.trim_end_matches('.'))?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl From<thermocline::Error> for Failure {
    fn from(error: thermocline::Error) -> Self {
        let failure = Self::new(error.to_string());
        if error.kind() == thermocline::ErrorKind::Corrupt && !failure.message.contains("backup") {
            return failure.hint(
                "`verify` lists all damage; restore the store from a backup, or `repair` it",
            );
        }
        failure
    }
}

impl From<thermocline::olap::Error> for Failure {
    fn from(error: thermocline::olap::Error) -> Self {
        use std::error::Error as _;
        use thermocline::olap::ErrorKind;

        let message = error.to_string();
        match error.kind() {
            // What DuckDB advises next is not for users of this command.
            ErrorKind::OutOfMemory => {
                let short = message.lines().next().unwrap_or_default();
                Self::new(short).hint("allow more with --memory, or use fewer --threads")
            }
            ErrorKind::Storage => {
                let damaged = error
                    .source()
                    .and_then(|source| source.downcast_ref::<thermocline::Error>())
                    .is_some_and(|source| source.kind() == thermocline::ErrorKind::Corrupt);
                let failure = Self::new(message);
                if damaged && !failure.message.contains("backup") {
                    return failure
                        .hint("`verify` lists all damage; restore the store from a backup, or `repair` it");
                }
                failure
            }
            _ => Self::new(message),
        }
    }
}

impl From<thermocline_input::Error> for Failure {
    fn from(error: thermocline_input::Error) -> Self {
        let failure = match error.kind() {
            thermocline_input::ErrorKind::UnknownFormat => Self::usage(error.to_string()),
            _ => Self::new(error.to_string()),
        };
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<arrow::error::ArrowError> for Failure {
    fn from(error: arrow::error::ArrowError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<parquet::errors::ParquetError> for Failure {
    fn from(error: parquet::errors::ParquetError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::new(format!("cannot write JSON: {error}"))
    }
}

/// For writes to standard output; files name themselves through [`Failure::file`].
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(format!("cannot write the output: {}", plain(&error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line_with_its_hint_in_brackets() {
        let failure = Failure::new("line one\n  line two.")
            .hint("try again")
            .within("a.csv");
        assert_eq!(failure.to_string(), "a.csv: line one line two (try again)");
        assert_eq!(failure.exit_code(), 1);
        assert_eq!(Failure::usage("no").exit_code(), 2);
    }
}
