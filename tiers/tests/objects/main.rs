//! A cold tier in an object store: where it is, how it fails, what it is asked.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "helpers of tests may panic, and look at files by themselves"
)]
#![allow(unreachable_pub, reason = "modules of one test crate")]

#[path = "../kit/mod.rs"]
mod kit;

mod counting;
mod folders;
mod reads;
#[cfg(feature = "s3")]
mod refusals;
#[cfg(feature = "s3")]
mod served;
#[cfg(feature = "s3")]
mod server;
