//! SIEVE: like CLOCK, but survivors stay in their place, so that new objects are sieved quickly.
//!
//! Y. Zhang, J. Yang, Y. Yue, Y. Vigfusson, K. V. Rashmi: "SIEVE is simpler than LRU: an efficient
//! turn-key eviction algorithm for web caches", NSDI 2024.

use super::{Access, Eviction, checked_budget, queue::Queue};
use crate::trace::Request;

/// SIEVE: a queue in order of arrival, a bit for each object, and a hand that moves from the oldest
/// object towards the newest.
#[derive(Debug)]
pub struct Sieve {
    budget: u64,
    /// The value is the paper's `visited`.
    queue: Queue<bool>,
    /// Where the next search begins; at the oldest object if there is none.
    hand: Option<u64>,
}

impl Sieve {
    /// Under a budget in bytes.
    #[must_use]
    pub fn new(budget: u64) -> Self {
        Self {
            budget: checked_budget(budget),
            queue: Queue::default(),
            hand: None,
        }
    }

    fn evict(&mut self) -> Option<u64> {
        loop {
            let at = match self.hand {
                Some(object) => object,
                None => self.queue.oldest()?.object,
            };
            let next = self.queue.newer_than(at).map(|entry| entry.object);
            self.hand = next;
            match self.queue.value_mut(at) {
                Some(visited) if *visited => *visited = false,
                _ => return self.queue.remove(at).map(|victim| victim.object),
            }
        }
    }
}

impl Eviction for Sieve {
    fn access(&mut self, request: &Request, evicted: &mut Vec<u64>) -> Access {
        if let Some(visited) = self.queue.value_mut(request.object) {
            *visited = true;
            return Access::Hit;
        }
        if request.bytes > self.budget {
            return Access::Bypassed;
        }
        while self.queue.bytes() + request.bytes > self.budget {
            let Some(victim) = self.evict() else { break };
            evicted.push(victim);
        }
        self.queue.push(request.object, request.bytes, false);
        Access::Admitted
    }

    fn remove(&mut self, object: u64) -> bool {
        if self.hand == Some(object) {
            self.hand = self.queue.newer_than(object).map(|entry| entry.object);
        }
        self.queue.remove(object).is_some()
    }

    fn contains(&self, object: u64) -> bool {
        self.queue.contains(object)
    }

    fn used_bytes(&self) -> u64 {
        self.queue.bytes()
    }

    fn budget_bytes(&self) -> u64 {
        self.budget
    }
}
