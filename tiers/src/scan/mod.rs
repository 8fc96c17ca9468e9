//! Scans: the one way to read rows, whatever tier they are in.

mod home;
mod morsel;
mod options;
mod read;

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::filter_record_batch;
use arrow::datatypes::SchemaRef;
use futures::StreamExt;
use futures::stream::BoxStream;
use thermocline_formats::{Predicate, SegmentStats};
use thermocline_policy::Tier;

pub use morsel::Morsel;
pub use options::{ScanCounts, ScanOptions};
pub use read::MorselReader;

use crate::env::Env;
use crate::error::{Error, Result};
use crate::hot::OpenSlice;
use crate::segment::Segment;
use crate::snapshot::TableSnapshot;
use morsel::{Part, SegmentRead, Target};

/// How many morsels a stream reads at the same time.
const READ_AHEAD: usize = 2;

/// A planned scan of one table.
#[derive(Debug, Clone)]
pub struct Scan {
    env: Env,
    target: Arc<Target>,
    morsels: Vec<Morsel>,
    counts: ScanCounts,
}

impl Scan {
    pub(crate) fn plan(table: &TableSnapshot, options: ScanOptions) -> Result<Self> {
        let view = table.view();
        for column in options.predicate.columns() {
            if view.schema.column_with_name(column).is_none() {
                return Err(Error::invalid(format!(
                    "table `{}` has no column `{column}` to filter by",
                    view.name
                )));
            }
        }
        let target = Arc::new(Target::new(Arc::clone(&view.schema), options)?);
        let mut scan = Self {
            env: table.env().clone(),
            target,
            morsels: Vec::new(),
            counts: ScanCounts::default(),
        };
        for segment in &view.segments {
            scan.add_segment(segment);
        }
        for slice in table.open_slices() {
            scan.add_open(slice);
        }
        scan.count();
        Ok(scan)
    }

    fn may_match(&self, stats: &SegmentStats) -> bool {
        self.target
            .predicate
            .may_match(&self.target.table_schema, stats)
    }

    fn add_segment(&mut self, segment: &Arc<Segment>) {
        let access = &SegmentRead::of(segment);
        self.counts.segments += 1;
        let listed = segment.cold.as_ref().map(|file| file.listed());
        let may_match = match listed.and_then(|listed| listed.known.as_ref()) {
            Some((columns, stats)) => self.target.predicate.may_match(columns, stats),
            None => self.may_match(&segment.facts.stats),
        };
        if !may_match {
            self.counts.segments_pruned += 1;
            return;
        }
        if let Some(hot) = &segment.hot {
            for (index, stats) in hot.morsels().iter().enumerate() {
                if self.may_match(stats) {
                    let part = Part::Hot(Arc::clone(hot), index);
                    self.push(Some(access), stats.rows, part);
                } else {
                    self.counts.morsels_pruned += 1;
                }
            }
            return;
        }
        let (parts, make): (u32, &dyn Fn(usize) -> Part) = match (&segment.warm, &segment.cold) {
            (Some(file), _) => (file.meta.parts, &|index| {
                Part::Warm(Arc::clone(file), index)
            }),
            (None, Some(file)) => (file.meta.parts, &|index| {
                Part::Cold(Arc::clone(file), index)
            }),
            (None, None) => (0, &|_| Part::Open(Vec::new())),
        };
        let rows = segment.facts.rows.div_ceil(u64::from(parts.max(1)));
        for index in 0..parts as usize {
            self.push(Some(access), rows, make(index));
        }
    }

    fn add_open(&mut self, slice: OpenSlice) {
        let rows = slice.batch.num_rows() as u64;
        self.push(None, rows, Part::Open(vec![slice.batch]));
    }

    fn push(&mut self, segment: Option<&Arc<SegmentRead>>, rows: u64, part: Part) {
        self.morsels
            .push(Morsel::new(&self.env, &self.target, segment, rows, part));
    }

    fn count(&mut self) {
        self.counts.morsels = self.morsels.len() as u64;
        metrics::counter!("thermocline_scan_segments_total").increment(self.counts.segments);
        metrics::counter!("thermocline_scan_segments_pruned_total")
            .increment(self.counts.segments_pruned);
    }

    /// The columns of its batches.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.target.schema
    }

    /// The units of work, which may be read in parallel and in any order.
    #[must_use]
    pub fn morsels(&self) -> &[Morsel] {
        &self.morsels
    }

    /// What was pruned at planning.
    #[must_use]
    pub fn counts(&self) -> ScanCounts {
        self.counts
    }

    /// The fastest tiers that its morsels are in, fastest first.
    #[must_use]
    pub fn tiers(&self) -> Vec<Tier> {
        let mut tiers: Vec<_> = self.morsels.iter().map(Morsel::tier).collect();
        tiers.sort_unstable();
        tiers.dedup();
        tiers
    }

    /// The matching rows, exactly, in no particular order.
    #[must_use]
    pub fn stream(&self) -> BoxStream<'static, Result<RecordBatch>> {
        let env = self.env.clone();
        let target = Arc::clone(&self.target);
        futures::stream::iter(self.morsels.clone())
            .map(move |morsel| {
                let target = Arc::clone(&target);
                let env = env.clone();
                async move { env.blocking(move || target.collect(&morsel)).await }
            })
            .buffered(READ_AHEAD)
            .flat_map(|outcome| {
                let batches = match outcome {
                    Ok(batches) => batches.into_iter().map(Ok).collect(),
                    Err(error) => vec![Err(error)],
                };
                futures::stream::iter(batches)
            })
            .boxed()
    }
}

impl Target {
    /// All matching rows of one morsel.
    fn collect(&self, morsel: &Morsel) -> Result<Vec<RecordBatch>> {
        let mut batches = Vec::new();
        for batch in morsel.open_for_filter()? {
            let batch = self.exactly(&batch?)?;
            if batch.num_rows() > 0 {
                batches.push(batch);
            }
        }
        Ok(batches)
    }

    /// Leaves out the rows that do not match, then the columns that are only
    /// there to decide it.
    fn exactly(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let kept = match self.predicate {
            Predicate::True => batch.clone(),
            _ => {
                let keep = self.predicate.evaluate(batch)?;
                filter_record_batch(batch, &keep).map_err(Error::bug)?
            }
        };
        let columns: Vec<usize> = (0..self.schema.fields().len()).collect();
        kept.project(&columns).map_err(Error::bug)
    }
}
