//! What is known of the reads of one segment.

use std::time::Duration;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use thermocline_policy::{Heat, Timestamp};

/// The reads of one segment, whatever copy served them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Accesses {
    /// Bytes read, those long ago counting less.
    pub heat: Heat,
    /// When it was last read.
    pub last: Option<Timestamp>,
    /// How many of its morsels were read.
    pub reads: u64,
    /// When a copy of it was last made or dropped.
    pub copies_since: Option<Timestamp>,
}

/// Counts the reads of one segment. Any number of threads may do so at once.
///
/// ```
/// use std::time::Duration;
/// use thermocline_tiers::{AccessMeter, Timestamp};
///
/// let meter = AccessMeter::default();
/// meter.touch(4_096, Timestamp(1), Duration::from_secs(86_400));
/// assert_eq!((meter.get().reads, meter.get().last), (1, Some(Timestamp(1))));
/// ```
#[derive(Debug, Default)]
pub struct AccessMeter(Mutex<Accesses>);

impl AccessMeter {
    /// Goes on from what is known.
    pub(crate) fn set(&self, accesses: Accesses) {
        *self.0.lock() = accesses;
    }

    /// Notes a read of so many bytes, where the half-life is that of the policy.
    pub fn touch(&self, bytes: u64, now: Timestamp, half_life: Duration) {
        let mut accesses = self.0.lock();
        accesses.heat.touch(bytes, now, half_life);
        accesses.last = Some(now);
        accesses.reads += 1;
    }

    /// Adds reads of another process.
    pub(crate) fn add(&self, other: &Accesses, now: Timestamp, half_life: Duration) {
        let mut accesses = self.0.lock();
        let bytes = |heat: &Heat| heat.bytes_at(now, half_life);
        accesses.heat = Heat::new(bytes(&accesses.heat) + bytes(&other.heat), now);
        accesses.last = accesses.last.max(other.last);
        accesses.reads = accesses.reads.saturating_add(other.reads);
    }

    /// Takes what is known, and starts anew.
    pub(crate) fn take(&self) -> Accesses {
        std::mem::take(&mut *self.0.lock())
    }

    /// A copy was made or dropped.
    pub(crate) fn copies_changed(&self, now: Timestamp) {
        self.0.lock().copies_since = Some(now);
    }

    /// What is known now.
    #[must_use]
    pub fn get(&self) -> Accesses {
        *self.0.lock()
    }
}
