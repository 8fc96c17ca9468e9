//! What a replay comes to.

use serde::Serialize;

use crate::eviction::EvictionPolicy;

/// How a policy did under a budget.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Outcome {
    /// The policy.
    pub policy: EvictionPolicy,
    /// Its budget.
    pub budget_bytes: u64,
    /// Requests of the trace.
    pub requests: u64,
    /// Requests whose object was resident.
    pub hits: u64,
    /// The share of requests whose object was not; 0 for a trace without requests.
    pub request_miss_ratio: f64,
    /// Bytes that were requested, and those of them that were not resident.
    pub bytes_requested: u64,
    /// Requested bytes that were not resident.
    pub bytes_missed: u64,
    /// The share of requested bytes that were not resident; 0 if no byte was requested.
    pub byte_miss_ratio: f64,
    /// Bytes of objects that were admitted, each time they were: what would have been moved up.
    pub bytes_moved: u64,
    /// Missed requests for each that Belady missed under the same budget, if Belady was replayed; 1 if
    /// neither missed any, and `None` if only Belady missed none.
    pub request_misses_to_belady: Option<f64>,
    /// The same for missed bytes. For objects of different sizes it can be below 1, because Belady is
    /// then no bound.
    pub byte_misses_to_belady: Option<f64>,
    /// What it would have cost, if there is a price list.
    pub money: Option<Money>,
}

/// A sum of money, in the currency of the price list.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Money {
    /// For what was resident, as long as it was, by the times of the trace.
    pub storage: f64,
    /// For requests to the slower tier.
    pub requests: f64,
    /// For bytes read from the slower tier.
    pub reads: f64,
    /// All together.
    pub total: f64,
}

impl Outcome {
    /// Compares with Belady under the same budget.
    pub(super) fn compare(&mut self, belady: &Self) {
        self.request_misses_to_belady =
            distance(self.requests - self.hits, belady.requests - belady.hits);
        self.byte_misses_to_belady = distance(self.bytes_missed, belady.bytes_missed);
    }
}

fn distance(own: u64, best: u64) -> Option<f64> {
    match (own, best) {
        (0, 0) => Some(1.0),
        (_, 0) => None,
        (own, best) => Some(own as f64 / best as f64),
    }
}
