//! Values that a column's Arrow type can't hold.

use std::collections::BTreeMap;

/// The values that don't fit, by row. They are kept, so that nothing is lost in memory; making an
/// array of the column is an error that names the first.
#[derive(Debug, Clone)]
pub(super) struct Misfits<V>(BTreeMap<usize, V>);

impl<V> Default for Misfits<V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<V> Misfits<V> {
    pub(super) fn get(&self, row: usize) -> Option<&V> {
        // Almost always, there are none.
        if self.0.is_empty() {
            None
        } else {
            self.0.get(&row)
        }
    }

    /// The first of them.
    pub(super) fn first(&self) -> Option<(usize, &V)> {
        self.0.first_key_value().map(|(row, value)| (*row, value))
    }

    pub(super) fn insert(&mut self, row: usize, value: V) {
        self.0.insert(row, value);
    }

    pub(super) fn remove(&mut self, row: usize) {
        if !self.0.is_empty() {
            self.0.remove(&row);
        }
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        if !self.0.is_empty() {
            self.0.split_off(&rows);
        }
    }

    /// Removes `row` and puts `last` in its place.
    pub(super) fn swap_remove(&mut self, row: usize, last: usize) {
        self.remove(row);
        if let Some(value) = self.0.remove(&last).filter(|_| row != last) {
            self.0.insert(row, value);
        }
    }

    pub(super) fn reorder(&mut self, rows: &[usize])
    where
        V: Clone,
    {
        if !self.0.is_empty() {
            let moved = rows.iter().enumerate();
            self.0 = moved
                .filter_map(|(to, from)| Some((to, self.0.get(from)?.clone())))
                .collect();
        }
    }
}
