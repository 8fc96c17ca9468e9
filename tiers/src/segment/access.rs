//! What is noted when a segment is read.

use std::sync::Arc;
use std::time::Duration;

use thermocline_policy::{SegmentId, Timestamp};

use crate::heat::{AccessMeter, Accesses, Recorder};

/// The meter of one segment, and where its store records accesses.
#[derive(Debug)]
pub(crate) struct Access {
    segment: SegmentId,
    meter: AccessMeter,
    recorder: Arc<Recorder>,
}

impl Access {
    pub(crate) fn new(segment: SegmentId, recorder: &Arc<Recorder>) -> Self {
        Self {
            segment,
            meter: AccessMeter::default(),
            recorder: Arc::clone(recorder),
        }
    }

    /// Notes a read of one morsel, of so many bytes.
    pub(crate) fn touch(&self, bytes: u64, now: Timestamp) {
        self.meter.touch(bytes, now, self.recorder.half_life());
        self.recorder.count();
    }

    /// Adds a scan's read of the segment, which takes so many bytes in all, to the trace.
    pub(crate) fn record(&self, bytes: u64, now: Timestamp) {
        self.recorder.record(self.segment, bytes, now);
    }

    /// A copy was made or dropped.
    pub(crate) fn copies_changed(&self, now: Timestamp) {
        self.meter.copies_changed(now);
    }

    /// Goes on from what an earlier process knew.
    pub(crate) fn restore(&self, accesses: Accesses) {
        self.meter.set(accesses);
    }

    /// Adds what another process has read.
    pub(crate) fn add(&self, other: &Accesses, now: Timestamp, half_life: Duration) {
        self.meter.add(other, now, half_life);
    }

    /// What was read since this was last asked.
    pub(crate) fn take(&self) -> Accesses {
        self.meter.take()
    }

    pub(crate) fn get(&self) -> Accesses {
        self.meter.get()
    }
}
