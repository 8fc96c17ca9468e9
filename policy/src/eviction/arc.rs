//! ARC: recency and frequency share the room, and what returns too early shifts the share.
//!
//! N. Megiddo, D. S. Modha: "ARC: a self-tuning, low overhead replacement cache", FAST 2003,
//! figure 4.
//!
//! The paper counts pages. Here every length is in bytes, and the target moves by as many bytes as
//! the returning object has, where the paper moves it by one page; so with objects of one size both
//! are the same.

use super::{Access, Eviction, checked_budget, queue::Queue};
use crate::trace::Request;

/// Adaptive replacement cache.
#[derive(Debug)]
pub struct Arc {
    budget: u64,
    /// Seen once (T1), and of those what has left, without data (B1).
    once: Queue<()>,
    once_ghost: Queue<()>,
    /// Seen again (T2), and of those what has left (B2).
    again: Queue<()>,
    again_ghost: Queue<()>,
    /// How many bytes `once` should have (the paper's p).
    target: f64,
}

/// Which ghost queue a missing object was in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ghost {
    Once,
    Again,
}

impl Arc {
    /// Under a budget in bytes.
    #[must_use]
    pub fn new(budget: u64) -> Self {
        Self {
            budget: checked_budget(budget),
            once: Queue::default(),
            once_ghost: Queue::default(),
            again: Queue::default(),
            again_ghost: Queue::default(),
            target: 0.0,
        }
    }

    /// Cases II and III: an object that left too early shifts the target towards its side.
    fn adapt(&mut self, request: &Request) -> Option<Ghost> {
        let (once, again) = (self.once_ghost.bytes(), self.again_ghost.bytes());
        let bytes = request.bytes as f64;
        if self.once_ghost.remove(request.object).is_some() {
            let step = (again as f64 / once.max(1) as f64).max(1.0) * bytes;
            self.target = (self.target + step).min(self.budget as f64);
            Some(Ghost::Once)
        } else if self.again_ghost.remove(request.object).is_some() {
            let step = (once as f64 / again.max(1) as f64).max(1.0) * bytes;
            self.target = (self.target - step).max(0.0);
            Some(Ghost::Again)
        } else {
            None
        }
    }

    /// Case IV A: bounds `once` and its ghosts, which are never more than the budget.
    fn bound_once(&mut self, incoming: u64, evicted: &mut Vec<u64>) {
        while self.once.bytes() + self.once_ghost.bytes() + incoming > self.budget {
            if self.once_ghost.pop().is_some() {
                continue;
            }
            // `once` fills its side alone: there is no room to remember what leaves it.
            let Some(victim) = self.once.pop() else { break };
            evicted.push(victim.object);
        }
    }

    /// Case IV B: bounds what is resident or remembered to two budgets.
    fn bound_all(&mut self, incoming: u64) {
        let all = |arc: &Self| arc.used_bytes() + arc.once_ghost.bytes() + arc.again_ghost.bytes();
        while all(self) + incoming > 2 * self.budget
            && (self.again_ghost.pop().is_some() || self.once_ghost.pop().is_some())
        {}
    }

    /// The paper's REPLACE: takes an object, and remembers it.
    fn replace(&mut self, ghost: Option<Ghost>) -> Option<u64> {
        let held = self.once.bytes() as f64;
        let over = held > self.target || (ghost == Some(Ghost::Again) && held >= self.target);
        if !self.once.is_empty() && (over || self.again.is_empty()) {
            let victim = self.once.pop()?;
            self.once_ghost.push(victim.object, victim.bytes, ());
            Some(victim.object)
        } else {
            let victim = self.again.pop()?;
            self.again_ghost.push(victim.object, victim.bytes, ());
            Some(victim.object)
        }
    }
}

impl Eviction for Arc {
    fn access(&mut self, request: &Request, evicted: &mut Vec<u64>) -> Access {
        if let Some(entry) = self.once.remove(request.object) {
            self.again.push(entry.object, entry.bytes, ());
            return Access::Hit;
        }
        if self.again.touch(request.object) {
            return Access::Hit;
        }
        if request.bytes > self.budget {
            return Access::Bypassed;
        }
        let ghost = self.adapt(request);
        if ghost.is_none() {
            self.bound_once(request.bytes, evicted);
        }
        self.bound_all(request.bytes);
        while self.used_bytes() + request.bytes > self.budget {
            let Some(victim) = self.replace(ghost) else {
                break;
            };
            evicted.push(victim);
        }
        let queue = if ghost.is_some() {
            &mut self.again
        } else {
            &mut self.once
        };
        queue.push(request.object, request.bytes, ());
        Access::Admitted
    }

    fn remove(&mut self, object: u64) -> bool {
        self.once.remove(object).is_some() || self.again.remove(object).is_some()
    }

    fn contains(&self, object: u64) -> bool {
        self.once.contains(object) || self.again.contains(object)
    }

    fn used_bytes(&self) -> u64 {
        self.once.bytes() + self.again.bytes()
    }

    fn budget_bytes(&self) -> u64 {
        self.budget
    }
}
