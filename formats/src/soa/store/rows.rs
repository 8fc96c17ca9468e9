//! Rows with an index by key.

use std::fmt;

use hashbrown::HashTable;

use super::{AlreadyPresent, Key, Keyed};
use crate::soa::{Columns, FieldColumn, Iter, SoaField};
use crate::{Error, Result};

type KeyColumn<R> = <<R as Keyed>::Key as SoaField>::Column;

/// Rows in memory, as columns, each found by its key. `OrderStore` of `#[derive(SoAStore)]` is this
/// store for `Order`.
///
/// A key is there once. Adding, finding and removing a row cost the same however many there are.
/// The index takes 10 to 21 bytes a row, and no copy of the keys.
pub struct RowStore<R: Keyed> {
    rows: R::Columns,
    /// The rows by the hash of their key.
    index: HashTable<usize>,
}

impl<R: Keyed> RowStore<R> {
    /// No rows.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// No rows yet, with room for so many.
    #[must_use]
    pub fn with_capacity(rows: usize) -> Self {
        let mut columns = R::Columns::default();
        columns.reserve(rows);
        Self {
            rows: columns,
            index: HashTable::with_capacity(rows),
        }
    }

    /// Adds a row at the end, or, if its key is there, puts it in the place of the row with that
    /// key. Gives its index, which counts from 0 and holds until a row is [removed](Self::remove).
    pub fn add(&mut self, row: R) -> usize {
        let hash = R::Key::hash(row.key().borrowed());
        self.add_hashed(hash, row)
    }

    pub(super) fn add_hashed(&mut self, hash: u64, row: R) -> usize {
        match self.find(hash, row.key().borrowed()) {
            Some(index) => {
                self.rows.set(index, row);
                index
            }
            None => self.append(hash, row),
        }
    }

    /// [Adds](Self::add) rows one after the other, and gives their indices.
    pub fn add_batch(&mut self, rows: impl IntoIterator<Item = R>) -> Vec<usize> {
        let rows = rows.into_iter();
        self.reserve(rows.size_hint().0);
        rows.map(|row| self.add(row)).collect()
    }

    /// Adds a row at the end and gives its index.
    ///
    /// # Errors
    ///
    /// [`AlreadyPresent`], with the row, if its key is there.
    pub fn insert(&mut self, row: R) -> Result<usize, AlreadyPresent<R>> {
        let hash = R::Key::hash(row.key().borrowed());
        self.insert_hashed(hash, row)
    }

    pub(super) fn insert_hashed(&mut self, hash: u64, row: R) -> Result<usize, AlreadyPresent<R>> {
        match self.find(hash, row.key().borrowed()) {
            Some(index) => Err(AlreadyPresent { row, index }),
            None => Ok(self.append(hash, row)),
        }
    }

    /// Removes the row with this key and gives it back. The last row takes its place and its index.
    pub fn remove(&mut self, key: &<R::Key as Key>::Borrowed) -> Option<R> {
        let keys = R::keys(&self.rows);
        let hash = spread(R::Key::hash(key));
        let entry = self
            .index
            .find_entry(hash, |&row| R::Key::is(keys.at(row), key))
            .ok()?;
        let (removed, _) = entry.remove();
        let last = self.rows.len() - 1;
        if removed != last {
            let hash = hash_at::<R>(keys, last);
            if let Some(moved) = self.index.find_mut(hash, |&row| row == last) {
                *moved = removed;
            }
        }
        self.rows.swap_remove(removed)
    }

    /// A copy of the row with this key.
    #[must_use]
    pub fn get(&self, key: &<R::Key as Key>::Borrowed) -> Option<R> {
        self.rows.get(self.index_of(key)?)
    }

