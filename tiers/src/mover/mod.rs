//! The mover: carries out plans, and keeps the store tidy.
//!
//! A move writes the new copy aside, makes it durable, reads it back, and then
//! changes the manifest in one commit. Only then may the old copy go. So a
//! crash at any point leaves each row in exactly one place that counts.

mod apply;
mod background;
mod busy;
mod demote;
mod drop_copy;
mod forget;
mod promote;
mod repair;
mod report;
mod select;
mod source;
mod step;
mod trim;

pub(crate) use background::Background;
pub use report::{Done, MoveReport, Skipped, StepReport};
pub use select::Selection;
