//! Rows in several parts, each with a lock of its own.

use std::fmt;

use parking_lot::RwLock;

use super::{AlreadyPresent, Key, Keyed, RowStore};

/// Rows in memory, found by their key, for several threads at once. `OrderShards` of
/// `#[derive(SoAStore)]` is this store for `Order`.
///
/// The rows are in shards, each of which is a [`RowStore`] with a lock of its own. All methods take
/// `&self`; threads that write rows of different shards don't wait for each other.
///
/// # Which shard
///
/// The shard of a key is the remainder of its [hash](Key::hash) by the number of shards. The hash is
/// XXH3 (64 bits, seed 0), which is specified and doesn't change, so a key has the same shard in
/// every process and on every machine: with 16 shards, the `u64` 7 is in shard 15.
pub struct ShardedStore<R: Keyed> {
    shards: Box<[RwLock<RowStore<R>>]>,
}

/// Where a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// The shard, counted from 0.
    pub shard: usize,
    /// The row in the shard, counted from 0. It holds until a row of the shard is removed.
    pub row: usize,
}

impl<R: Keyed> ShardedStore<R> {
    /// No rows, in as many shards as the struct says.
    #[must_use]
    pub fn new() -> Self {
        Self::with_shards(R::SHARDS)
    }

    /// No rows, in so many shards, at least one.
    #[must_use]
    pub fn with_shards(shards: usize) -> Self {
        Self {
            shards: (0..shards.max(1)).map(|_| RwLock::default()).collect(),
        }
    }

    /// The number of shards.
    #[must_use]
    pub fn shards(&self) -> usize {
        self.shards.len()
    }

    /// The shard of a key.
    #[must_use]
    pub fn shard_of(&self, key: &<R::Key as Key>::Borrowed) -> usize {
        self.index(R::Key::hash(key))
    }

    /// Adds a row, or, if its key is there, puts it in the place of the row with that key.
    pub fn add(&self, row: R) -> Position {
        let hash = R::Key::hash(row.key().borrowed());
        Position {
            shard: self.index(hash),
            row: self.shard(hash).write().add_hashed(hash, row),
        }
    }

    /// [Adds](Self::add) rows in their order, with one lock a shard, and gives their positions.
    ///
    /// Others may see some of the rows before the last is added.
    pub fn add_batch(&self, rows: impl IntoIterator<Item = R>) -> Vec<Position> {
        let mut parts: Vec<Vec<(usize, u64, R)>> = Vec::new();
        parts.resize_with(self.shards.len(), Vec::new);
        let mut positions = Vec::new();
        for (place, row) in rows.into_iter().enumerate() {
            let hash = R::Key::hash(row.key().borrowed());
            let shard = self.index(hash);
            positions.push(Position { shard, row: 0 });
            if let Some(part) = parts.get_mut(shard) {
                part.push((place, hash, row));
            }
        }
        for (shard, part) in self.shards.iter().zip(parts) {
            if part.is_empty() {
                continue;
            }
            let mut shard = shard.write();
            shard.reserve(part.len());
            for (place, hash, row) in part {
                let row = shard.add_hashed(hash, row);
                if let Some(position) = positions.get_mut(place) {
                    position.row = row;
                }
            }
        }
        positions
    }

    /// Adds a row.
    ///
    /// # Errors
    ///
    /// [`AlreadyPresent`], with the row, if its key is there.
    pub fn insert(&self, row: R) -> Result<Position, AlreadyPresent<R>> {
        let hash = R::Key::hash(row.key().borrowed());
        Ok(Position {
            shard: self.index(hash),
            row: self.shard(hash).write().insert_hashed(hash, row)?,
        })
    }

    /// Removes the row with this key and gives it back. The last row of its shard takes its place.
    pub fn remove(&self, key: &<R::Key as Key>::Borrowed) -> Option<R> {
        self.shard(R::Key::hash(key)).write().remove(key)
    }

    /// A copy of the row with this key.
    #[must_use]
    pub fn get(&self, key: &<R::Key as Key>::Borrowed) -> Option<R> {
        self.shard(R::Key::hash(key)).read().get(key)
    }

    /// Whether there is a row with this key.
    #[must_use]
    pub fn contains(&self, key: &<R::Key as Key>::Borrowed) -> bool {
        self.shard(R::Key::hash(key)).read().contains(key)
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().len()).sum()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shards.iter().all(|shard| shard.read().is_empty())
    }

    /// The rows of each shard as columns, all as of one moment.
    ///
    /// Numbers, texts and bytes are shared, not copied; the next writer to a shard copies the
    /// columns of that shard, if they are still held.
    #[must_use]
    pub fn kernels(&self) -> Vec<R::Columns> {
        // Every lock is taken before the first is let go.
        let locked: Vec<_> = self.shards.iter().map(RwLock::read).collect();
        locked.iter().map(|shard| shard.kernel().clone()).collect()
    }

    /// The bytes that the columns and the indices take, room for more rows included.
    #[must_use]
    pub fn memory_size(&self) -> usize {
        self.shards
            .iter()
            .map(|shard| shard.read().memory_size())
            .sum()
    }

    fn index(&self, hash: u64) -> usize {
        let remainder = hash.checked_rem(self.shards.len() as u64);
        remainder
            .and_then(|shard| usize::try_from(shard).ok())
            .unwrap_or(0)
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "there is a shard, and a remainder is less than what was divided by"
    )]
    fn shard(&self, hash: u64) -> &RwLock<RowStore<R>> {
        &self.shards[self.index(hash)]
    }
}

impl<R: Keyed> Default for ShardedStore<R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R: Keyed> fmt::Debug for ShardedStore<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<_> = self.shards.iter().map(|shard| shard.read().len()).collect();
        f.debug_struct("ShardedStore").field("rows", &rows).finish()
    }
}
