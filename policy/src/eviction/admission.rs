//! Whether a missing object comes in at all, decided apart from what leaves for it.

use super::{Access, Eviction, MAX_BUDGET, checked_budget, queue::Queue};
use crate::trace::Request;

/// Decides whether a missing object is brought in.
///
/// It is asked once for each miss, before the eviction policy hears of the object.
pub trait Admission: std::fmt::Debug + Send {
    /// Whether this object, which is not resident, is to be brought in.
    fn admit(&mut self, request: &Request) -> bool;
}

/// Brings in whatever is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct AdmitAll;

impl Admission for AdmitAll {
    fn admit(&mut self, _request: &Request) -> bool {
        true
    }
}

/// Brings in what was missed before, not long ago: one scan brings in nothing.
///
/// B. M. Maggs, R. K. Sitaraman: "Algorithmic nuggets in content delivery", ACM SIGCOMM Computer
/// Communication Review 45(3), 2015, calls it cache-on-second-hit. Theirs remembers in a Bloom filter;
/// segments are few, so this is a list, and forgets what was missed longest ago.
#[derive(Debug)]
pub struct SecondRequest {
    missed: Queue<()>,
    bytes: u64,
}

impl SecondRequest {
    /// Remembers misses of so many bytes. A scan over less than that, done twice, comes in.
    #[must_use]
    pub fn new(bytes: u64) -> Self {
        Self {
            missed: Queue::default(),
            bytes: checked_budget(bytes),
        }
    }
}

impl Admission for SecondRequest {
    fn admit(&mut self, request: &Request) -> bool {
        if self.missed.remove(request.object).is_some() {
            return true;
        }
        // What has no size takes a byte, so that there is an end to it.
        let bytes = request.bytes.clamp(1, MAX_BUDGET);
        self.missed.push(request.object, bytes, ());
        while self.missed.bytes() > self.bytes {
            self.missed.pop();
        }
        false
    }
}

/// An eviction policy behind an admission policy.
///
/// ```
/// use thermocline_policy::eviction::{Access, Admitted, Eviction, Lru, SecondRequest};
/// use thermocline_policy::trace::Request;
///
/// let mut cache = Admitted::new(Lru::new(100), SecondRequest::new(1_000));
/// let mut evicted = Vec::new();
/// let request = Request::new(1, 60);
/// assert_eq!(cache.access(&request, &mut evicted), Access::Bypassed);
/// assert_eq!(cache.access(&request, &mut evicted), Access::Admitted);
/// // A scan passes by.
/// for object in 2..10 {
///     cache.access(&Request::new(object, 60), &mut evicted);
/// }
/// assert!(cache.contains(1) && evicted.is_empty());
/// ```
#[derive(Debug)]
pub struct Admitted<E, A> {
    cache: E,
    admission: A,
}

impl<E: Eviction, A: Admission> Admitted<E, A> {
    /// Asks `admission` about what `cache` doesn't hold.
    #[must_use]
    pub fn new(cache: E, admission: A) -> Self {
        Self { cache, admission }
    }
}

impl<E: Eviction, A: Admission> Eviction for Admitted<E, A> {
    fn access(&mut self, request: &Request, evicted: &mut Vec<u64>) -> Access {
        if self.cache.contains(request.object) || self.admission.admit(request) {
            self.cache.access(request, evicted)
        } else {
            Access::Bypassed
        }
    }

    fn remove(&mut self, object: u64) -> bool {
        self.cache.remove(object)
    }

    fn contains(&self, object: u64) -> bool {
        self.cache.contains(object)
    }

    fn used_bytes(&self) -> u64 {
        self.cache.used_bytes()
    }

    fn budget_bytes(&self) -> u64 {
        self.cache.budget_bytes()
    }
}
