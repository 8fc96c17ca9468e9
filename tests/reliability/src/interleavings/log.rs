//! The engine's protocol of group commit, file by file.

#[path = "../../../../tiers/src/log/leader.rs"]
pub(super) mod leader;
#[path = "../../../../tiers/src/log/queue.rs"]
pub(super) mod queue;

use thermocline_tiers::Lsn;

use super::sync;
