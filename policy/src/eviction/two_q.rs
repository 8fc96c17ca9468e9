//! 2Q: an object enters the main queue only when it comes back after it had left the first one.
//!
//! T. Johnson, D. Shasha: "2Q: a low overhead high performance buffer management replacement
//! algorithm", VLDB 1994, the full version.

use super::{Access, Eviction, checked_budget, percent_of, queue::Queue};
use crate::trace::Request;

/// 2Q with the paper's settings.
#[derive(Debug)]
pub struct TwoQ {
    budget: u64,
    /// Newcomers, first in, first out (the paper's A1in).
    first: Queue<()>,
    /// What left `first`, remembered without its data (A1out).
    ghost: Queue<()>,
    /// What came back, by recency (Am).
    main: Queue<()>,
}

impl TwoQ {
    /// Newcomers may always have this share of the budget, in percent (Kin).
    pub const FIRST_PERCENT: u64 = 25;
    /// The ghost queue remembers objects of this share of the budget, in percent (Kout).
    pub const GHOST_PERCENT: u64 = 50;

    /// Under a budget in bytes.
    #[must_use]
    pub fn new(budget: u64) -> Self {
        Self {
            budget: checked_budget(budget),
            first: Queue::default(),
            ghost: Queue::default(),
            main: Queue::default(),
        }
    }

    fn evict(&mut self) -> Option<u64> {
        let over = self.first.bytes() > percent_of(self.budget, Self::FIRST_PERCENT);
        // With objects of one size, the main queue isn't empty when the first is within its share.
        if over || self.main.is_empty() {
            let victim = self.first.pop()?;
            let share = percent_of(self.budget, Self::GHOST_PERCENT);
            if victim.bytes <= share {
                while self.ghost.bytes() + victim.bytes > share {
                    self.ghost.pop();
                }
                self.ghost.push(victim.object, victim.bytes, ());
            }
            return Some(victim.object);
        }
        self.main.pop().map(|victim| victim.object)
    }
}

impl Eviction for TwoQ {
    fn access(&mut self, request: &Request, evicted: &mut Vec<u64>) -> Access {
        // A second access shortly after the first says nothing, so `first` doesn't reorder.
        if self.main.touch(request.object) || self.first.contains(request.object) {
            return Access::Hit;
        }
        if request.bytes > self.budget {
            return Access::Bypassed;
        }
        let returns = self.ghost.remove(request.object).is_some();
        while self.used_bytes() + request.bytes > self.budget {
            let Some(victim) = self.evict() else { break };
            evicted.push(victim);
        }
        let queue = if returns {
            &mut self.main
        } else {
            &mut self.first
        };
        queue.push(request.object, request.bytes, ());
        Access::Admitted
    }

    fn remove(&mut self, object: u64) -> bool {
        self.first.remove(object).is_some() || self.main.remove(object).is_some()
    }

    fn contains(&self, object: u64) -> bool {
        self.first.contains(object) || self.main.contains(object)
    }

    fn used_bytes(&self) -> u64 {
        self.first.bytes() + self.main.bytes()
    }

    fn budget_bytes(&self) -> u64 {
        self.budget
    }
}
