//! S3-FIFO: three plain queues; most objects leave by the small one and never disturb the main one.
//!
//! J. Yang, Y. Zhang, Z. Qiu, Y. Yue, K. V. Rashmi: "FIFO queues are all you need for cache
//! eviction", SOSP 2023, algorithm 1.
//!
//! As in the authors' own simulator, libCacheSim, newcomers go to the main queue while there is still
//! room for all but the small queue is full; the paper leaves the start open. With sizes, a queue is
//! full by its bytes. An object may be larger than the small queue's share; it
//! is then the first to leave it.

use super::{Access, Eviction, checked_budget, percent_of, queue::Queue};
use crate::trace::Request;

/// S3-FIFO with the paper's settings.
#[derive(Debug)]
pub struct S3Fifo {
    budget: u64,
    /// Newcomers; the value counts accesses since.
    small: Queue<u8>,
    /// Those that came back; the value counts down at each round.
    main: Queue<u8>,
    /// What left by the small queue, remembered without its data.
    ghost: Queue<()>,
    /// Whether something had to leave already.
    full: bool,
}

impl S3Fifo {
    /// The small queue's share of the budget, in percent.
    pub const SMALL_PERCENT: u64 = 10;
    /// The ghost queue remembers objects of this share of the budget, in percent.
    pub const GHOST_PERCENT: u64 = 90;
    /// Accesses after the first that bring an object from the small to the main queue.
    pub const PROMOTE_AFTER: u8 = 2;
    /// Counters stop here.
    const MAX_COUNT: u8 = 3;

    /// Under a budget in bytes.
    #[must_use]
    pub fn new(budget: u64) -> Self {
        Self {
            budget: checked_budget(budget),
            small: Queue::default(),
            main: Queue::default(),
            ghost: Queue::default(),
            full: false,
        }
    }

    fn share(&self, percent: u64) -> u64 {
        percent_of(self.budget, percent)
    }

    /// Takes one object from either queue; `None` when both are empty.
    fn evict(&mut self) -> Option<u64> {
        loop {
            let main_share = self.budget - self.share(Self::SMALL_PERCENT);
            let victim = if self.small.is_empty() || self.main.bytes() > main_share {
                self.evict_main()
            } else {
                self.evict_small()
            };
            // The small queue can run empty by promotions alone; then the main queue gives.
            if victim.is_some() || self.small.is_empty() && self.main.is_empty() {
                return victim;
            }
        }
    }

    fn evict_small(&mut self) -> Option<u64> {
        while let Some(oldest) = self.small.pop() {
            if oldest.value >= Self::PROMOTE_AFTER {
                self.main.push(oldest.object, oldest.bytes, 0);
                continue;
            }
            let share = self.share(Self::GHOST_PERCENT);
            if oldest.bytes <= share {
                while self.ghost.bytes() + oldest.bytes > share {
                    self.ghost.pop();
                }
                self.ghost.push(oldest.object, oldest.bytes, ());
            }
            return Some(oldest.object);
        }
        None
    }

    fn evict_main(&mut self) -> Option<u64> {
        loop {
            let oldest = *self.main.oldest()?;
            if oldest.value == 0 {
                return self.main.pop().map(|victim| victim.object);
            }
            self.main.touch(oldest.object);
            if let Some(count) = self.main.value_mut(oldest.object) {
                *count -= 1;
            }
        }
    }
}

impl Eviction for S3Fifo {
    fn access(&mut self, request: &Request, evicted: &mut Vec<u64>) -> Access {
        let resident = match self.small.value_mut(request.object) {
            Some(count) => Some(count),
            None => self.main.value_mut(request.object),
        };
        if let Some(count) = resident {
            *count = Self::MAX_COUNT.min(*count + 1);
            return Access::Hit;
        }
        if request.bytes > self.budget {
            return Access::Bypassed;
        }
        let returns = self.ghost.remove(request.object).is_some();
        while self.used_bytes() + request.bytes > self.budget {
            self.full = true;
            let Some(victim) = self.evict() else { break };
            evicted.push(victim);
        }
        let starts = !self.full && self.small.bytes() >= self.share(Self::SMALL_PERCENT);
        let queue = if returns || starts {
            &mut self.main
        } else {
            &mut self.small
        };
        queue.push(request.object, request.bytes, 0);
        Access::Admitted
    }

    fn remove(&mut self, object: u64) -> bool {
        self.small.remove(object).is_some() || self.main.remove(object).is_some()
    }

    fn contains(&self, object: u64) -> bool {
        self.small.contains(object) || self.main.contains(object)
    }

    fn used_bytes(&self) -> u64 {
        self.small.bytes() + self.main.bytes()
    }

    fn budget_bytes(&self) -> u64 {
        self.budget
    }
}
