//! Adaptive: policies vote on what is held, and those that would have missed fewer bytes so far count
//! more.
//!
//! Several policies run beside each other over the same requests, without data. A resident object has
//! the weights of those that hold it too, and what has the least leaves first, of equals what has not been
//! asked for, nor changed hands, for longest: N. Littlestone, M. K. Warmuth: "The weighted majority algorithm", Information and Computation
//! 108(2), 1994; R. B. Gramacy, M. K. Warmuth, S. A. Brandt, I. Ari: "Adaptive caching by refetching",
//! NIPS 2002. Segments are few, so keeping six lists of them costs next to nothing.
//!
//! When weights change, nothing moves by itself: what is wanted now comes in when it is next asked for,
//! and what isn't leaves when room is needed.

use std::collections::BTreeMap;

use super::{
    Access, Eviction, Lhd, Lirs, S3Fifo, Sieve, WTinyLfu, checked_budget, map::Map, queue::Queue,
};
use crate::trace::Request;

/// Holds what the policies hold that did best so far, out of S3-FIFO, LIRS, W-TinyLFU, SIEVE, and LHD
/// by the mean and by the last times between requests.
///
/// This is the default: no single order is good at dashboards, reports, look-ups and scans alike.
///
/// ```
/// use thermocline_policy::eviction::{Adaptive, Access, Eviction, Lru};
/// use thermocline_policy::{Timestamp, trace::Request};
///
/// // A report reads twelve segments every hour, and there is room for nine.
/// let hits = |cache: &mut dyn Eviction| {
///     (0..1_200).filter(|n| {
///         let hour = Timestamp(n / 12 * 3_600_000_000);
///         let request = Request::new(n.unsigned_abs() % 12, 100).at(hour);
///         cache.access(&request, &mut Vec::new()) == Access::Hit
///     })
///     .count()
/// };
/// assert_eq!(hits(&mut Lru::new(900)), 0);
/// assert!(hits(&mut Adaptive::new(900)) > 700);
/// ```
#[derive(Debug)]
pub struct Adaptive {
    budget: u64,
    experts: Vec<Expert>,
    /// What is resident by who holds it too, each by recency.
    resident: BTreeMap<Holders, Queue<()>>,
    /// Of each resident object, who holds it too.
    holders: Map<Holders>,
    bytes: u64,
    /// What a policy let go of; only its memory is used again.
    released: Vec<u64>,
}

/// A set of policies: the lowest bit stands for the first.
type Holders = u32;

#[derive(Debug)]
struct Expert {
    cache: Box<dyn Eviction>,
    /// Missed bytes, in budgets; old ones fade.
    loss: f64,
}

impl Adaptive {
    /// A policy that has missed so many budgets more than the best counts e times less.
    ///
    /// A small number follows the workload sooner; with a large one the policies make up for each
    /// other's mistakes.
    pub const SCALE_BUDGETS: f64 = 0.5;
    /// A miss counts half after so many budgets were requested.
    pub const HALF_LIFE_BUDGETS: f64 = 1_000.0;

    /// Under a budget in bytes.
    #[must_use]
    pub fn new(budget: u64) -> Self {
        let experts: [Box<dyn Eviction>; 6] = [
            Box::new(S3Fifo::new(budget)),
            Box::new(Lirs::new(budget)),
            // By itself it is worse than with the default's settings, but the votes are better.
            Box::new(WTinyLfu::new(budget).with_narrow_window().against_all()),
            Box::new(Sieve::new(budget)),
            Box::new(Lhd::new(budget)),
            Box::new(Lhd::new(budget).by_last_gaps()),
        ];
        let experts = experts.map(|cache| Expert { cache, loss: 0.0 });
        Self {
            budget: checked_budget(budget),
            experts: experts.into(),
            resident: BTreeMap::new(),
            holders: Map::default(),
            bytes: 0,
            released: Vec::new(),
        }
    }

