//! CLOCK: first in, first out, with a second chance for what was used since.
//!
//! F. J. Corbató: "A paging experiment with the Multics system", in *In Honor of Philip M. Morse*,
//! MIT Press, 1969.
//!
//! The hand stands at the back of a queue: passing an object by moves it to the front.

use super::{Access, Eviction, checked_budget, queue::Queue};
use crate::trace::Request;

/// CLOCK with one reference bit, which is off for a new object.
#[derive(Debug)]
pub struct Clock {
    budget: u64,
    /// The value is the reference bit.
    ring: Queue<bool>,
}

impl Clock {
    /// Under a budget in bytes.
    #[must_use]
    pub fn new(budget: u64) -> Self {
        Self {
            budget: checked_budget(budget),
            ring: Queue::default(),
        }
    }

    /// Moves the hand to the next object without a reference, and takes it.
    fn evict(&mut self) -> Option<u64> {
        loop {
            let candidate = *self.ring.oldest()?;
            if !candidate.value {
                return self.ring.pop().map(|victim| victim.object);
            }
            self.ring.touch(candidate.object);
            if let Some(referenced) = self.ring.value_mut(candidate.object) {
                *referenced = false;
            }
        }
    }
}

impl Eviction for Clock {
    fn access(&mut self, request: &Request, evicted: &mut Vec<u64>) -> Access {
        if let Some(referenced) = self.ring.value_mut(request.object) {
            *referenced = true;
            return Access::Hit;
        }
        if request.bytes > self.budget {
            return Access::Bypassed;
        }
        while self.ring.bytes() + request.bytes > self.budget {
            let Some(victim) = self.evict() else { break };
            evicted.push(victim);
        }
        self.ring.push(request.object, request.bytes, false);
        Access::Admitted
    }

    fn remove(&mut self, object: u64) -> bool {
        self.ring.remove(object).is_some()
    }

    fn contains(&self, object: u64) -> bool {
        self.ring.contains(object)
    }

    fn used_bytes(&self) -> u64 {
        self.ring.bytes()
    }

    fn budget_bytes(&self) -> u64 {
        self.budget
    }
}
