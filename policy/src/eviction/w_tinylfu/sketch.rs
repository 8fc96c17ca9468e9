//! How often each object was asked for lately, estimated in little memory.
//!
//! A count-min sketch (G. Cormode, S. Muthukrishnan: "An improved data stream summary", Journal of
//! Algorithms 55(1), 2005) with counters up to 15 and conservative update, aged as in TinyLFU
//! (G. Einziger, R. Friedman, B. Manes, ACM Transactions on Storage 13(4), 2017): after a number of
//! additions, all counters are halved.

use super::{Frequencies, Occasion};

/// Counters in four rows; an object has one counter in each, and its estimate is the least of them.
#[derive(Debug)]
pub(in crate::eviction) struct Sketch {
    rows: [Vec<u8>; 4],
    /// Of objects that the sketch is made for.
    capacity: usize,
    /// Since the last halving.
    additions: usize,
}

const MAX_COUNT: u8 = 15;
/// Counters of a row for each object.
const WIDTH: usize = 4;
/// The sketch is aged after so many additions for each object.
const SAMPLES: usize = 10;
/// A multiplier for each row (odd, from the fractional digits of π).
const SEEDS: [u64; 4] = [
    0x243f_6a88_85a3_08d3,
    0x1319_8a2e_0370_7345,
    0xa409_3822_299f_31d1,
    0x082e_fa98_ec4e_6c89,
];

impl Sketch {
    pub(in crate::eviction) fn new() -> Self {
        const FIRST: usize = 64;
        Self {
            rows: std::array::from_fn(|_| vec![0; FIRST * WIDTH]),
            capacity: FIRST,
            additions: 0,
        }
    }

    /// Counts one access.
    pub(in crate::eviction) fn add(&mut self, object: u64) {
        let least = self.least(object);
        if least < MAX_COUNT {
            for (row, seed) in self.rows.iter_mut().zip(SEEDS) {
                let place = place(object, seed, row.len());
                if let Some(count) = row.get_mut(place)
                    && *count == least
                {
                    *count += 1;
                }
            }
        }
        self.additions += 1;
        if self.additions >= self.capacity * SAMPLES {
            self.age();
        }
    }

    /// At least the number of accesses (up to 15), as far as they weren't aged away.
    fn least(&self, object: u64) -> u8 {
        let counts = self
            .rows
            .iter()
            .zip(SEEDS)
            .filter_map(|(row, seed)| row.get(place(object, seed, row.len())).copied());
        counts.min().unwrap_or(0)
    }

    fn age(&mut self) {
        self.additions /= 2;
        for count in self.rows.iter_mut().flatten() {
            *count /= 2;
        }
    }
}

impl Frequencies for Sketch {
    fn count(&mut self, object: u64, occasion: Occasion) {
        if occasion != Occasion::LeftWindow {
            self.add(object);
        }
    }

    fn estimate(&self, object: u64) -> u64 {
        self.least(object).into()
    }

    /// Estimates stay as they are.
    fn make_room(&mut self, objects: usize) {
        while self.capacity < objects {
            self.capacity *= 2;
            for row in &mut self.rows {
                // A counter's place has one more bit now, which may be 0 or 1.
                row.extend_from_within(..);
            }
        }
    }
}

/// The object's counter in a row whose length is a power of two.
fn place(object: u64, seed: u64, len: usize) -> usize {
    let mut hash = object.wrapping_add(1).wrapping_mul(seed);
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(seed);
    hash ^= hash >> 29;
    let mask = len.wrapping_sub(1) as u64;
    usize::try_from(hash & mask).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn estimates_are_never_below_the_count(objects in prop::collection::vec(0..200_u64, 0..600)) {
            let mut sketch = Sketch::new();
            let mut counts = BTreeMap::new();
            for (n, object) in objects.into_iter().enumerate() {
                sketch.make_room(n / 4);
                sketch.add(object);
                let count = counts.entry(object).or_insert(0_u64);
                *count = u64::from(MAX_COUNT).min(*count + 1);
                prop_assert!(sketch.estimate(object) >= *count);
            }
            for (object, count) in counts {
                prop_assert!(sketch.estimate(object) >= count);
            }
        }
    }

    #[test]
    fn few_objects_are_counted_exactly_and_strangers_are_at_zero() {
        let mut sketch = Sketch::new();
        for object in 0..40_u64 {
            for _ in 0..object % 16 {
                sketch.add(object);
            }
        }
        let wrong = (0..40).filter(|o| sketch.estimate(*o) != o % 16).count();
        let strange = (1_000..1_100).filter(|o| sketch.estimate(*o) > 0).count();
        assert_eq!((wrong, strange), (0, 0));
    }

    #[test]
    fn ageing_halves_every_count() {
        let mut sketch = Sketch::new();
        for _ in 0..9 {
            sketch.add(7);
        }
        for object in 1_000..1_000 + 64 * 10 - 10 {
            sketch.add(object);
        }
        assert_eq!(sketch.estimate(7), 9);
        sketch.add(7);
        assert_eq!(sketch.estimate(7), 5, "ten, halved");
    }
}
