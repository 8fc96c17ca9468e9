//! W-TinyLFU: a small window by recency before a main part that admits only what is asked for more
//! often than what would leave.
//!
//! G. Einziger, R. Friedman, B. Manes: "TinyLFU: a highly efficient cache admission policy", ACM
//! Transactions on Storage 13(4), 2017. The main part is a segmented LRU.

mod frequencies;
mod main_part;
pub(super) mod sketch;

pub use frequencies::{Frequencies, Occasion};

use main_part::MainPart;
use sketch::Sketch;

use super::{Access, Eviction, checked_budget, percent_of, queue::Queue};
use crate::trace::Request;

/// W-TinyLFU with the paper's settings.
///
/// The paper counts pages. With sizes, a candidate is compared with the one that would leave first, and
/// what else has to leave for it does. The window has room for the largest object that was asked for, up
/// to a fifth of the budget. An object that is larger competes for the main part at once, and may not be
/// admitted; one larger than the main part never is.
#[derive(Debug)]
pub struct WTinyLfu {
    budget: u64,
    window: Queue<()>,
    window_share: u64,
    main: MainPart,
    frequencies: Box<dyn Frequencies>,
    /// Whether each part uses what room the others have.
    lends: bool,
    /// How wide large objects may make the window.
    widest_window: u64,
    /// Whether a candidate is compared with all that would leave for it, not only with the first.
    against_all: bool,
}

impl WTinyLfu {
    /// The window's share of the budget, in percent, where objects are small.
    pub const WINDOW_PERCENT: u64 = 1;
    /// The window's share at most, in percent.
    pub const WIDEST_WINDOW_PERCENT: u64 = 20;
    /// The share of the main part for objects that were seen again, in percent.
    pub const PROTECTED_PERCENT: u64 = MainPart::PROTECTED_PERCENT;

    /// Under a budget in bytes.
    #[must_use]
    pub fn new(budget: u64) -> Self {
        let budget = checked_budget(budget);
        let window_share = percent_of(budget, Self::WINDOW_PERCENT);
        Self {
            budget,
            window: Queue::default(),
            window_share,
            main: MainPart::new(budget - window_share, false),
            frequencies: Box::new(Sketch::new()),
            lends: false,
            widest_window: percent_of(budget, Self::WIDEST_WINDOW_PERCENT),
            against_all: false,
        }
    }

    /// Requests are counted by `frequencies`, from the next one on.
    #[must_use]
    pub fn with_frequencies(mut self, frequencies: impl Frequencies + 'static) -> Self {
        self.frequencies = Box::new(frequencies);
        self
    }

    /// The window has its hundredth even if there are larger objects, which then compete at once.
    #[must_use]
    pub fn with_narrow_window(mut self) -> Self {
        self.widest_window = 0;
        self
    }

    /// A candidate is compared with all that would have to leave for it together: "aggregated victims" in
    /// G. Einziger, O. Eytan, R. Friedman, B. Manes: "Lightweight robust size aware cache management", ACM
    /// Transactions on Storage 18(3), 2022.
    #[must_use]
    pub fn against_all(mut self) -> Self {
        self.against_all = true;
        self
    }

    /// Each part uses what room the others have: the window grows until the budget is full, and what
    /// finds the main part's probation full is protected if there is room. For an empty cache; what it
    /// holds is forgotten.
    ///
    /// So does libCacheSim's W-TinyLFU. As there, an object larger than the window's share or than
    /// probation's is never admitted, and a hit may evict: what it puts back on probation has no more room
    /// than probation's share.
    #[must_use]
    pub fn with_lent_room(mut self) -> Self {
        self.window = Queue::default();
        self.window_share = percent_of(self.budget, Self::WINDOW_PERCENT);
        self.main = MainPart::new(self.budget - self.window_share, true);
        self.lends = true;
        self
    }

    /// Makes the window wide enough for an object, if it may be so wide.
    fn widen(&mut self, bytes: u64, evicted: &mut Vec<u64>) {
        if bytes > self.window_share && bytes <= self.widest_window {
            self.window_share = bytes;
            self.main.resize(self.budget - bytes, evicted);
        }
    }

    /// Whether an object gets into the main part; what leaves for it.
    fn contest(&mut self, object: u64, bytes: u64, evicted: &mut Vec<u64>) -> bool {
        if bytes > self.main.share() {
            return false;
        }
        let mut missing = (self.main.bytes() + bytes).saturating_sub(self.main.share());
        if missing > 0 {
            let candidate = self.frequencies.estimate(object);
            let rivals = if self.against_all { usize::MAX } else { 1 };
            let mut against = 0_u64;
            for victim in self.main.victims().take(rivals) {
                if missing == 0 {
                    break;
                }
                against = against.saturating_add(self.frequencies.estimate(victim.object));
                if against >= candidate {
                    return false;
                }
                missing = missing.saturating_sub(victim.bytes);
            }
            // Even if there is room to be lent.
            evicted.extend(self.main.pop());
        }
        self.main.push(object, bytes, evicted);
        true
    }

    /// What is oldest in the window leaves it; false if it is empty.
    fn leave_window(&mut self, evicted: &mut Vec<u64>) -> bool {
        let Some(entry) = self.window.pop() else {
            return false;
        };
        if !self.contest(entry.object, entry.bytes, evicted) {
            evicted.push(entry.object);
        }
        (self.frequencies).count(entry.object, Occasion::LeftWindow);
        true
    }

    /// Brings an object in where every part uses what room the others have.
    fn admit_lending(&mut self, request: &Request, evicted: &mut Vec<u64>) -> Access {
        if request.bytes > self.window_share.min(self.main.probation_share()) {
            return Access::Bypassed;
        }
        while self.used_bytes() + request.bytes > self.budget {
            if !self.leave_window(evicted) {
                let Some(victim) = self.main.pop() else { break };
                evicted.push(victim);
            }
        }
        self.frequencies.count(request.object, Occasion::Miss);
        self.window.push(request.object, request.bytes, ());
        Access::Admitted
    }
}

impl Eviction for WTinyLfu {
    fn access(&mut self, request: &Request, evicted: &mut Vec<u64>) -> Access {
        let (object, bytes) = (request.object, request.bytes);
        let resident = self.window.len() + self.main.len();
        self.frequencies.make_room(resident);
        if self.window.touch(object) {
            self.frequencies.count(object, Occasion::WindowHit);
            return Access::Hit;
        }
        if self.main.hit(object, evicted) {
            self.frequencies.count(object, Occasion::MainHit);
            return Access::Hit;
        }
        if self.lends {
            return self.admit_lending(request, evicted);
        }
        self.frequencies.count(object, Occasion::Miss);
        self.widen(bytes, evicted);
        if bytes > self.window_share {
            return if self.contest(object, bytes, evicted) {
                Access::Admitted
            } else {
                Access::Bypassed
            };
        }
        self.window.push(object, bytes, ());
        while self.window.bytes() > self.window_share {
            self.leave_window(evicted);
        }
        Access::Admitted
    }

    fn remove(&mut self, object: u64) -> bool {
        self.window.remove(object).is_some() || self.main.remove(object)
    }

    fn contains(&self, object: u64) -> bool {
        self.window.contains(object) || self.main.contains(object)
    }

    fn used_bytes(&self) -> u64 {
        self.window.bytes() + self.main.bytes()
    }

    fn budget_bytes(&self) -> u64 {
        self.budget
    }
}
