//! When a segment was read.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use thermocline_policy::Timestamp;

/// Counts the reads of one segment, whatever copy served them. Volatile: a
/// reopened store starts to count anew.
#[derive(Debug)]
pub(crate) struct Access {
    last: AtomicI64,
    reads: AtomicU64,
}

/// No read yet. Nobody reads in the year -290308.
const NEVER: i64 = i64::MIN;

impl Access {
    pub(crate) fn new() -> Self {
        Self {
            last: AtomicI64::new(NEVER),
            reads: AtomicU64::new(0),
        }
    }

    /// Notes a read of one morsel.
    pub(crate) fn touch(&self, now: Timestamp) {
        self.last.fetch_max(now.0, Ordering::Relaxed);
        self.reads.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn last(&self) -> Option<Timestamp> {
        let last = self.last.load(Ordering::Relaxed);
        (last != NEVER).then_some(Timestamp(last))
    }

    /// Morsels read.
    pub(crate) fn reads(&self) -> u64 {
        self.reads.load(Ordering::Relaxed)
    }
}
