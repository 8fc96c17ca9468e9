//! The log: every write of every table, in one order, before it has a segment.
//!
//! Waiting writers share one sync (group commit): whoever finds the log idle
//! writes and syncs everything that is queued, the others wait for that sync
//! or lead the next. The technique is described in DeWitt et al.,
//! *Implementation Techniques for Main Memory Database Systems*, SIGMOD 1984.

mod file;
mod group;
mod leader;
mod queue;
mod receipt;
mod record;
mod tail;

use crate::lsn::Lsn;
use crate::sync;

pub(crate) use file::LogWriter;
pub(crate) use group::Log;
pub(crate) use leader::Condition;
pub use receipt::{Durability, Receipt};
pub(crate) use record::{Record, encode_append};
pub(crate) use tail::{LogTail, Poll};

/// Frame kind of an appended batch.
const APPEND: u8 = 3;
/// Extension of log files; their number is the first LSN in them.
const EXTENSION: &str = "log";
