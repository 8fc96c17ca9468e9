//! A row whose key is there already.

use std::error::Error;
use std::fmt;

use super::{Key, Keyed};

/// A row that was not inserted, because its key is there already.
pub struct AlreadyPresent<R> {
    /// The row that was not inserted.
    pub row: R,
    /// Where the row is that has its key.
    pub index: usize,
}

impl<R: Keyed> fmt::Display for AlreadyPresent<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, key, index) = (R::KEY, self.row.key().borrowed(), self.index);
        write!(
            f,
            "the {name} {key:?} is there already, in row {index}; use `add` to replace it"
        )
    }
}

impl<R: Keyed> fmt::Debug for AlreadyPresent<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlreadyPresent")
            .field("key", &self.row.key())
            .field("index", &self.index)
            .finish_non_exhaustive()
    }
}

impl<R: Keyed> Error for AlreadyPresent<R> {}
