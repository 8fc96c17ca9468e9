//! One move at a time for each segment.

use std::sync::Arc;

use thermocline_policy::SegmentId;

use crate::store::Core;

/// A segment is being moved; dropping this ends it.
#[derive(Debug)]
pub(super) struct Busy {
    core: Arc<Core>,
    segment: SegmentId,
}

impl Busy {
    /// `None` if somebody else moves it already.
    pub(super) fn mark(core: &Arc<Core>, segment: SegmentId) -> Option<Self> {
        let free = core.moving.lock().insert(segment);
        free.then(|| Self {
            core: Arc::clone(core),
            segment,
        })
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.core.moving.lock().remove(&self.segment);
    }
}
