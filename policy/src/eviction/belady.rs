//! Belady's MIN: what is needed again last leaves. It has to know the future.
//!
//! L. A. Belady: "A study of replacement algorithms for a virtual-storage computer", IBM Systems
//! Journal 5(2), 1966.

use std::sync::Arc;

use super::{Access, Eviction, checked_budget, map::Map, ranked::Ranked};
use crate::trace::Request;

/// The number of a request that never comes.
const NEVER: u64 = u64::MAX;

/// For every request of a trace, when its object is requested next: eight bytes a request.
///
/// It is shared when cloned.
///
/// ```
/// use thermocline_policy::eviction::{Belady, Eviction, NextUses, Access};
/// use thermocline_policy::trace::Request;
///
/// let objects = [1, 2, 3, 1, 2];
/// let mut belady = Belady::new(2, NextUses::of(objects));
/// let mut hits = 0;
/// for object in objects {
///     if belady.access(&Request::new(object, 1), &mut Vec::new()) == Access::Hit {
///         hits += 1;
///     }
/// }
/// // LRU has none.
/// assert_eq!(hits, 2);
/// ```
#[derive(Debug, Clone, Default)]
pub struct NextUses(Arc<[u64]>);

impl NextUses {
    /// Of the objects that a trace asks for, in its order.
    #[must_use]
    pub fn of(objects: impl IntoIterator<Item = u64>) -> Self {
        let mut builder = NextUsesBuilder::default();
        for object in objects {
            builder.push(object);
        }
        builder.finish()
    }
}

/// Collects [`NextUses`] request by request.
#[derive(Debug, Default)]
pub struct NextUsesBuilder {
    next: Vec<u64>,
    last: Map<usize>,
}

impl NextUsesBuilder {
    /// The next request of the trace.
    pub fn push(&mut self, object: u64) {
        let now = self.next.len();
        if let Some(before) = self.last.insert(object, now)
            && let Some(next) = self.next.get_mut(before)
        {
            *next = now as u64;
        }
        self.next.push(NEVER);
    }

    /// The trace is over.
    #[must_use]
    pub fn finish(self) -> NextUses {
        NextUses(self.next.into())
    }
}

/// Belady's MIN, also for objects of different sizes.
///
/// Exactly this is computed. A missing object that is never needed again is not admitted. Otherwise
/// objects leave in the order of their next use, farthest first, until there is room; but if one
/// that would have to leave is needed before the missing object is, then nothing leaves and the object is
/// not admitted.
///
/// With objects of one size no policy has fewer misses. With different sizes some may: then finding
/// the fewest is NP-hard (M. Chrobak, G. J. Woeginger, K. Makino, H. Xu: "Caching is hard — even in
/// the fault model", Algorithmica 63, 2012), and this is a strong heuristic, not a bound.
///
/// It must be given the very requests that its [`NextUses`] were made of.
#[derive(Debug)]
pub struct Belady {
    budget: u64,
    future: NextUses,
    now: usize,
    bypasses: bool,
    /// By next use; reversed, so that the farthest is the lowest.
    objects: Ranked<std::cmp::Reverse<u64>>,
}

impl Belady {
    /// Under a budget in bytes, for a trace of this future.
    #[must_use]
    pub fn new(budget: u64, future: NextUses) -> Self {
        Self {
            budget: checked_budget(budget),
            future,
            now: 0,
            bypasses: true,
            objects: Ranked::default(),
        }
    }

    /// Admits every object that fits, as if each request needed room: what is needed last of the others
    /// leaves, even if it is needed before the newcomer. So other simulators count.
    #[must_use]
    pub fn without_bypass(self) -> Self {
        Self {
            bypasses: false,
            ..self
        }
    }

    /// What has to leave for an object that is needed again at `next`; `None` if it isn't worth it.
    fn victims(&self, bytes: u64, next: u64) -> Option<Vec<u64>> {
        let mut freed = self.budget.saturating_sub(self.objects.bytes());
        let mut victims = Vec::new();
        for (object, rank, size) in self.objects.lowest_first() {
            if freed >= bytes {
                break;
            }
            if self.bypasses && rank.0 <= next {
                return None;
            }
            freed += size;
            victims.push(object);
        }
        (freed >= bytes).then_some(victims)
    }
}

impl Eviction for Belady {
    fn access(&mut self, request: &Request, evicted: &mut Vec<u64>) -> Access {
        let next = self.future.0.get(self.now).copied().unwrap_or(NEVER);
        self.now += 1;
        let rank = std::cmp::Reverse(next);
        if let Some((_, bytes)) = self.objects.get(request.object) {
            self.objects.insert(request.object, bytes, rank);
            return Access::Hit;
        }
        if self.bypasses && next == NEVER {
            return Access::Bypassed;
        }
        let Some(victims) = self.victims(request.bytes, next) else {
            return Access::Bypassed;
        };
        for victim in victims {
            self.objects.remove(victim);
            evicted.push(victim);
        }
        self.objects.insert(request.object, request.bytes, rank);
        Access::Admitted
    }

    fn remove(&mut self, object: u64) -> bool {
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
