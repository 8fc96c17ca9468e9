//! Proof by machinery that nothing is lost: whatever the process, the disk or
//! the machine does, an acknowledged row is there once, and no answer is wrong.
//!
//! - [`disk`]: a disk in memory with a history, power cuts and failing calls
//! - [`executor`]: one thread that decides what happens next
//! - [`model`]: what a store must hold, kept as plain facts
//! - [`world`]: a store on a simulated disk, clock and executor
//! - [`simulation`]: clients that do anything at any time, from a seed
//! - [`power`]: many power cuts of one history
//! - [`inject`]: every call of a scenario fails, in every way, once and for ever
//! - [`interleavings`]: how the steps of the small concurrent protocols can interleave
//! - [`history`]: many threads, and a check of what they saw
//! - [`kill`]: a process that is killed at any moment, on a real disk
//! - [`corrupt`]: every bit of every file of a small store is flipped
//! - [`bounded`]: a process whose memory is limited and watched
//! - [`fuzz`]: any bytes where files are expected
//! - [`planted`]: bugs that the machinery must find
//! - [`long`], [`totals`]: all of it for days, in pieces, and what was tried so far
//!
//! The command `thermocline-reliability` runs each of them at any length and
//! replays a seed. `docs/reliability.md` says what is promised.

pub mod bounded;
pub mod campaign;
pub mod corrupt;
pub mod disk;
pub mod executor;
mod failure;
pub mod fuzz;
pub mod history;
pub mod inject;
pub mod interleavings;
pub mod kill;
pub mod long;
pub mod model;
pub mod planted;
pub mod power;
pub mod simulation;
pub mod totals;
pub mod world;

pub use failure::{Failure, Outcome};
