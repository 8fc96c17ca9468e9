//! W-TinyLFU: a small window by recency before a main part that admits only what is asked for more
//! often than what would leave.
//!
//! G. Einziger, R. Friedman, B. Manes: "TinyLFU: a highly efficient cache admission policy", ACM
//! Transactions on Storage 13(4), 2017. The main part is a segmented LRU. For objects of different
//! sizes, a candidate is compared with all that would have to leave together ("AV" in G. Einziger,
//! O. Eytan, R. Friedman, B. Manes: "Lightweight robust size aware cache management", ACM Transactions
//! on Storage 18(3), 2022).

use super::{Access, Eviction, checked_budget, percent_of, queue::Queue, sketch::Sketch};
use crate::trace::Request;

/// W-TinyLFU with the papers' settings.
///
/// The window has its share at most, so an object that is larger competes for the main part at once,
/// and may not be admitted; one larger than the main part never is.
#[derive(Debug)]
pub struct WTinyLfu {
    budget: u64,
    window: Queue<()>,
    /// The main part: seen once since it came in, and seen again.
    probation: Queue<()>,
    protected: Queue<()>,
    frequencies: Sketch,
}

impl WTinyLfu {
    /// The window's share of the budget, in percent.
    pub const WINDOW_PERCENT: u64 = 1;
    /// The share of the main part for objects that were seen again, in percent.
    pub const PROTECTED_PERCENT: u64 = 80;

    /// Under a budget in bytes.
    #[must_use]
    pub fn new(budget: u64) -> Self {
        Self {
            budget: checked_budget(budget),
            window: Queue::default(),
            probation: Queue::default(),
            protected: Queue::default(),
            frequencies: Sketch::new(),
        }
    }

    fn window_share(&self) -> u64 {
        percent_of(self.budget, Self::WINDOW_PERCENT)
    }

    fn main_share(&self) -> u64 {
        self.budget - self.window_share()
    }

    /// A hit in the main part protects the object, and what is protected for longest no more.
    fn protect(&mut self, object: u64, bytes: u64) {
        let share = percent_of(self.main_share(), Self::PROTECTED_PERCENT);
        if bytes > share {
            self.probation.push(object, bytes, ());
            return;
        }
        self.protected.push(object, bytes, ());
        while self.protected.bytes() > share {
            let Some(entry) = self.protected.pop() else {
                break;
            };
            self.probation.push(entry.object, entry.bytes, ());
        }
    }

    /// Whether an object that leaves the window gets into the main part; what leaves for it.
    fn contest(&mut self, object: u64, bytes: u64) -> Option<Vec<u64>> {
        if bytes > self.main_share() {
            return None;
        }
        let held = self.probation.bytes() + self.protected.bytes();
        let mut freed = self.main_share().saturating_sub(held);
        let candidate = u64::from(self.frequencies.estimate(object));
        let mut against = 0;
        let mut victims = Vec::new();
        let oldest_first = (self.probation.oldest_first()).chain(self.protected.oldest_first());
        for victim in oldest_first {
            if freed >= bytes {
                break;
            }
            against += u64::from(self.frequencies.estimate(victim.object));
            if against >= candidate {
                return None;
            }
            freed += victim.bytes;
            victims.push(victim.object);
        }
        for victim in &victims {
            self.remove(*victim);
        }
        self.probation.push(object, bytes, ());
        Some(victims)
    }
}

impl Eviction for WTinyLfu {
    fn access(&mut self, request: &Request, evicted: &mut Vec<u64>) -> Access {
        let resident = self.window.len() + self.probation.len() + self.protected.len();
        self.frequencies.make_room(resident);
        self.frequencies.add(request.object);
        if self.window.touch(request.object) || self.protected.touch(request.object) {
            return Access::Hit;
        }
        if let Some(entry) = self.probation.remove(request.object) {
            self.protect(entry.object, entry.bytes);
            return Access::Hit;
        }
        if request.bytes > self.window_share() {
            let Some(victims) = self.contest(request.object, request.bytes) else {
                return Access::Bypassed;
            };
            evicted.extend(victims);
            return Access::Admitted;
        }
        self.window.push(request.object, request.bytes, ());
        while self.window.bytes() > self.window_share() {
            let Some(candidate) = self.window.pop() else {
                break;
            };
            match self.contest(candidate.object, candidate.bytes) {
                Some(victims) => evicted.extend(victims),
                None => evicted.push(candidate.object),
            }
        }
        Access::Admitted
    }

    fn remove(&mut self, object: u64) -> bool {
        self.window.remove(object).is_some()
            || self.probation.remove(object).is_some()
            || self.protected.remove(object).is_some()
    }

    fn contains(&self, object: u64) -> bool {
        self.window.contains(object)
            || self.probation.contains(object)
            || self.protected.contains(object)
    }

    fn used_bytes(&self) -> u64 {
        self.window.bytes() + self.probation.bytes() + self.protected.bytes()
    }

    fn budget_bytes(&self) -> u64 {
        self.budget
    }
}
