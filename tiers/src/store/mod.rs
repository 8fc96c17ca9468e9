//! Stores: opening, closing, and everything that concerns all tables.

mod as_of;
mod backup;
mod builder;
mod cold;
mod core;
mod ends;
mod handle;
mod health;
mod open;
mod reconcile;
mod recover;
mod repair;
mod stats;
mod tables;
mod verify;

pub use backup::BackupReport;
pub use builder::StoreBuilder;
pub(crate) use core::{Core, Held};
pub(crate) use ends::Ends;
pub use handle::Store;
pub use health::{BackgroundError, Health, WriteHealth};
pub(crate) use open::{missing_log, no_store};
pub(crate) use recover::{Recovered, build_view};
pub use repair::{Repair, RepairReport, Repaired};
pub use stats::{StoreStats, TierStats};
pub(crate) use verify::verify_snapshot;
pub use verify::{ColdProblem, Problem, VerifyReport};