    /// The row with this key, where it stands.
    #[must_use]
    pub fn view(
        &self,
        key: &<R::Key as Key>::Borrowed,
    ) -> Option<<R::Columns as Columns>::View<'_>> {
        self.rows.view(self.index_of(key)?)
    }

    /// The index of the row with this key.
    #[must_use]
    pub fn index_of(&self, key: &<R::Key as Key>::Borrowed) -> Option<usize> {
        self.find(R::Key::hash(key), key)
    }

    /// Whether there is a row with this key.
    #[must_use]
    pub fn contains(&self, key: &<R::Key as Key>::Borrowed) -> bool {
        self.index_of(key).is_some()
    }

    /// The rows as columns.
    #[must_use]
    pub fn kernel(&self) -> &R::Columns {
        &self.rows
    }

    /// The rows as columns, without the index.
    #[must_use]
    pub fn into_kernel(self) -> R::Columns {
        self.rows
    }

    /// The rows in their order, where they stand.
    #[must_use]
    pub fn iter(&self) -> Iter<'_, R::Columns> {
        Iter::new(&self.rows)
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Makes room for so many more rows.
    pub fn reserve(&mut self, additional: usize) {
        self.rows.reserve(additional);
        let keys = R::keys(&self.rows);
        self.index
            .reserve(additional, |&row| hash_at::<R>(keys, row));
    }

    /// Removes all rows.
    pub fn clear(&mut self) {
        self.rows.truncate(0);
        self.index.clear();
    }

    /// The bytes that the columns and the index take, room for more rows included.
    #[must_use]
    pub fn memory_size(&self) -> usize {
        self.rows.memory_size() + self.index.allocation_size()
    }

    /// The rows of these columns, found by their key.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if a key stands there twice; the error
    /// names both rows.
    pub fn from_kernel(rows: R::Columns) -> Result<Self> {
        let mut store = Self {
            index: HashTable::with_capacity(rows.len()),
            rows,
        };
        let keys = R::keys(&store.rows);
        for row in 0..store.rows.len() {
            let hash = hash_at::<R>(keys, row);
            let twin = store
                .index
                .find(hash, |&other| keys.at(other) == keys.at(row));
            if let Some(twin) = twin {
                let (name, key) = (R::KEY, keys.at(row));
                return Err(Error::invalid(format!(
                    "the {name} {key:?} stands in rows {twin} and {row}; a key is there once, so \
                     remove one of the rows"
                ))
                .on_column(name));
            }
            store
                .index
                .insert_unique(hash, row, |&row| hash_at::<R>(keys, row));
        }
        Ok(store)
    }

    fn find(&self, hash: u64, key: &<R::Key as Key>::Borrowed) -> Option<usize> {
        let keys = R::keys(&self.rows);
        self.index
            .find(spread(hash), |&row| R::Key::is(keys.at(row), key))
            .copied()
    }

    fn append(&mut self, hash: u64, row: R) -> usize {
        let index = self.rows.len();
        self.rows.push(row);
        let keys = R::keys(&self.rows);
        self.index
            .insert_unique(spread(hash), index, |&row| hash_at::<R>(keys, row));
        index
    }
}

fn hash_at<R: Keyed>(keys: &KeyColumn<R>, row: usize) -> u64 {
    spread(R::Key::hash_held(keys.at(row)))
}

/// The hash as the index uses it. All keys of a shard have the same remainder; in the lower bits,
/// where the index looks first, they are to differ.
fn spread(hash: u64) -> u64 {
    hash.rotate_left(32)
}

impl<R: Keyed> Default for RowStore<R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R: Keyed> Clone for RowStore<R> {
    fn clone(&self) -> Self {
        Self {
            rows: self.rows.clone(),
            index: self.index.clone(),
        }
    }
}

impl<R: Keyed> fmt::Debug for RowStore<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<R: Keyed> Extend<R> for RowStore<R> {
    /// [Adds](Self::add) the rows.
    fn extend<I: IntoIterator<Item = R>>(&mut self, rows: I) {
        rows.into_iter().for_each(|row| {
            self.add(row);
        });
    }
}

impl<R: Keyed> FromIterator<R> for RowStore<R> {
    /// [Adds](Self::add) the rows.
    fn from_iter<I: IntoIterator<Item = R>>(rows: I) -> Self {
        let mut store = Self::new();
        store.extend(rows);
        store
    }
}

impl<'a, R: Keyed> IntoIterator for &'a RowStore<R> {
    type Item = <R::Columns as Columns>::View<'a>;
    type IntoIter = Iter<'a, R::Columns>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
