//! A proxy in front of an object store that makes it behave as badly as real ones do
//! on their bad days: busy, cut off, slow, half an answer, and the worst: done, and
//! answered as if it were not.
//!
//! What goes wrong is chosen by a seeded generator. The order in which requests arrive is
//! not ours, so a seed repeats the odds of a run, not each of its faults.

mod fault;
mod http;
mod proxy;

pub use fault::{Fault, Odds};
pub use proxy::Proxy;
