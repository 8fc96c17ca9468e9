//! LRU: the least recently used object leaves.
//!
//! R. L. Mattson, J. Gecsei, D. R. Slutz, I. L. Traiger: "Evaluation techniques for storage
//! hierarchies", IBM Systems Journal 9(2), 1970.

use super::{Access, Eviction, checked_budget, queue::Queue};
use crate::trace::Request;

/// Least recently used: the simplest, and the one that a single scan empties.
#[derive(Debug)]
pub struct Lru {
    budget: u64,
    queue: Queue<()>,
}

impl Lru {
    /// Under a budget in bytes.
    #[must_use]
    pub fn new(budget: u64) -> Self {
        Self {
            budget: checked_budget(budget),
            queue: Queue::default(),
        }
    }
}

impl Eviction for Lru {
    fn access(&mut self, request: &Request, evicted: &mut Vec<u64>) -> Access {
        if self.queue.touch(request.object) {
            return Access::Hit;
        }
        if request.bytes > self.budget {
            return Access::Bypassed;
        }
        while self.queue.bytes() + request.bytes > self.budget {
            let Some(victim) = self.queue.pop() else {
                break;
            };
            evicted.push(victim.object);
        }
        self.queue.push(request.object, request.bytes, ());
        Access::Admitted
    }

    fn remove(&mut self, object: u64) -> bool {
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
