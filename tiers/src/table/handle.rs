//! A table of an open store.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, SchemaRef};
use thermocline_policy::Tier;

use super::marks::Mark;
use crate::cold::At;
use crate::error::{Error, Result};
use crate::layout::TableId;
use crate::log::{Durability, Receipt};
use crate::mover::{CompactReport, MoveReport, Selection, VacuumReport};
use crate::segment::SegmentInfo;
use crate::snapshot::{TableSnapshot, TableView};
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

    /// Puts small cold files of each partition together, where there are two or more:
    /// for readers of the Delta table the same rows in fewer files. Files are small below
    /// [`Settings::cold_small_bytes`](crate::Settings::cold_small_bytes).
    ///
    /// # Errors
    /// When a file cannot be read or written; what was put together before stays so.
    pub async fn compact(&self) -> Result<CompactReport> {
        self.core.check_open()?;
        self.core.compact(self.id, 2).await
    }

    /// Removes cold files that left the Delta table longer ago than `keep`, or never were
    /// in it: readers of versions that are older lose them. A file that a snapshot of this
    /// process can see stays. With `dry_run` nothing is removed.
    ///
    /// The mover does the same by itself to what it replaces, after
    /// [`Settings::cold_keep`](crate::Settings::cold_keep); this is for what crashes and
    /// other programs leave behind.
    ///
    /// # Errors
    /// When the cold table cannot be listed, or a file not removed.
    pub async fn vacuum(&self, keep: Duration, dry_run: bool) -> Result<VacuumReport> {
        self.core.check_open()?;
        self.core.vacuum(self.id, keep, dry_run).await
    }

    /// The cold part of the table alone, as other engines saw its Delta table at some
    /// version or time. Rows that were warm or hot then are not in it.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such version, and
    /// [`Expired`](crate::ErrorKind::Expired) when its files were removed since.
    pub async fn cold_as_of(&self, at: At) -> Result<TableSnapshot> {
        self.core.cold_as_of(self.id, at).await
    }

    /// Pins a partition or a segment to a tier: the policy brings it there, and then moves it no more
    /// until it is [unpinned](Self::unpin). Retention still ends it. A pinned partition takes its
    /// segments to come along.
    ///
    /// # Errors
    /// When nothing is selected by that name, or all of the table is: a table is pinned by its rules.
    pub async fn pin(&self, which: &Selection, tier: Tier) -> Result<()> {
        self.mark(which, Mark::Pin(tier)).await
    }

    /// Lifts a pin that was given to this partition or segment.
    ///
    /// # Errors
    /// When it is not pinned.
    pub async fn unpin(&self, which: &Selection) -> Result<()> {
        self.mark(which, Mark::Unpin).await
    }

    /// Keeps a partition or a segment from being forgotten by retention, from the moment that this
    /// returns. It still moves. A segment that is held by its name is not put together with others; if
    /// another program does that, what has its rows is on hold.
    ///
    /// # Errors
    /// When nothing is selected by that name, or all of the table is.
    pub async fn hold(&self, which: &Selection) -> Result<()> {
        self.mark(which, Mark::Hold).await
    }

    /// Lifts a hold that was put on this partition or segment.
    ///
    /// # Errors
    /// When it is not on hold.
    pub async fn release(&self, which: &Selection) -> Result<()> {
        self.mark(which, Mark::Release).await
    }

    async fn mark(&self, which: &Selection, mark: Mark) -> Result<()> {
        self.core.check_open()?;
        self.core.mark(self.id, &self.name, which, mark).await?;
        self.core.wake.notify_one();
        Ok(())
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
