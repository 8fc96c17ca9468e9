//! The policies against slow and obvious versions of their papers' pseudo-code, and against what
//! must hold for all of them.

mod learned;
mod models;
mod optimal;
mod promises;
mod textbook;
mod w_tinylfu;

use super::{Access, Eviction};
use crate::trace::Request;

/// The hits of a trace of objects of one size.
fn hits(policy: &mut dyn Eviction, objects: &[u64], bytes: u64) -> Vec<bool> {
    let mut evicted = Vec::new();
    objects
        .iter()
        .map(|object| policy.access(&Request::new(*object, bytes), &mut evicted) == Access::Hit)
        .collect()
}

fn misses(policy: &mut dyn Eviction, objects: &[u64]) -> usize {
    let hits = hits(policy, objects, 1);
    hits.into_iter().filter(|hit| !hit).count()
}

/// Objects below `objects`, the low ones more often; now and then a scan of new ones.
fn skewed(objects: u64, length: usize) -> impl proptest::strategy::Strategy<Value = Vec<u64>> {
    use proptest::prelude::*;
    let one = prop_oneof![
        6 => (0..objects).prop_map(move |x| vec![x * x / objects]),
        3 => (0..objects).prop_map(|x| vec![x]),
        1 => (0..objects, 1..8_u64).prop_map(move |(x, n)| (objects + x..objects + x + n).collect()),
    ];
    prop::collection::vec(one, 1..length).prop_map(|runs| runs.concat())
}
