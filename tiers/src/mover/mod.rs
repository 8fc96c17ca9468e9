//! The mover: carries out plans, and keeps the store tidy.
//!
//! A move writes the new copy aside, makes it durable, reads it back, and then
//! changes the manifest in one commit. Only then may the old copy go. So a
//! crash at any point leaves each row in exactly one place that counts.

mod adopt;
mod apply;
mod background;
mod busy;
mod cold;
mod compact;
mod demote;
mod drop_copy;
mod drop_table;
mod failures;
mod forget;
mod pace;
mod promote;
mod remote;
mod repair;
mod report;
mod select;
mod source;
mod step;
mod trim;
mod vacuum;

pub(crate) use apply::Patience;
pub(crate) use background::Background;
pub(crate) use cold::{ColdTables, delta_change, outdated};
pub use compact::CompactReport;
pub use failures::FailedMove;
pub(crate) use failures::Failures;
pub(crate) use pace::Pace;
pub(crate) use remote::{Awaited, wait as wait_remote};
pub use report::{Done, MoveReport, Skipped, StepReport};
pub use select::Selection;
pub use vacuum::VacuumReport;
