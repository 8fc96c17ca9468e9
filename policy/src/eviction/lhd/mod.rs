//! LHD: what gives the fewest hits for the room it takes leaves, as learned from all objects' past.
//!
//! N. Beckmann, H. Chen, A. Cidon: "LHD: improving cache hit rate by maximizing hit density", NSDI
//! 2018.
//!
//! Segments are thousands where the paper's objects are millions, so more can be known of each. Ours
//! differs from the paper in this:
//!
//! - The clock is the time of the requests, because reports come by the hour and by the day.
//! - What left is remembered, so that the time to the next request is learned of it as well.
//! - Objects are classed by the mean time between their requests, or by the last two times.
//! - The density is the best over all times that the object may still be kept, which is the index of
//!   J. C. Gittins ("Bandit processes and dynamic allocation indices", Journal of the Royal Statistical
//!   Society B 41(2), 1979): an object that is about to be asked for counts by that.
//! - A newcomer whose density is not higher than that of what would leave is not admitted.
//!
//! While nothing is learned, the order is LRU's. In a trace without times, a request takes an
//! eighth of a second.

mod density;

use self::density::{Densities, half_doubling};
use super::{Access, Eviction, MAX_BUDGET, checked_budget, map::Map, queue::Queue};
use crate::trace::Request;

/// Least hit density.
#[derive(Debug)]
pub struct Lhd {
    budget: u64,
    /// By recency; the value says at which request the object was last asked for.
    resident: Queue<u64>,
    /// What left, in that order; its history is kept.
    gone: Queue<()>,
    histories: Map<History>,
    classes: Classes,
    densities: Densities,
    /// The time of the first request, and microseconds from then to the latest.
    start: Option<i64>,
    now: u64,
    requests: u64,
    refresh_at: u64,
    /// What leaves next, as of its making, last first: object and number of its last request.
    victims: Vec<(u64, u64)>,
    /// The request at which new victims are due.
    victims_until: u64,
}

#[derive(Debug, Clone, Copy)]
struct History {
    first: u64,
    last: u64,
    count: u64,
    /// The number of the last time between two visits; 0 before the second.
    gap: u64,
    class: u64,
}

/// What an object is classed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Classes {
    /// The mean time between its requests.
    MeanGap,
    /// The last two times between its visits.
    LastGaps,
}

impl History {
    /// The class by the last two times between visits. Requests that come at about the same time are
    /// one visit; whether there was more than one is another class.
    fn visited(&mut self, now: u64) -> u64 {
        let gap = half_doubling(now - self.last);
        if gap == 1 {
            return self.class | 1 << 12;
        }
        let before = std::mem::replace(&mut self.gap, gap);
        before << 6 | gap
    }
}

impl Lhd {
    /// What left is remembered up to so many budgets.
    pub const HISTORY_BUDGETS: u64 = 32;
    /// Densities are computed again after so many requests; earlier at the start.
    pub const REFRESH_REQUESTS: u64 = 1_000;

    /// As long as there are no times, a request takes so long.
    const TICK_MICROS: u64 = 125_000;

    /// Under a budget in bytes.
    #[must_use]
    pub fn new(budget: u64) -> Self {
        Self {
            budget: checked_budget(budget),
            resident: Queue::default(),
            gone: Queue::default(),
            histories: Map::default(),
            classes: Classes::MeanGap,
            densities: Densities::default(),
            start: None,
            now: 0,
            requests: 0,
            refresh_at: 64,
            victims: Vec::new(),
            victims_until: 0,
        }
    }

    /// Classes objects by the last two times between their visits. Who is read by the clock is told apart
    /// better so, and who is read at random worse.
    #[must_use]
    pub fn by_last_gaps(self) -> Self {
        Self {
            classes: Classes::LastGaps,
            ..self
        }
    }

    fn learn(&mut self, request: &Request) {
        self.requests += 1;
        let start = *self.start.get_or_insert(request.time.0);
        let passed = i128::from(request.time.0) - i128::from(start);
        let passed = u64::try_from(passed).unwrap_or(0);
        // No two requests come at once, also where the clock stands still or jumps backwards.
        let tick = if passed > 0 { 1 } else { Self::TICK_MICROS };
        self.now = passed.max(self.now.saturating_add(tick));
        if self.requests >= self.refresh_at {
            let interval = (self.requests / 4).clamp(64, Self::REFRESH_REQUESTS);
            self.refresh_at = self.requests + interval.max(self.histories.len() as u64 / 4);
            let now = self.now;
            let waiting = self.histories.values();
            self.densities
                .refresh(waiting.map(|history| (history.class, now - history.last)));
        }
        let now = self.now;
        let history = self.histories.entry(request.object).or_insert(History {
            first: now,
            last: now,
            count: 0,
            gap: 0,
            class: 0,
        });
        if let Some(mean_gap) = (now - history.first).checked_div(history.count) {
            self.densities.learn(history.class, now - history.last);
            history.class = match self.classes {
                Classes::MeanGap => half_doubling(mean_gap),
                Classes::LastGaps => history.visited(now),
            };
        }
        history.count += 1;
        history.last = now;
    }

