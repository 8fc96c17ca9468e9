//! Which object leaves when a tier is full: eviction policies, one a file.
//!
//! Each implements [`Eviction`]: it is told of every request, knows which objects are resident, and
//! says which ones leave. All of them know sizes: a budget is in bytes, objects may differ in size,
//! and what is held never exceeds the budget. An object larger than the budget is not admitted.
//! They are pure: no clock but the times of the requests, no randomness, so one trace always gives one result.
//!
//! ```
//! use thermocline_policy::{eviction::{Access, Eviction, Lru}, trace::Request};
//!
//! let mut lru = Lru::new(100);
//! let mut evicted = Vec::new();
//! assert_eq!(lru.access(&Request::new(1, 60), &mut evicted), Access::Admitted);
//! assert_eq!(lru.access(&Request::new(2, 40), &mut evicted), Access::Admitted);
//! assert_eq!(lru.access(&Request::new(1, 60), &mut evicted), Access::Hit);
//! assert_eq!(lru.access(&Request::new(3, 30), &mut evicted), Access::Admitted);
//! assert_eq!(evicted, [2]);
//! assert_eq!(lru.access(&Request::new(4, 101), &mut evicted), Access::Bypassed);
//! ```
//!
//! # For a store
//!
//! A store keeps one [`Eviction`] for the bytes of a tier, usually [`Adaptive`], and tells it of every
//! access by [`Eviction::access`], with the segment's number, its bytes in that tier and the time.
//! [`Access::Admitted`] says that the segment should be brought in, and what was appended to `evicted`
//! should leave. [`Access::Bypassed`] says that it isn't worth what would have to leave. What leaves for
//! another reason is reported by [`Eviction::remove`].
//!
//! Whether something comes in at all is a decision of its own, [`Admission`]; [`Admitted`] puts it before
//! any policy.
//!
//! ```
//! use thermocline_policy::{Timestamp, eviction::{Access, Adaptive, Eviction}, trace::Request};
//!
//! let mut warm: Box<dyn Eviction> = Box::new(Adaptive::new(64 << 20));
//! let mut leave = Vec::new();
//! let read = Request::new(17, 8 << 20).at(Timestamp(1_767_571_200_000_000));
//! if warm.access(&read, &mut leave) == Access::Admitted {
//!     // Copy segment 17 to the tier, and drop the copies of `leave`.
//! }
//! assert!(warm.contains(17));
//! ```

mod adaptive;
mod admission;
mod arc;
mod belady;
mod clock;
mod cost;
mod gdsf;
mod lfu;
mod lhd;
mod lirs;
mod lru;
mod map;
mod name;
mod queue;
mod ranked;
mod s3_fifo;
mod sieve;
mod two_q;
mod w_tinylfu;

#[cfg(test)]
mod tests;

use std::fmt;

pub use adaptive::Adaptive;
pub use admission::{Admission, AdmitAll, Admitted, SecondRequest};
pub use arc::Arc;
pub use belady::{Belady, NextUses, NextUsesBuilder};
pub use clock::Clock;
pub use cost::MissCost;
pub use gdsf::Gdsf;
pub use lfu::Lfu;
pub use lhd::Lhd;
pub use lirs::Lirs;
pub use lru::Lru;
pub use name::EvictionPolicy;
pub use s3_fifo::S3Fifo;
pub use sieve::Sieve;
pub use two_q::TwoQ;
pub use w_tinylfu::{Frequencies, Occasion, WTinyLfu};

use crate::trace::Request;

/// The largest budget that is used, 4 EiB; a larger one means this one.
///
/// Policies add up the bytes of what they hold and of what they remember, which must not overflow.
pub const MAX_BUDGET: u64 = 1 << 62;

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// The object was resident.
    Hit,
    /// It was not, and is now.
    Admitted,
    /// It was not, and still isn't: it is too large, or something better stands in its place.
    Bypassed,
}

/// An eviction policy with its state: what is resident under a budget, and what leaves for what.
///
/// A resident object counts with the size that it was admitted with. Requests take O(1) or O(log n)
/// in the number of objects, amortised.
pub trait Eviction: fmt::Debug + Send {
    /// Handles a request, and appends to `evicted` the objects that leave for it.
    ///
    /// Objects are evicted only for one that is admitted, never for one that is bypassed; for a hit only by
    /// [`WTinyLfu::with_lent_room`].
    fn access(&mut self, request: &Request, evicted: &mut Vec<u64>) -> Access;

    /// Forgets a resident object that left for another reason; false if it wasn't resident.
    fn remove(&mut self, object: u64) -> bool;

    /// Whether the object is resident.
    fn contains(&self, object: u64) -> bool;

    /// The bytes of all resident objects; never more than the budget.
    fn used_bytes(&self) -> u64;

    /// The most bytes that may be resident.
    fn budget_bytes(&self) -> u64;
}

/// A budget that sums of sizes don't overflow.
const fn checked_budget(bytes: u64) -> u64 {
    if bytes > MAX_BUDGET {
        MAX_BUDGET
    } else {
        bytes
    }
}

/// `percent` of `bytes`, rounded down.
fn percent_of(bytes: u64, percent: u64) -> u64 {
    let share = u128::from(bytes) * u128::from(percent) / 100;
    u64::try_from(share).unwrap_or(u64::MAX)
}
