//! Small cold files of a partition become one.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use futures::future::BoxFuture;
use thermocline_formats::{PartitionKey, SegmentStats};
use thermocline_policy::Tier;

use super::busy::Busy;
use super::cold::ColdChange;
use super::source;
use crate::cold::{self, ColdFile};
use crate::columns::conform;
use crate::error::{Error, Result};
use crate::hot::{batch_bytes, event_range, sorted};
use crate::layout::{FileName, Layout, TableId};
use crate::lsn::LsnRange;
use crate::manifest::{Home, SegmentMeta};
use crate::segment::Segment;
use crate::snapshot::TableView;
use crate::store::Core;

/// What a compaction did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct CompactReport {
    /// Small files that were put together.
    pub files_before: u64,
    /// Files that they became.
    pub files_after: u64,
    /// Rows in them.
    pub rows: u64,
}

impl Core {
    /// Puts small cold files of each partition together where there are at least
    /// `at_least` of them.
    pub(crate) fn compact(
        self: &Arc<Self>,
        id: TableId,
        at_least: usize,
    ) -> BoxFuture<'_, Result<CompactReport>> {
        Box::pin(async move {
            let mut report = CompactReport::default();
            let view = self.view();
            let Some(table) = view.table_by_id(id) else {
                return Ok(report);
            };
            for group in self.small_files(table, at_least.max(2)) {
                let marks: Vec<_> = group.iter().map(|s| Busy::mark(self, s.id)).collect();
                if marks.iter().any(Option::is_none) {
                    continue;
                }
                let rows: u64 = group.iter().map(|segment| segment.facts.rows).sum();
                let files = group.len() as u64;
                if self.put_together(table, group).await? {
                    report.files_before += files;
                    report.files_after += 1;
                    report.rows += rows;
                    metrics::counter!("thermocline_compactions_total").increment(1);
                }
            }
            Ok(report)
        })
    }

    /// Runs of small files, each of one partition and of no more rows than one file
    /// should have.
    fn small_files(&self, table: &TableView, at_least: usize) -> Vec<Vec<Arc<Segment>>> {
        let small = self.settings.cold_small_bytes;
        let state = self.state();
        let marks = state.tables.get(&table.id).map(|table| &table.marks);
        // Compaction needs memory beside that of the rows in hot: no more than they may take.
        let budget = state.policy.budgets.hot;
        let budget = budget.map_or(u64::MAX, |budget| budget.bytes());
        let most = self.settings.cold_compact_bytes.min(budget);
        let mut partitions: BTreeMap<&PartitionKey, Vec<&Arc<Segment>>> = BTreeMap::new();
        for segment in &table.segments {
            // Who has marked a segment wants to find it again.
            if marks.is_some_and(|marks| marks.name(segment.id)) {
                continue;
            }
            let file = segment.cold.as_ref().filter(|_| segment.home == Tier::Cold);
            if file.is_some_and(|file| file.meta.bytes < small) {
                partitions
                    .entry(&segment.facts.partition)
                    .or_default()
                    .push(segment);
            }
        }
        let mut groups = Vec::new();
        for segments in partitions.into_values() {
            let (mut group, mut bytes) = (Vec::new(), 0);
            for segment in segments {
                let more = segment.facts.hot_bytes;
                if bytes + more > most && !group.is_empty() {
                    groups.push(std::mem::take(&mut group));
                    bytes = 0;
                }
                bytes += more;
                group.push(Arc::clone(segment));
            }
            groups.push(group);
        }
        groups.retain(|group| group.len() >= at_least);
        groups
    }

    async fn put_together(
        self: &Arc<Self>,
        table: &TableView,
        group: Vec<Arc<Segment>>,
    ) -> Result<bool> {
        let old: Vec<_> = group.iter().map(|segment| segment.id).collect();
        let core = Arc::clone(self);
        let table = table.clone();
        let id = table.id;
        let (segment, meta, bytes) = self
            .env
            .blocking(move || core.together(&table, &group))
            .await?;
        let Home::Cold(file) = &meta.home else {
            return Err(Error::bug("files that became none"));
        };
        // Who has it keeps a vacuum from it, from before it is there.
        let written = ColdFile::new(&self.cold, Some(Arc::clone(&self.garbage)), file.clone());
        self.cold.put(&file.path, bytes).await?;
        if let Err(error) = written.verify(meta.rows).await {
            written.retire();
            return Err(error);
        }
        let change = ColdChange {
            put: vec![(segment, Arc::new(meta))],
            remove: old,
            rewrites: true,
            ..ColdChange::default()
        };
        self.change_cold_by(id, change, &written).await
    }

    fn together(
        &self,
        table: &TableView,
        group: &[Arc<Segment>],
    ) -> Result<(thermocline_policy::SegmentId, SegmentMeta, bytes::Bytes)> {
        let facts = || group.iter().map(|segment| &segment.facts);
        let partition = facts()
            .map(|facts| facts.partition.clone())
            .next()
            .unwrap_or_default();
        let now = self.env.clock.now();
        let segment = self.env.ids.segment(now);
        let file = FileName::new(segment, &self.env);
        let name = Layout::cold_name(table, &partition, &file);
        let options = self.settings.cold.clone();
        let options = options
            .with_sort_by(table.layout.sort_by.clone())
            .with_open_types(true);
        let mut tally = Tally::default();
        let rows = rows_of(group, table)?.map(|batch| batch.inspect(|batch| tally.add(batch)));
        let (file, bytes, _) = cold::write(name, segment, &table.schema, rows, &options)?;
        let expected: u64 = facts().map(|facts| facts.rows).sum();
        if tally.rows != expected {
            let what = format!(
                "its small files have {} rows instead of {expected}",
                tally.rows
            );
            return Err(Error::corrupt(format_args!("table {}", table.name), what));
        }
        let stats = tally.stats.unwrap_or_default();
        let lsns = LsnRange {
            first: facts()
                .map(|facts| facts.lsns.first)
                .min()
                .unwrap_or_default(),
            last: facts()
                .map(|facts| facts.lsns.last)
                .max()
                .unwrap_or_default(),
        };
        let meta = SegmentMeta {
            partition,
            rows: tally.rows,
            lsns,
            schema_version: table.schema_version,
            event_time: event_range(&table.schema, &stats, table.layout.event_time.as_deref()),
            stats,
            hot_bytes: tally.bytes,
            sealed_at: facts().map(|facts| facts.sealed_at).min().unwrap_or(now),
            home_since: now,
            home: Home::Cold(file),
            warm_copy: None,
        };
        Ok((segment, meta, bytes))
    }
}

