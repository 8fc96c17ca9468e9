//! One table of a snapshot.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use thermocline_formats::SegmentStats;
use thermocline_policy::Tier;

use super::TableView;
use crate::env::Env;
use crate::error::Result;
use crate::hot::OpenSlice;
use crate::lsn::Lsn;
use crate::scan::{Scan, ScanOptions};
use crate::segment::SegmentInfo;

/// One table as a snapshot sees it.
#[derive(Debug, Clone)]
pub struct TableSnapshot {
    env: Env,
    view: Arc<TableView>,
    lsn: Lsn,
}

impl TableSnapshot {
    pub(crate) fn new(env: &Env, view: Arc<TableView>, lsn: Lsn) -> Self {
        Self {
            env: env.clone(),
            view,
            lsn,
        }
    }

    pub(crate) fn env(&self) -> &Env {
        &self.env
    }

    pub(crate) fn view(&self) -> &Arc<TableView> {
        &self.view
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.view.name
    }

    /// Its columns, the newest last.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.view.schema
    }

    /// How many columns were added since it was created.
    #[must_use]
    pub fn schema_version(&self) -> u32 {
        self.view.schema_version
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        let sealed: u64 = self
            .view
            .segments
            .iter()
            .map(|segment| segment.facts.rows)
            .sum();
        sealed
            + self
                .view
                .open
                .iter()
                .map(|rows| rows.rows_up_to(self.lsn))
                .sum::<u64>()
    }

    /// Number of rows that have no segment yet.
    #[must_use]
    pub fn open_rows(&self) -> u64 {
        self.view
            .open
            .iter()
            .map(|rows| rows.rows_up_to(self.lsn))
            .sum()
    }

    /// Bytes of all rows as plain Arrow in memory, wherever they are.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let sealed: u64 = self
            .view
            .segments
            .iter()
            .map(|segment| segment.facts.hot_bytes)
            .sum();
        sealed + self.view.open.iter().map(|rows| rows.bytes()).sum::<u64>()
    }

    /// Its segments.
    #[must_use]
    pub fn segments(&self) -> Vec<SegmentInfo> {
        self.view
            .segments
            .iter()
            .map(|segment| segment.info(&self.view.name))
            .collect()
    }

    /// The fastest tiers that its segments and open rows are in, fastest first.
    #[must_use]
    pub fn tiers(&self) -> Vec<Tier> {
        let mut tiers: Vec<_> = self
            .view
            .segments
            .iter()
            .map(|segment| segment.tier())
            .collect();
        if self.open_rows() > 0 {
            tiers.push(Tier::Hot);
        }
        tiers.sort_unstable();
        tiers.dedup();
        tiers
    }

    pub(crate) fn open_slices(&self) -> Vec<OpenSlice> {
        self.view
            .open
            .iter()
            .flat_map(|rows| rows.up_to(self.lsn))
            .collect()
    }

    /// Zone map of the whole table. Bounds may be wider than the values, never
    /// narrower. Costs a pass over the rows that have no segment yet.
    #[must_use]
    pub fn column_stats(&self) -> SegmentStats {
        let open = self.open_slices();
        let mut parts = self
            .view
            .segments
            .iter()
            .map(|segment| segment.facts.stats.clone())
            .chain(open.iter().map(|slice| SegmentStats::of(&slice.batch)));
        let mut merged = parts.next().unwrap_or_default();
        for part in parts {
            merged.merge(&part);
        }
        merged
    }

    /// Plans a scan: prunes by zone map what cannot match, and cuts the rest
    /// into morsels. Reads no segment file.
    ///
    /// # Errors
    /// When a column is not in the table.
    pub fn scan(&self, options: ScanOptions) -> Result<Scan> {
        Scan::plan(self, options)
    }
}
