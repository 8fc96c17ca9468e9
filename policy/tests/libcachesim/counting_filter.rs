//! How libCacheSim's W-TinyLFU counts: a counting Bloom filter.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a length is rounded to an integer, and half of a hash is used"
)]

use std::collections::HashMap;

use thermocline_policy::eviction::{Frequencies, Occasion};
use twox_hash::XxHash64;

/// Counters of a filter that is right for 999 of 1,000 strangers: ln 1,000 / ln² 2 for each object.
const COUNTERS_AN_OBJECT: f64 = 14.377_587_519_552_9;
/// Of those, an object has so many.
const HASHES: u32 = 10;
const SEEDS: [u64; 2] = [0x1234_5678, 0x1234_4321];

/// It is made for as many objects as the main part has bytes, so for objects of one byte it has two or
/// three counters for each that is asked for, and most estimates are too high; else it is exact.
///
/// It counts an object that comes in, that is hit in the main part, and that leaves the window; but not
/// what is hit in the window. After 32 hits for each byte of the main part, all counters are halved.
#[derive(Debug)]
pub(crate) struct CountingFilter {
    /// Those that aren't zero: there may be as many as bytes.
    counters: HashMap<u32, u64>,
    len: u32,
    hits: u64,
    hits_to_halve: u64,
}

impl CountingFilter {
    /// For a main part of so many bytes.
    pub(crate) fn new(bytes: u64) -> Self {
        let len = (COUNTERS_AN_OBJECT * bytes as f64).ceil();
        Self {
            counters: HashMap::new(),
            len: len.min(i32::MAX.into()) as u32,
            hits: 0,
            hits_to_halve: 32 * bytes,
        }
    }

    /// An object's counters; where two are one, it counts twice.
    fn places(&self, object: u64) -> impl Iterator<Item = u32> + use<> {
        let [first, step] = SEEDS.map(|seed| XxHash64::oneshot(seed, &object.to_le_bytes()) as u32);
        let len = self.len;
        (0..HASHES).map(move |n| first.wrapping_add(n.wrapping_mul(step)) % len)
    }
}

impl Frequencies for CountingFilter {
    fn count(&mut self, object: u64, occasion: Occasion) {
        if occasion == Occasion::WindowHit {
            return;
        }
        for place in self.places(object) {
            *self.counters.entry(place).or_default() += 1;
        }
        if occasion == Occasion::MainHit {
            self.hits += 1;
        }
        if self.hits >= self.hits_to_halve {
            self.hits = 0;
            self.counters.values_mut().for_each(|count| *count /= 2);
        }
    }

    fn estimate(&self, object: u64) -> u64 {
        let counts = self.places(object).map(|place| self.counters.get(&place));
        counts
            .map(|count| count.copied().unwrap_or(0))
            .min()
            .unwrap_or(0)
    }

    fn make_room(&mut self, _objects: usize) {}
}
