//! Mistakes, all of them at once.

use syn::{Error, Result};

/// Collects mistakes, so that one compilation reports all.
#[derive(Debug, Default)]
pub(super) struct Mistakes(Option<Error>);

impl Mistakes {
    /// The value, or `None` and the mistake noted.
    pub(super) fn note<T>(&mut self, result: Result<T>) -> Option<T> {
        match (result, &mut self.0) {
            (Ok(value), _) => return Some(value),
            (Err(mistake), Some(mistakes)) => mistakes.combine(mistake),
            (Err(mistake), None) => self.0 = Some(mistake),
        }
        None
    }

    /// The value, if no mistake was noted.
    pub(super) fn finish<T>(self, value: T) -> Result<T> {
        self.0.map_or(Ok(value), Err)
    }
}
