//! Belady's MIN against every possible way to run a cache.

use std::collections::HashMap;

use proptest::prelude::*;

use super::{misses, skewed};
use crate::eviction::{Belady, EvictionPolicy, NextUses};

/// The fewest misses that any policy can have, by trying all: which sets of objects can be resident
/// after each request, and at what price. Objects are below 16 and of one size.
fn fewest_misses(objects: &[u64], capacity: u32) -> usize {
    let mut states = HashMap::from([(0_u32, 0_usize)]);
    for object in objects {
        let this = 1_u32 << object;
        let mut next = HashMap::new();
        let mut reach = |set: u32, misses: usize| {
            let best = next.entry(set).or_insert(usize::MAX);
            *best = misses.min(*best);
        };
        for (set, misses) in states {
            if set & this != 0 {
                reach(set, misses);
                continue;
            }
            reach(set, misses + 1);
            if set.count_ones() < capacity {
                reach(set | this, misses + 1);
            }
            for other in (0..16).map(|o| 1_u32 << o).filter(|o| set & o != 0) {
                reach(set & !other | this, misses + 1);
            }
        }
        states = next;
    }
    states.into_values().min().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn belady_has_the_fewest_misses_there_can_be(
        objects in prop::collection::vec(0..7_u64, 1..24),
        capacity in 1..5_u32,
    ) {
        let mut belady = Belady::new(u64::from(capacity), NextUses::of(objects.iter().copied()));
        prop_assert_eq!(misses(&mut belady, &objects), fewest_misses(&objects, capacity));
    }

    #[test]
    fn no_online_policy_beats_belady(objects in skewed(40, 400), capacity in 1..40_u64) {
        let mut belady = Belady::new(capacity, NextUses::of(objects.iter().copied()));
        let best = misses(&mut belady, &objects);
        for policy in EvictionPolicy::ALL.into_iter().filter(|p| !p.needs_future()) {
            let misses = misses(policy.build(capacity).unwrap().as_mut(), &objects);
            prop_assert!(misses >= best, "{policy} misses {misses}, belady {best}");
        }
    }
}
