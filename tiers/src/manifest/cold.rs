//! What the manifest knows of a table's cold part, which is a Delta table: a digest,
//! and what is under way.
//!
//! Delta's own log says which files are in the table. The segments with a cold home
//! are a copy of that, and `floor` says of which version.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thermocline_policy::SegmentId;

use super::SegmentMeta;

/// The cold part of one table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ColdMeta {
    /// The newest version of the Delta table that the manifest relies on; `None` until
    /// there is one.
    pub(crate) floor: Option<u64>,
    /// The number of the last intent; each is one more than the one before.
    pub(crate) sequence: u64,
    /// The change that is under way. It is in the Delta table, or will be.
    pub(crate) intent: Option<Arc<Intent>>,
}

impl ColdMeta {
    /// Whether the change that is under way gives a segment a cold home.
    pub(crate) fn puts(&self, segment: SegmentId) -> bool {
        let mut put = self.intent.iter().flat_map(|intent| &intent.put);
        put.any(|(id, _)| *id == segment)
    }
}

/// A change of a Delta table, with all that is to be true when it is there. Its files
/// are written and were read back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Intent {
    pub(crate) sequence: u64,
    /// By which the commit is known again.
    pub(crate) uuid: SegmentId,
    /// Whether the rows stay the same, and only their files change.
    pub(crate) rewrites: bool,
    /// Segments that get a cold home, or are new.
    pub(crate) put: Vec<(SegmentId, Arc<SegmentMeta>)>,
    /// Segments that go.
    pub(crate) remove: Vec<SegmentId>,
    /// Whether the table goes too.
    pub(crate) drop_table: bool,
}

impl Intent {
    /// Whether a segment of this name is there no more afterwards.
    pub(crate) fn takes_away(&self, segment: SegmentId) -> bool {
        self.remove.contains(&segment) && self.put.iter().all(|(put, _)| *put != segment)
    }
}
