//! A table of an open store.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, SchemaRef};
use thermocline_policy::Tier;

use crate::error::{Error, Result};
use crate::layout::TableId;
use crate::log::{Durability, Receipt};
use crate::mover::{MoveReport, Selection};
use crate::segment::SegmentInfo;
use crate::snapshot::TableView;
use crate::store::Core;

/// A table of an open store. Cloning is cheap; all methods may be called from
/// many tasks at the same time.
#[derive(Clone)]
pub struct Table {
    pub(super) core: Arc<Core>,
    pub(super) id: TableId,
    name: Arc<str>,
}

impl Table {
    pub(crate) fn new(core: &Arc<Core>, view: &TableView) -> Self {
        Self {
            core: Arc::clone(core),
            id: view.id,
            name: view.name.as_str().into(),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn view(&self) -> Result<Arc<TableView>> {
        self.core
            .view()
            .table_by_id(self.id)
            .cloned()
            .ok_or_else(|| self.dropped())
    }

    pub(super) fn dropped(&self) -> Error {
        Error::not_found(format!("table `{}` was dropped", self.name))
    }

    /// Its columns, the newest last.
    ///
    /// # Errors
    /// When the table was dropped.
    pub fn schema(&self) -> Result<SchemaRef> {
        Ok(Arc::clone(&self.view()?.schema))
    }

    /// Adds rows, and waits until they are on disk.
    ///
    /// The batch must have exactly the table's columns, in their order. An
    /// empty batch is accepted and leaves no trace but its receipt.
    ///
    /// A query in this process may see the rows a moment before the receipt is
    /// given.
    ///
    /// # Errors
    /// When the batch does not fit the table (nothing is written then), or the
    /// log cannot be written. After [`Full`](crate::ErrorKind::Full) the rows
    /// may still be kept: they wait in memory for space.
    pub async fn append(&self, batch: RecordBatch) -> Result<Receipt> {
        self.append_with(batch, Durability::Disk).await
    }

    /// Adds rows, and waits until they are as safe as `durability` says.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub async fn append_with(&self, batch: RecordBatch, durability: Durability) -> Result<Receipt> {
        self.append_batch(batch, durability).await
    }

    /// Makes segments of all rows that have none yet, one for each partition.
    /// They stay in memory. Returns how many there are.
    ///
    /// # Errors
    /// When the table was dropped.
    pub async fn seal(&self) -> Result<usize> {
        self.core.check_open()?;
        self.core.seal_table(self.id).await
    }

    /// Adds a nullable column. Rows that are there already have null in it.
    ///
    /// # Errors
    /// When the column is not nullable, or there is one of that name.
    pub async fn add_column(&self, field: Field) -> Result<()> {
        self.core.check_open()?;
        self.core.add_column(self.id, &self.name, field).await
    }

    /// Brings segments to a tier.
    ///
    /// A segment whose home is faster than `tier` is demoted. One whose home is
    /// slower gets a promoted copy, and keeps its home. Copies that are faster
    /// than `tier` are dropped. [`Selection::All`] and
    /// [`Selection::Partition`] seal open rows first.
    ///
    /// # Errors
    /// When nothing is selected by that name, or a move fails; the moves done
    /// before it stay done.
    pub async fn move_to(&self, which: &Selection, tier: Tier) -> Result<MoveReport> {
        self.core.check_open()?;
        self.core.move_to(self.id, &self.name, which, tier).await
    }

    /// Its segments, as they are placed now.
    ///
    /// # Errors
    /// When the table was dropped.
    pub fn segments(&self) -> Result<Vec<SegmentInfo>> {
        let view = self.view()?;
        Ok(view
            .segments
            .iter()
            .map(|segment| segment.info(&view.name))
            .collect())
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
