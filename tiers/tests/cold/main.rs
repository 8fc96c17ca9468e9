//! The cold tier as a Delta table: moved to exactly once, whatever fails, and read by
//! another reader than ours.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "helpers of tests may panic, and change files by themselves"
)]

mod archive;
mod archive_collects;
mod archive_others;
mod damage;
mod dropping;
mod engines;
mod exactly_once;
mod housekeeping;
#[path = "../kit/mod.rs"]
mod kit;
mod model;
mod others;
mod outside;
mod outsiders;
mod shaky;
mod snippets;
mod steps;
mod threads;
mod types;
mod writers;