    fn density(&self, object: u64) -> f64 {
        self.histories.get(&object).map_or(0.0, |history| {
            self.densities.of(history.class, self.now - history.last)
        })
    }

    /// Whether a resident object stays when one of this density comes: if nothing speaks for the
    /// newcomer, but something for the resident.
    fn keeps(&self, resident: u64, newcomer: f64) -> bool {
        let density = self.density(resident);
        density > 0.0 && density >= newcomer
    }

    /// Ranks what is resident anew.
    fn rank(&mut self) {
        let mut ranked: Vec<(f64, u64, u64)> = (self.resident.oldest_first())
            .map(|entry| (self.density(entry.object), entry.object, entry.value))
            .collect();
        // Stable: of equal densities the oldest leaves first.
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
        self.victims.clear();
        let last_first = ranked.into_iter().rev();
        self.victims
            .extend(last_first.map(|(_, object, asked)| (object, asked)));
        self.victims_until = self.requests + (self.victims.len() as u64 / 8).max(64);
    }

    /// The next victim that has not been asked for since it was ranked.
    fn next_victim(&mut self) -> Option<(u64, u64)> {
        let mut ranked_anew = false;
        loop {
            let Some((object, asked)) = self.victims.pop() else {
                if ranked_anew {
                    return None;
                }
                self.rank();
                ranked_anew = true;
                continue;
            };
            if self.resident.get(object).is_some_and(|e| e.value == asked) {
                return Some((object, asked));
            }
        }
    }

    /// What has to leave for an object; `None` if its density is lower.
    fn victims(&mut self, object: u64, bytes: u64) -> Option<Vec<u64>> {
        let mut freed = self.budget - self.resident.bytes();
        if freed >= bytes {
            return Some(Vec::new());
        }
        if self.requests >= self.victims_until {
            self.rank();
        }
        let density = self.density(object);
        let mut chosen: Vec<(u64, u64)> = Vec::new();
        while freed < bytes {
            let victim = self.next_victim();
            // Ranked anew, the same may come again.
            let victim = victim.filter(|victim| !chosen.contains(victim));
            let worth_less = victim.filter(|(victim, _)| !self.keeps(*victim, density));
            let Some(worth_less) = worth_less else {
                self.victims.extend(victim);
                self.victims.extend(chosen.into_iter().rev());
                return None;
            };
            freed += self.resident.get(worth_less.0).map_or(0, |e| e.bytes);
            chosen.push(worth_less);
        }
        Some(chosen.into_iter().map(|(object, _)| object).collect())
    }

    /// Keeps the history of what is not resident, for a while.
    fn remember(&mut self, object: u64, bytes: u64) {
        self.gone
            .push(object, bytes.clamp(1, self.budget.max(1)), ());
        let most = self.budget.saturating_mul(Self::HISTORY_BUDGETS);
        while self.gone.bytes() > most.clamp(1, MAX_BUDGET) {
            let Some(longest) = self.gone.pop() else {
                break;
            };
            self.histories.remove(&longest.object);
        }
    }
}

impl Eviction for Lhd {
    fn access(&mut self, request: &Request, evicted: &mut Vec<u64>) -> Access {
        let object = request.object;
        self.learn(request);
        if let Some(asked) = self.resident.value_mut(object) {
            *asked = self.requests;
            self.resident.touch(object);
            return Access::Hit;
        }
        let fits = request.bytes <= self.budget;
        let victims = if fits {
            self.victims(object, request.bytes)
        } else {
            None
        };
        let Some(victims) = victims else {
            self.remember(object, request.bytes);
            return Access::Bypassed;
        };
        self.gone.remove(object);
        for victim in victims {
            if let Some(entry) = self.resident.remove(victim) {
                self.remember(victim, entry.bytes);
                evicted.push(victim);
            }
        }
        self.resident.push(object, request.bytes, self.requests);
        Access::Admitted
    }

    fn remove(&mut self, object: u64) -> bool {
        let Some(entry) = self.resident.remove(object) else {
            return false;
        };
        self.remember(object, entry.bytes);
        true
    }

    fn contains(&self, object: u64) -> bool {
        self.resident.contains(object)
    }

    fn used_bytes(&self) -> u64 {
        self.resident.bytes()
    }

    fn budget_bytes(&self) -> u64 {
        self.budget
    }
}
