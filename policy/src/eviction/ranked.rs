//! Objects by rank: the lowest in O(log n).

use std::collections::BTreeSet;

use super::map::Map;

/// Objects with their bytes and a rank; of equal ranks the smaller object identifier is lower.
#[derive(Debug)]
pub(super) struct Ranked<R> {
    places: Map<(R, u64)>,
    order: BTreeSet<(R, u64)>,
    bytes: u64,
}

impl<R> Default for Ranked<R> {
    fn default() -> Self {
        Self {
            places: Map::default(),
            order: BTreeSet::new(),
            bytes: 0,
        }
    }
}

impl<R: Copy + Ord> Ranked<R> {
    /// The sum of the objects' bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn contains(&self, object: u64) -> bool {
        self.places.contains_key(&object)
    }

    /// The object's rank and bytes.
    pub(super) fn get(&self, object: u64) -> Option<(R, u64)> {
        self.places.get(&object).copied()
    }

    /// Adds the object, or gives it another rank and size.
    pub(super) fn insert(&mut self, object: u64, bytes: u64, rank: R) {
        self.remove(object);
        self.places.insert(object, (rank, bytes));
        self.order.insert((rank, object));
        self.bytes += bytes;
    }

    /// Takes the object; returns its rank and bytes.
    pub(super) fn remove(&mut self, object: u64) -> Option<(R, u64)> {
        let (rank, bytes) = self.places.remove(&object)?;
        self.order.remove(&(rank, object));
        self.bytes -= bytes;
        Some((rank, bytes))
    }

    /// Takes the object of the lowest rank.
    pub(super) fn pop_lowest(&mut self) -> Option<(u64, R)> {
        let (_, object) = *self.order.first()?;
        self.remove(object).map(|(rank, _)| (object, rank))
    }

    /// The objects from the lowest rank up, each with its rank and bytes.
    pub(super) fn lowest_first(&self) -> impl Iterator<Item = (u64, R, u64)> {
        self.order.iter().map(|(rank, object)| {
            let bytes = self.places.get(object).map_or(0, |(_, bytes)| *bytes);
            (*object, *rank, bytes)
        })
    }
}

/// A number as a rank, with the time of the last access to part equal ones: the older is lower.
#[derive(Debug, Clone, Copy)]
pub(super) struct Score {
    pub(super) value: f64,
    pub(super) tick: u64,
}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.value.total_cmp(&other.value)).then(self.tick.cmp(&other.tick))
    }
}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Score {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Score {}
