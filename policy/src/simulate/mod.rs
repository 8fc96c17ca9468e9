//! What if: a trace replayed through eviction policies and budgets.
//!
//! A [`Simulation`] takes the requests of a trace one by one and keeps, for each policy and budget,
//! what would be resident. Memory grows with the objects of the trace, not with its requests. Only
//! [`Belady`](crate::eviction::Belady) needs to know the future, eight bytes a request; a [`Survey`]
//! goes over the trace before and collects it, with the footprint of which budgets may be a share.
//!
//! ```
//! use thermocline_policy::eviction::EvictionPolicy::{Belady, Lru};
//! use thermocline_policy::simulate::{Simulation, Survey};
//! use thermocline_policy::trace::Request;
//!
//! // A loop over five objects, with room for four.
//! let trace = (0..100).map(|n| Request::new(n % 5, 1_000));
//!
//! let mut survey = Survey::with_future();
//! trace.clone().for_each(|request| survey.push(&request));
//! let summary = survey.finish();
//! assert_eq!((summary.requests, summary.objects, summary.footprint_bytes), (100, 5, 5_000));
//!
//! let mut simulation = Simulation::new();
//! simulation.add(Lru, 4_000, &summary)?;
//! simulation.add(Belady, 4_000, &summary)?;
//! trace.for_each(|request| simulation.push(&request));
//! let [lru, belady] = &simulation.finish()[..] else { panic!() };
//! assert_eq!(lru.hits, 0);
//! // After the first round every fifth request misses, or fewer.
//! assert!(belady.request_miss_ratio < 0.25);
//! assert!(lru.byte_misses_to_belady > Some(4.0));
//! # Ok::<(), thermocline_policy::Error>(())
//! ```

mod outcome;
mod prices;
mod replay;
mod survey;

#[cfg(test)]
mod tests;

pub use outcome::{Money, Outcome};
pub use prices::Prices;
pub use replay::Simulation;
pub use survey::{Summary, Survey};

/// A number that is only counted, as a float for ratios and money.
fn as_float(number: u128) -> f64 {
    number as f64
}

/// A sum as it is reported.
fn saturating(number: u128) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