    /// Shows the request to every policy, and counts what each misses. Returns who holds the object now.
    fn ask(&mut self, request: &Request) -> Holders {
        let budgets = request.bytes as f64 / self.budget.max(1) as f64;
        let fade = (-budgets / Self::HALF_LIFE_BUDGETS).exp2();
        let mut released = std::mem::take(&mut self.released);
        let mut holders = 0;
        let mut bit = 1;
        for n in 0..self.experts.len() {
            let Some(expert) = self.experts.get_mut(n) else {
                break;
            };
            let missed = expert.cache.access(request, &mut released) != Access::Hit;
            expert.loss = expert.loss * fade + if missed { budgets } else { 0.0 };
            if expert.cache.contains(request.object) {
                holders |= bit;
            }
            for object in released.drain(..) {
                if let Some(before) = self.holders.get(&object) {
                    self.regroup(object, before & !bit);
                }
            }
            bit <<= 1;
        }
        self.released = released;
        holders
    }

    /// These hold the object from now on; false if it isn't resident.
    fn regroup(&mut self, object: u64, holders: Holders) -> bool {
        let Some(entry) = self.take(object) else {
            return false;
        };
        self.put(object, entry, holders);
        true
    }

    fn put(&mut self, object: u64, bytes: u64, holders: Holders) {
        self.holders.insert(object, holders);
        let group = self.resident.entry(holders).or_default();
        group.push(object, bytes, ());
        self.bytes += bytes;
    }

    /// Takes a resident object; returns its bytes.
    fn take(&mut self, object: u64) -> Option<u64> {
        let holders = self.holders.remove(&object)?;
        let bytes = self.resident.get_mut(&holders)?.remove(object)?.bytes;
        self.bytes -= bytes;
        Some(bytes)
    }

    /// What the votes of these policies weigh.
    fn weight(&self, holders: Holders) -> f64 {
        let losses = self.experts.iter().map(|expert| expert.loss);
        let least = losses.clone().fold(f64::INFINITY, f64::min);
        let weights = losses.map(|loss| ((least - loss) / Self::SCALE_BUDGETS).exp());
        let votes = weights.enumerate().filter(|(n, _)| holders >> n & 1 == 1);
        votes.map(|(_, weight)| weight).sum()
    }

    /// The groups that may leave for an object of this weight, the lightest first; `None` if they have
    /// too few bytes.
    fn lightest(&self, bytes: u64, weight: f64) -> Option<Vec<Holders>> {
        let mut room = self.budget - self.bytes;
        let mut groups: Vec<(f64, Holders)> = Vec::new();
        for (holders, group) in &self.resident {
            let weighs = self.weight(*holders);
            if !group.is_empty() && weighs <= weight {
                room += group.bytes();
                groups.push((weighs, *holders));
            }
        }
        groups.sort_by(|a, b| a.0.total_cmp(&b.0));
        (bytes <= room).then(|| groups.into_iter().map(|(_, holders)| holders).collect())
    }
}

impl Eviction for Adaptive {
    fn access(&mut self, request: &Request, evicted: &mut Vec<u64>) -> Access {
        let (object, bytes) = (request.object, request.bytes);
        let holders = self.ask(request);
        if self.regroup(object, holders) {
            return Access::Hit;
        }
        let Some(groups) = self.lightest(bytes, self.weight(holders)) else {
            return Access::Bypassed;
        };
        for group in groups {
            while self.bytes + bytes > self.budget {
                let oldest = self.resident.get(&group).and_then(Queue::oldest);
                let Some(victim) = oldest.map(|entry| entry.object) else {
                    break;
                };
                self.take(victim);
                evicted.push(victim);
            }
        }
        self.put(object, bytes, holders);
        Access::Admitted
    }

    fn remove(&mut self, object: u64) -> bool {
        for expert in &mut self.experts {
            expert.cache.remove(object);
        }
        self.take(object).is_some()
    }

    fn contains(&self, object: u64) -> bool {
        self.holders.contains_key(&object)
    }

    fn used_bytes(&self) -> u64 {
        self.bytes
    }

    fn budget_bytes(&self) -> u64 {
        self.budget
    }
}