/// The rows of segments, one batch after the other; as one sorted batch if the table has a sort key.
fn rows_of<'a>(
    group: &'a [Arc<Segment>],
    table: &'a TableView,
) -> Result<Box<dyn Iterator<Item = Result<RecordBatch>> + 'a>> {
    let mut parts = Vec::new();
    for segment in group {
        parts.push(source::rows(segment, &table.schema)?);
    }
    let batches = parts
        .into_iter()
        .flatten()
        .map(|batch| conform(&batch?, &table.schema));
    if table.layout.sort_by.is_empty() {
        return Ok(Box::new(batches));
    }
    let batches = batches.collect::<Result<Vec<_>>>()?;
    let whole = concat_batches(&table.schema, &batches).map_err(Error::bug)?;
    drop(batches);
    let whole = sorted(whole, &table.layout.sort_by)?;
    Ok(Box::new(std::iter::once(Ok(whole))))
}

/// What is to be known of rows that go by.
#[derive(Default)]
struct Tally {
    rows: u64,
    bytes: u64,
    stats: Option<SegmentStats>,
}

impl Tally {
    fn add(&mut self, batch: &RecordBatch) {
        self.rows += batch.num_rows() as u64;
        self.bytes += batch_bytes(batch);
        let stats = SegmentStats::of(batch);
        match &mut self.stats {
            Some(all) => all.merge(&stats),
            None => self.stats = Some(stats),
        }
    }
}
