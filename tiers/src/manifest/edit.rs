//! The steps that a manifest commit is made of.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thermocline_policy::{Policy, SegmentId};

use super::cold::Intent;
use super::marks::Marks;
use super::state::{Covered, EncodedSchema, SegmentMeta, TableMeta};
use crate::layout::TableId;
use crate::lsn::Lsn;

/// One change of the manifest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Edit {
    /// A new table.
    CreateTable { id: TableId, table: TableMeta },
    /// The table and all of its segments are gone.
    DropTable { id: TableId },
    /// The table has one more nullable column from now on.
    AddSchema { id: TableId, schema: EncodedSchema },
    /// A segment has a file, or its files have changed. With `covers`, replay
    /// skips its rows from now on.
    PutSegment {
        id: TableId,
        segment: SegmentId,
        meta: Arc<SegmentMeta>,
        covers: bool,
    },
    /// A segment is gone.
    RemoveSegment { id: TableId, segment: SegmentId },
    /// Replay skips these rows: they were dropped before they had a file.
    Cover { id: TableId, covered: Covered },
    /// The log needs nothing before this number.
    TrimLog { start: Lsn },
    /// A change of the Delta table is about to be committed there.
    ColdIntent { id: TableId, intent: Arc<Intent> },
    /// The change is in the Delta table, in this version or before.
    ColdDone {
        id: TableId,
        sequence: u64,
        floor: u64,
    },
    /// The change is not in the Delta table and never will be.
    ColdGivenUp { id: TableId, sequence: u64 },
    /// What others did to the Delta table up to this version is known here.
    ColdFloor { id: TableId, floor: u64 },
    /// Another policy.
    SetPolicy { policy: Box<Policy> },
    /// Other pins and holds of a table.
    SetMarks { id: TableId, marks: Marks },
    /// Accesses are recorded from now on, or not any more.
    RecordAccesses { record: bool },
}
