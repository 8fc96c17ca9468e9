//! What the store looks like between two structural changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use thermocline_formats::PartitionBy;
use thermocline_policy::SegmentId;

use crate::hot::OpenRows;
use crate::layout::TableId;
use crate::lsn::Lsn;
use crate::segment::Segment;

/// All tables of a store. A seal, a move or a schema change makes a new value;
/// an append only lets the open rows grow.
#[derive(Debug, Clone, Default)]
pub(crate) struct View {
    /// Version of the manifest that it goes with.
    pub(crate) version: u64,
    pub(crate) tables: BTreeMap<String, Arc<TableView>>,
}

/// One table.
#[derive(Debug, Clone)]
pub(crate) struct TableView {
    pub(crate) id: TableId,
    pub(crate) name: String,
    pub(crate) schema: SchemaRef,
    pub(crate) schema_version: u32,
    pub(crate) layout: Arc<TableLayout>,
    pub(crate) segments: Vec<Arc<Segment>>,
    /// Rows without a segment, oldest first: those that are being sealed, and
    /// the ones that grow.
    pub(crate) open: Vec<Arc<OpenRows>>,
    /// Whether it is being dropped: nothing more is written to it, even if its drop has to be tried
    /// again.
    pub(crate) dropping: bool,
}

/// How a table's rows are grouped and sorted; settled at its creation.
#[derive(Debug)]
pub(crate) struct TableLayout {
    pub(crate) partition_by: PartitionBy,
    pub(crate) sort_by: Vec<String>,
    pub(crate) event_time: Option<String>,
}

impl TableView {
    pub(crate) fn segment(&self, id: SegmentId) -> Option<&Arc<Segment>> {
        self.segments.iter().find(|segment| segment.id == id)
    }

    /// The first write that only the log has.
    pub(crate) fn first_in_log(&self) -> Option<Lsn> {
        let sealed = self
            .segments
            .iter()
            .filter(|segment| segment.home == thermocline_policy::Tier::Hot)
            .map(|segment| segment.facts.lsns.first);
        let open = self
            .open
            .iter()
            .filter_map(|rows| rows.lsns())
            .map(|lsns| lsns.first);
        sealed.chain(open).min()
    }
}

impl View {
    pub(crate) fn table_by_id(&self, id: TableId) -> Option<&Arc<TableView>> {
        self.tables.values().find(|table| table.id == id)
    }

    /// Changes one table, copying what a snapshot may still hold.
    pub(crate) fn table_mut(&mut self, id: TableId) -> Option<&mut TableView> {
        self.tables
            .values_mut()
            .find(|table| table.id == id)
            .map(Arc::make_mut)
    }

    /// Says whether a table is being dropped.
    pub(crate) fn show_dropping(&mut self, id: TableId, dropping: bool) {
        let table = self.table_by_id(id);
        if table.is_some_and(|table| table.dropping != dropping)
            && let Some(table) = self.table_mut(id)
        {
            table.dropping = dropping;
        }
    }

    pub(crate) fn open_bytes(&self) -> u64 {
        self.tables
            .values()
            .flat_map(|t| &t.open)
            .map(|rows| rows.bytes())
            .sum()
    }
}
