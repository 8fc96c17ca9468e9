//! LFU with decay: the object with the fewest accesses leaves, where old accesses count less.
//!
//! D. Lee, J. Choi, J.-H. Kim, S. H. Noh, S. L. Min, Y. Cho, C. S. Kim: "LRFU: a spectrum of policies
//! that subsumes the least recently used and least frequently used policies", IEEE Transactions on
//! Computers 50(12), 2001.
//!
//! An access counts 1, and half of that after one half-life. The paper's clock counts requests; ours
//! counts requested bytes in budgets, so that one half-life suits every budget and object size (with
//! objects of one size both are the same clock). All counts fade at the same rate, so the order of
//! two objects changes only by an access: what is stored is log₂(count) + time in half-lives, which
//! time doesn't change.

use super::{
    Access, Eviction, checked_budget,
    ranked::{Ranked, Score},
};
use crate::trace::Request;

/// Least frequently used, with exponential decay.
#[derive(Debug)]
pub struct Lfu {
    budget: u64,
    half_life: f64,
    objects: Ranked<Score>,
    /// Requested bytes, in budgets.
    clock: f64,
    tick: u64,
}

impl Lfu {
    /// The half-life of an access, unless it is set: until so many budgets have been requested.
    ///
    /// A short one forgets quickly and is near to LRU, a long one is slow to notice that something
    /// is no longer wanted.
    pub const DEFAULT_HALF_LIFE: f64 = 8.0;

    /// Under a budget in bytes, with the default half-life.
    #[must_use]
    pub fn new(budget: u64) -> Self {
        Self {
            budget: checked_budget(budget),
            half_life: Self::DEFAULT_HALF_LIFE,
            objects: Ranked::default(),
            clock: 0.0,
            tick: 0,
        }
    }

    /// Without decay: all accesses since the object was admitted count the same.
    #[must_use]
    pub fn without_decay(self) -> Self {
        Self {
            half_life: f64::INFINITY,
            ..self
        }
    }

    /// The score of an object that is accessed now.
    fn score(&self, before: Option<Score>) -> Score {
        let now = self.clock / self.half_life;
        let earlier = before.map_or(0.0, |score| (score.value - now).exp2());
        Score {
            value: (1.0 + earlier).log2() + now,
            tick: self.tick,
        }
    }
}

impl Eviction for Lfu {
    fn access(&mut self, request: &Request, evicted: &mut Vec<u64>) -> Access {
        self.tick += 1;
        self.clock += request.bytes as f64 / self.budget.max(1) as f64;
        if let Some((score, bytes)) = self.objects.get(request.object) {
            let score = self.score(Some(score));
            self.objects.insert(request.object, bytes, score);
            return Access::Hit;
        }
        if request.bytes > self.budget {
            return Access::Bypassed;
        }
        while self.objects.bytes() + request.bytes > self.budget {
            let Some((victim, _)) = self.objects.pop_lowest() else {
                break;
            };
            evicted.push(victim);
        }
        let score = self.score(None);
        self.objects.insert(request.object, request.bytes, score);
        Access::Admitted
    }

    fn remove(&mut self, object: u64) -> bool {
        self.objects.remove(object).is_some()
    }

    fn contains(&self, object: u64) -> bool {
        self.objects.contains(object)
    }

    fn used_bytes(&self) -> u64 {
        self.objects.bytes()
    }

    fn budget_bytes(&self) -> u64 {
        self.budget
    }
}
