//! A promise that was broken.

use std::fmt;

/// What was promised and did not hold, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(String);

/// The result of a check.
pub type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// A failure that this describes.
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }

    /// The same, with where it happened in front.
    #[must_use]
    pub fn at(self, place: impl fmt::Display) -> Self {
        Self(format!("{place}: {}", self.0))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// Fails unless it holds.
pub(crate) fn ensure(holds: bool, what: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(Failure(what())) }
}
