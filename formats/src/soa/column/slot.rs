//! Changing values that have no address of their own.

use std::fmt;

use super::FieldColumn;

/// One value of a column, to change it.
pub struct Slot<'a, C: FieldColumn> {
    column: &'a mut C,
    /// There is such a row.
    row: usize,
}

impl<'a, C: FieldColumn> Slot<'a, C> {
    /// The slot of a row, if there is such a row.
    pub fn new(column: &'a mut C, row: usize) -> Option<Self> {
        (row < column.len()).then_some(Self { column, row })
    }

    /// The value.
    #[must_use]
    pub fn get(&self) -> C::Ref<'_> {
        self.column.at(self.row)
    }

    /// Puts another value in its place.
    pub fn set(&mut self, value: C::Value) {
        self.column.set(self.row, value);
    }
}

impl<C: FieldColumn> fmt::Debug for Slot<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

impl<C: FieldColumn> PartialEq for Slot<'_, C> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

/// A column whose values can be changed, but not their number.
pub struct ColumnMut<'a, C: FieldColumn>(&'a mut C);

impl<'a, C: FieldColumn> ColumnMut<'a, C> {
    /// The column.
    pub fn new(column: &'a mut C) -> Self {
        Self(column)
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a row, if there is such a row.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<C::Ref<'_>> {
        self.0.get(row)
    }

    /// Puts another value into a row; says whether there is such a row.
    pub fn set(&mut self, row: usize, value: C::Value) -> bool {
        self.0.set(row, value)
    }
}

impl<C: FieldColumn> fmt::Debug for ColumnMut<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
