//! GDSF: keeps what is asked for often, costs much to fetch, and is small.
//!
//! L. Cherkasova: "Improving WWW proxies performance with Greedy-Dual-Size-Frequency caching
//! policy", HP Labs technical report HPL-98-69R1, 1998.

use super::{
    Access, Eviction, MissCost, checked_budget,
    map::Map,
    ranked::{Ranked, Score},
};
use crate::trace::Request;

/// Greedy-Dual-Size-Frequency: the priority of an object is clock + frequency × cost / size. The lowest
/// leave until there is room, and the clock moves to the priority of the last of them, so that old
/// merit fades. If the missing object itself is among the lowest, it is not admitted and nothing
/// leaves, but the clock moves to its priority all the same.
///
/// With the default cost it is for few missed requests. With a cost of each byte it is for few
/// missed bytes; with a price list, for little money.
#[derive(Debug)]
pub struct Gdsf {
    budget: u64,
    cost: MissCost,
    objects: Ranked<Score>,
    frequencies: Map<u64>,
    clock: f64,
    tick: u64,
}

impl Gdsf {
    /// Under a budget in bytes, where every miss costs the same.
    #[must_use]
    pub fn new(budget: u64) -> Self {
        Self {
            budget: checked_budget(budget),
            cost: MissCost::default(),
            objects: Ranked::default(),
            frequencies: Map::default(),
            clock: 0.0,
            tick: 0,
        }
    }

    /// With these costs of a miss.
    #[must_use]
    pub fn with_cost(self, cost: MissCost) -> Self {
        Self { cost, ..self }
    }

    fn score(&self, bytes: u64, frequency: u64) -> Score {
        let density = self.cost.of(bytes) / bytes.max(1) as f64;
        Score {
            value: self.clock + frequency as f64 * density,
            tick: self.tick,
        }
    }

    /// What has to leave for an object of this score; `None` if its own is lower.
    fn victims(&self, bytes: u64, score: Score) -> Option<Vec<u64>> {
        let mut freed = self.budget - self.objects.bytes();
        let mut victims = Vec::new();
        for (object, lowest, size) in self.objects.lowest_first() {
            if freed >= bytes {
                break;
            }
            if score < lowest {
                return None;
            }
            freed += size;
            victims.push(object);
        }
        Some(victims)
    }
}

impl Eviction for Gdsf {
    fn access(&mut self, request: &Request, evicted: &mut Vec<u64>) -> Access {
        self.tick += 1;
        if let Some((_, bytes)) = self.objects.get(request.object) {
            let frequency = self.frequencies.entry(request.object).or_insert(0);
            *frequency += 1;
            let score = {
                let frequency = *frequency;
                self.score(bytes, frequency)
            };
            self.objects.insert(request.object, bytes, score);
            return Access::Hit;
        }
        if request.bytes > self.budget {
            return Access::Bypassed;
        }
        let score = self.score(request.bytes, 1);
        let Some(victims) = self.victims(request.bytes, score) else {
            self.clock = score.value;
            return Access::Bypassed;
        };
        for victim in victims {
            if let Some((score, _)) = self.objects.remove(victim) {
                self.clock = score.value;
            }
            self.frequencies.remove(&victim);
            evicted.push(victim);
        }
        self.frequencies.insert(request.object, 1);
        self.objects.insert(request.object, request.bytes, score);
        Access::Admitted
    }

    fn remove(&mut self, object: u64) -> bool {
        self.frequencies.remove(&object);
        self.objects.remove(object).is_some()
    }

    fn contains(&self, object: u64) -> bool {
        self.objects.contains(object)
    }

    fn used_bytes(&self) -> u64 {
        self.objects.bytes()
    }

    fn budget_bytes(&self) -> u64 {
        self.budget
    }
}
