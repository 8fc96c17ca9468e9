//! Rows, one after the other.

use std::fmt;
use std::ops::Range;

use super::Columns;

/// The rows of columns, by reference.
pub struct Iter<'a, C> {
    columns: &'a C,
    rows: Range<usize>,
}

impl<'a, C: Columns> Iter<'a, C> {
    /// All rows.
    pub fn new(columns: &'a C) -> Self {
        Self {
            columns,
            rows: 0..columns.len(),
        }
    }
}

impl<C> Clone for Iter<'_, C> {
    fn clone(&self) -> Self {
        Self {
            columns: self.columns,
            rows: self.rows.clone(),
        }
    }
}

impl<C: Columns> fmt::Debug for Iter<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'a, C: Columns> Iterator for Iter<'a, C> {
    type Item = C::View<'a>;

    fn next(&mut self) -> Option<C::View<'a>> {
        self.rows.next().map(|row| self.columns.at(row))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rows.size_hint()
    }

    fn nth(&mut self, n: usize) -> Option<C::View<'a>> {
        self.rows.nth(n).map(|row| self.columns.at(row))
    }
}

impl<C: Columns> DoubleEndedIterator for Iter<'_, C> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.rows.next_back().map(|row| self.columns.at(row))
    }
}

impl<C: Columns> ExactSizeIterator for Iter<'_, C> {}

/// The rows of columns, as structs.
#[derive(Debug)]
pub struct IntoIter<C> {
    columns: C,
    rows: Range<usize>,
}

impl<C: Columns> IntoIter<C> {
    /// All rows.
    pub fn new(columns: C) -> Self {
        let rows = 0..columns.len();
        Self { columns, rows }
    }
}

impl<C: Columns> Iterator for IntoIter<C> {
    type Item = C::Row;

    fn next(&mut self) -> Option<C::Row> {
        self.rows.next().map(|row| C::to_row(self.columns.at(row)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rows.size_hint()
    }
}

impl<C: Columns> DoubleEndedIterator for IntoIter<C> {
    fn next_back(&mut self) -> Option<C::Row> {
        self.rows
            .next_back()
            .map(|row| C::to_row(self.columns.at(row)))
    }
}

impl<C: Columns> ExactSizeIterator for IntoIter<C> {}
