//! Requests in, one after the other, to every policy and budget.

use super::{Outcome, Prices, Summary, as_float, saturating};
use crate::{
    Result, Timestamp,
    error::{Cause, Error},
    eviction::{Access, Belady, Eviction, EvictionPolicy, Gdsf},
    trace::Request,
};

/// Policies under budgets, side by side over one trace.
#[derive(Debug, Default)]
pub struct Simulation {
    lanes: Vec<Lane>,
    prices: Option<Prices>,
    requests: u64,
    bytes: u128,
    now: Option<Timestamp>,
    /// Objects that left; only its memory is used again.
    evicted: Vec<u64>,
}

#[derive(Debug)]
struct Lane {
    policy: EvictionPolicy,
    budget: u64,
    cache: Box<dyn Eviction>,
    hits: u64,
    missed_bytes: u128,
    moved_bytes: u128,
    byte_micros: f64,
}

impl Simulation {
    /// Without policies yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts money by a price list. The policies that are added from now on which know costs (GDSF)
    /// go by it too, if misses aren't free.
    #[must_use]
    pub fn with_prices(self, prices: Prices) -> Self {
        Self {
            prices: Some(prices),
            ..self
        }
    }

    /// Adds a policy under a budget in bytes, for the trace of this summary.
    ///
    /// # Errors
    ///
    /// For Belady, if the summary has no future (see [`Survey::with_future`](super::Survey::with_future)).
    pub fn add(&mut self, policy: EvictionPolicy, budget: u64, trace: &Summary) -> Result<()> {
        let miss_cost = self.prices.as_ref().and_then(Prices::miss_cost);
        let cache: Box<dyn Eviction> = match (policy, miss_cost) {
            (EvictionPolicy::Belady, _) => {
                let future = trace.future.clone();
                let future = future.ok_or_else(|| Error::from(Cause::NeedsFuture))?;
                Box::new(Belady::new(budget, future))
            }
            (EvictionPolicy::Gdsf, Some(cost)) => Box::new(Gdsf::new(budget).with_cost(cost)),
            _ => policy.build(budget)?,
        };
        self.lanes.push(Lane {
            policy,
            budget,
            cache,
            hits: 0,
            missed_bytes: 0,
            moved_bytes: 0,
            byte_micros: 0.0,
        });
        Ok(())
    }

    /// The next request of the trace.
    pub fn push(&mut self, request: &Request) {
        self.requests += 1;
        self.bytes += u128::from(request.bytes);
        // A clock that jumps backwards stands still until it is where it was.
        let before = self.now.unwrap_or(request.time);
        let now = before.max(request.time);
        self.now = Some(now);
        let passed = as_float((i128::from(now.0) - i128::from(before.0)).unsigned_abs());
        for lane in &mut self.lanes {
            lane.byte_micros += passed * lane.cache.used_bytes() as f64;
            self.evicted.clear();
            match lane.cache.access(request, &mut self.evicted) {
                Access::Hit => {
                    lane.hits += 1;
                    continue;
                }
                Access::Admitted => lane.moved_bytes += u128::from(request.bytes),
                Access::Bypassed => {}
            }
            lane.missed_bytes += u128::from(request.bytes);
        }
    }

    /// The trace is over: the outcomes, in the order in which policies were added.
    #[must_use]
    pub fn finish(self) -> Vec<Outcome> {
        let mut outcomes: Vec<Outcome> = self.lanes.iter().map(|lane| self.outcome(lane)).collect();
        let belady: Vec<Outcome> = outcomes
            .iter()
            .filter(|outcome| outcome.policy == EvictionPolicy::Belady)
            .cloned()
            .collect();
        for outcome in &mut outcomes {
            let budget = outcome.budget_bytes;
            if let Some(belady) = belady.iter().find(|b| b.budget_bytes == budget) {
                outcome.compare(belady);
            }
        }
        outcomes
    }

    fn outcome(&self, lane: &Lane) -> Outcome {
        let misses = self.requests - lane.hits;
        let money = |prices: Prices| prices.money(lane.byte_micros, misses, lane.missed_bytes);
        Outcome {
            policy: lane.policy,
            budget_bytes: lane.budget,
            requests: self.requests,
            hits: lane.hits,
            request_miss_ratio: ratio(misses.into(), self.requests.into()),
            bytes_requested: saturating(self.bytes),
            bytes_missed: saturating(lane.missed_bytes),
            byte_miss_ratio: ratio(lane.missed_bytes, self.bytes),
            bytes_moved: saturating(lane.moved_bytes),
            request_misses_to_belady: None,
            byte_misses_to_belady: None,
            money: self.prices.map(money),
        }
    }
}

fn ratio(part: u128, whole: u128) -> f64 {
    if whole == 0 {
        0.0
    } else {
        as_float(part) / as_float(whole)
    }
}
