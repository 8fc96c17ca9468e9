//! What the manifest knows of a table's cold part, which is a Delta table: a digest,
//! and what is under way.
//!
//! Delta's own log says which files are in the table. The segments with a cold home
//! are a copy of that, and `floor` says of which version.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thermocline_policy::SegmentId;

use super::{Home, SegmentMeta, TableMeta};

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
    /// Whether there is a Delta table, or is to be one.
    pub(crate) fn exists(&self) -> bool {
        self.floor.is_some() || self.intent.is_some()
    }

    /// Whether the table is being dropped.
    pub(crate) fn drops_table(&self) -> bool {
        let intent = self.intent.as_ref();
        intent.is_some_and(|intent| intent.drop_table)
    }

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

    /// Whether others have taken away what it is about: it makes no sense any more. A table is dropped
    /// whatever is in it.
    pub(crate) fn is_overtaken(&self, table: &TableMeta) -> bool {
        let is_cold = |segment: &SegmentId| {
            let meta = table.segments.get(segment);
            meta.is_some_and(|meta| matches!(meta.home, Home::Cold(_)))
        };
        !self.drop_table && !self.remove.iter().all(is_cold)
    }
}
