//! LIRS: keeps what comes back at short intervals, by the distance between its last two accesses.
//!
//! S. Jiang, X. Zhang: "LIRS: an efficient low inter-reference recency set replacement policy to
//! improve buffer cache performance", SIGMETRICS 2002.
//!
//! Two things are ours. The paper reserves one percent for the objects of high recency; with
//! sizes, that must be room for at least one object, so it is the largest size seen if that is more
//! (but at most half of the budget). And the paper's stack can grow without bound; here it forgets
//! the objects that left longest ago when it has twice the budget.

use super::{Access, Eviction, checked_budget, percent_of, queue::Queue};
use crate::trace::Request;

/// Low inter-reference recency set.
#[derive(Debug)]
pub struct Lirs {
    budget: u64,
    /// The paper's stack S by recency; the value says whether the object is of the LIR set.
    stack: Queue<bool>,
    /// Resident objects outside of the LIR set (Q); the oldest leaves first.
    resident: Queue<()>,
    /// Objects of the stack that are no longer resident, in the order in which they left.
    gone: Queue<()>,
    /// Bytes of the LIR set.
    low_bytes: u64,
    /// The largest object that was admitted.
    largest: u64,
}

impl Lirs {
    /// The share of the budget that the LIR set leaves to others, in percent.
    pub const HIGH_PERCENT: u64 = 1;
    /// The stack remembers objects of this many budgets.
    pub const STACK_BUDGETS: u64 = 2;

    /// Under a budget in bytes.
    #[must_use]
    pub fn new(budget: u64) -> Self {
        Self {
            budget: checked_budget(budget),
            stack: Queue::default(),
            resident: Queue::default(),
            gone: Queue::default(),
            low_bytes: 0,
            largest: 1,
        }
    }

    /// The most bytes of the LIR set.
    fn low_limit(&self) -> u64 {
        let one_object = self.largest.min((self.budget / 2).max(1));
        let high = percent_of(self.budget, Self::HIGH_PERCENT).max(one_object);
        self.budget.saturating_sub(high)
    }

    /// A hit outside of the LIR set.
    fn hit_high(&mut self, object: u64, bytes: u64) {
        if self.stack.contains(object) && bytes <= self.low_limit() {
            // Its last two accesses are nearer than those of the last of the LIR set.
            self.resident.remove(object);
            self.join_low(object, bytes);
        } else {
            self.stack.push(object, bytes, false);
            self.resident.touch(object);
        }
    }

    /// Makes a resident object one of the LIR set.
    fn join_low(&mut self, object: u64, bytes: u64) {
        self.stack.push(object, bytes, true);
        self.low_bytes += bytes;
        while self.low_bytes > self.low_limit() && self.demote() {}
        self.prune();
    }

    /// The last of the LIR set leaves it, but stays resident; false if the set is empty.
    fn demote(&mut self) -> bool {
        self.prune();
        let Some(last) = self.stack.pop() else {
            return false;
        };
        self.low_bytes -= last.bytes;
        self.resident.push(last.object, last.bytes, ());
        self.prune();
        true
    }

    /// Removes from the end of the stack what isn't of the LIR set.
    fn prune(&mut self) {
        while let Some(last) = self.stack.oldest()
            && !last.value
        {
            let object = last.object;
            self.stack.pop();
            self.gone.remove(object);
        }
    }

    fn evict(&mut self) -> Option<u64> {
        if self.resident.is_empty() {
            self.demote();
        }
        let victim = self.resident.pop()?;
        if self.stack.contains(victim.object) {
            self.gone.push(victim.object, victim.bytes, ());
        }
        Some(victim.object)
    }

    /// Bounds the stack.
    fn forget(&mut self) {
        while self.stack.bytes() > Self::STACK_BUDGETS * self.budget {
            let Some(longest) = self.gone.pop() else {
                break;
            };
            self.stack.remove(longest.object);
        }
    }
}

impl Eviction for Lirs {
    fn access(&mut self, request: &Request, evicted: &mut Vec<u64>) -> Access {
        let object = request.object;
        if self.stack.get(object).is_some_and(|entry| entry.value) {
            self.stack.touch(object);
            self.prune();
            return Access::Hit;
        }
        if let Some(entry) = self.resident.get(object) {
            let bytes = entry.bytes;
            self.hit_high(object, bytes);
            self.forget();
            return Access::Hit;
        }
        let bytes = request.bytes;
        if bytes > self.budget {
            return Access::Bypassed;
        }
        self.largest = self.largest.max(bytes);
        let returns = self.gone.remove(object).is_some();
        while self.used_bytes() + bytes > self.budget {
            let Some(victim) = self.evict() else { break };
            evicted.push(victim);
        }
        let limit = self.low_limit();
        if bytes <= limit && (returns || self.low_bytes + bytes <= limit) {
            self.join_low(object, bytes);
        } else {
            self.stack.push(object, bytes, false);
            self.resident.push(object, bytes, ());
            self.prune();
        }
        self.forget();
        Access::Admitted
    }

    fn remove(&mut self, object: u64) -> bool {
        if let Some(entry) = self.resident.remove(object) {
            self.stack.remove(entry.object);
            return true;
        }
        match self.stack.get(object) {
            Some(entry) if entry.value => {
                self.low_bytes -= entry.bytes;
                self.stack.remove(object);
                self.prune();
                true
            }
            _ => false,
        }
    }

    fn contains(&self, object: u64) -> bool {
        self.resident.contains(object) || self.stack.get(object).is_some_and(|entry| entry.value)
    }

    fn used_bytes(&self) -> u64 {
        self.low_bytes + self.resident.bytes()
    }

    fn budget_bytes(&self) -> u64 {
        self.budget
    }
}
