//! The policy at work in a store: heat, pins, pace, failures, and a week of it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "helpers of tests may panic, count in small numbers, and change files by themselves"
)]

mod failures;
mod heat;
mod marks;
mod pace;
mod plot;
mod recorded;
mod trace;
mod week;
mod world;
