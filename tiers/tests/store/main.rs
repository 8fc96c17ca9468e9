//! The store's own promises: commits, restarts, damage, readers, a row's journey.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "helpers of tests may panic, and change files by themselves"
)]

#[path = "../kit/mod.rs"]
mod kit;

mod commits;
mod damage;
mod dictionaries;
mod journey;
mod maps;
mod readers;
mod restart;
