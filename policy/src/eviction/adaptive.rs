//! Adaptive: holds what the policy holds that would have missed the fewest bytes so far.
//!
//! Several policies run beside each other over the same requests, without data, and the one with the
//! least loss leads: M. Herbster, M. K. Warmuth: "Tracking the best expert", Machine Learning 32, 1998;
//! R. B. Gramacy, M. K. Warmuth, S. A. Brandt, I. Ari: "Adaptive caching by refetching", NIPS 2002.
//! Segments are few, so keeping five lists of them costs next to nothing.
//!
//! A change of the leader moves nothing by itself: what the new leader holds comes in when it is next
//! asked for, and what it doesn't hold leaves when room is needed. So the bytes missed are at most those
//! that the leaders missed, and one budget more for each change.

use super::{Access, Eviction, Lhd, Lirs, S3Fifo, Sieve, WTinyLfu, checked_budget, queue::Queue};
use crate::trace::Request;

/// The order of the policy that did best so far, out of S3-FIFO, LIRS, W-TinyLFU, SIEVE and LHD.
///
/// This is the default: no single order is good at dashboards, reports, look-ups and scans alike.
///
/// ```
/// use thermocline_policy::eviction::{Adaptive, Access, Eviction, Lru};
/// use thermocline_policy::{Timestamp, trace::Request};
///
/// // A report reads twelve segments every hour, and there is room for nine.
/// let hits = |cache: &mut dyn Eviction| {
///     (0..1_200).filter(|n| {
///         let hour = Timestamp(n / 12 * 3_600_000_000);
///         let request = Request::new(n.unsigned_abs() % 12, 100).at(hour);
///         cache.access(&request, &mut Vec::new()) == Access::Hit
///     })
///     .count()
/// };
/// assert_eq!(hits(&mut Lru::new(900)), 0);
/// assert!(hits(&mut Adaptive::new(900)) > 700);
/// ```
#[derive(Debug)]
pub struct Adaptive {
    budget: u64,
    experts: Vec<Expert>,
    leader: usize,
    changes: u64,
    /// What is resident, by recency.
    resident: Queue<()>,
    /// Those that the leader doesn't hold: the first leaves first.
    spare: Queue<()>,
    /// What the leader let go of; only its memory is used again.
    released: Vec<u64>,
}

#[derive(Debug)]
struct Expert {
    cache: Box<dyn Eviction>,
    /// Missed bytes, in budgets; old ones fade.
    loss: f64,
}

impl Adaptive {
    /// A policy takes the lead if its loss is less by so many budgets.
    ///
    /// A change can cost one budget of misses. A small lead follows the workload sooner, and changes
    /// for nothing more often.
    pub const LEAD_BUDGETS: f64 = 0.5;
    /// A miss counts half after so many budgets were requested.
    pub const HALF_LIFE_BUDGETS: f64 = 1_000.0;

    /// Under a budget in bytes.
    #[must_use]
    pub fn new(budget: u64) -> Self {
        let experts: [Box<dyn Eviction>; 5] = [
            Box::new(S3Fifo::new(budget)),
            Box::new(Lirs::new(budget)),
            Box::new(WTinyLfu::new(budget)),
            Box::new(Sieve::new(budget)),
            Box::new(Lhd::new(budget)),
        ];
        let experts = experts.map(|cache| Expert { cache, loss: 0.0 });
        Self {
            budget: checked_budget(budget),
            experts: experts.into(),
            leader: 0,
            changes: 0,
            resident: Queue::default(),
            spare: Queue::default(),
            released: Vec::new(),
        }
    }

    /// How often another policy has taken the lead.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Shows the request to every policy, and counts what each misses.
    fn ask(&mut self, request: &Request) {
        let budgets = request.bytes as f64 / self.budget.max(1) as f64;
        let fade = (-budgets / Self::HALF_LIFE_BUDGETS).exp2();
        self.released.clear();
        let mut others = Vec::new();
        for (n, expert) in self.experts.iter_mut().enumerate() {
            let evicted = if n == self.leader {
                &mut self.released
            } else {
                others.clear();
                &mut others
            };
            let missed = expert.cache.access(request, evicted) != Access::Hit;
            expert.loss = expert.loss * fade + if missed { budgets } else { 0.0 };
        }
    }

    fn wants(&self, object: u64) -> bool {
        let leader = self.experts.get(self.leader);
        leader.is_some_and(|leader| leader.cache.contains(object))
    }

    /// What the leader released or took back is spare or no longer.
    fn follow(&mut self, object: u64) {
        for object in std::mem::take(&mut self.released) {
            if let Some(entry) = self.resident.get(object) {
                self.spare.push(object, entry.bytes, ());
            }
        }
        if self.wants(object) {
            self.spare.remove(object);
        }
    }

    /// Changes the leader if another has lost enough less.
    fn elect(&mut self) {
        let loss = |expert: &Expert| expert.loss;
        let led = self.experts.get(self.leader).map_or(0.0, loss);
        let best = (self.experts.iter().enumerate()).min_by(|a, b| a.1.loss.total_cmp(&b.1.loss));
        let Some((best, expert)) = best else { return };
        if led - expert.loss <= Self::LEAD_BUDGETS {
            return;
        }
        self.leader = best;
        self.changes += 1;
        self.spare = Queue::default();
        for entry in self.resident.oldest_first() {
            if !expert.cache.contains(entry.object) {
                self.spare.push(entry.object, entry.bytes, ());
            }
        }
    }
}

impl Eviction for Adaptive {
    fn access(&mut self, request: &Request, evicted: &mut Vec<u64>) -> Access {
        let (object, bytes) = (request.object, request.bytes);
        self.ask(request);
        self.follow(object);
        self.elect();
        if self.resident.touch(object) {
            return Access::Hit;
        }
        let free = self.budget - self.resident.bytes();
        let wanted = self.wants(object);
        let room = if wanted {
            free + self.spare.bytes()
        } else {
            free
        };
        // What the leader wants has room, unless sizes have changed since it admitted them.
        if bytes > room {
            return Access::Bypassed;
        }
        while self.resident.bytes() + bytes > self.budget {
            let Some(victim) = self.spare.pop() else {
                break;
            };
            self.resident.remove(victim.object);
            evicted.push(victim.object);
        }
        self.resident.push(object, bytes, ());
        if !wanted {
            self.spare.push(object, bytes, ());
        }
        Access::Admitted
    }

    fn remove(&mut self, object: u64) -> bool {
        for expert in &mut self.experts {
            expert.cache.remove(object);
        }
        self.spare.remove(object);
        self.resident.remove(object).is_some()
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
