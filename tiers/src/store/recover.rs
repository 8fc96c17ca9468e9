//! From what is on disk to a view.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use thermocline_formats::{PartitionBy, PartitionKey};
use thermocline_policy::SegmentId;

use crate::cold::{ColdFile, ColdStore};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::garbage::Garbage;
use crate::heat::Recorder;
use crate::hot::OpenRows;
use crate::layout::{Layout, TableId};
use crate::log::Record;
use crate::manifest::{Covered, FileMeta, Home, SegmentMeta, State, TableMeta};
use crate::segment::{Access, Sealed, Segment};
use crate::snapshot::{TableLayout, TableView, View};
use crate::warm::{Maps, WarmFile};

/// What recovery reaches for.
#[derive(Debug, Clone)]
pub(crate) struct Recovered {
    pub(crate) env: Env,
    pub(crate) layout: Layout,
    pub(crate) cold: ColdStore,
    pub(crate) maps: Arc<Maps>,
    /// `None` in a reading process.
    pub(crate) garbage: Option<Arc<Garbage>>,
    pub(crate) recorder: Arc<Recorder>,
}

/// The view that a manifest and the records behind it describe. `reuse` offers
/// segments of an earlier view, with what they have mapped. No segment file is
/// touched.
pub(crate) fn build_view(
    with: &Recovered,
    state: &State,
    records: &[Record],
    reuse: Option<&View>,
) -> Result<View> {
    let mut tables = BTreeMap::new();
    for (id, meta) in &state.tables {
        let before = reuse.and_then(|view| view.table_by_id(*id));
        let (schema, schema_version) = meta.schema()?;
        let segments = meta
            .segments
            .iter()
            .map(|(segment, meta)| {
                let known = before.and_then(|table| table.segment(*segment));
                Arc::new(build_segment(with, *segment, meta, known.map(Arc::as_ref)))
            })
            .collect();
        let open = OpenRows::default();
        replay(with, *id, meta, records, &open)?;
        let table = TableView {
            id: *id,
            name: meta.name.clone(),
            schema,
            schema_version,
            layout: Arc::new(TableLayout {
                partition_by: meta.partition_by.clone(),
                sort_by: meta.sort_by.clone(),
                event_time: meta.event_time.clone(),
            }),
            segments,
            open: vec![Arc::new(open)],
            dropping: meta.cold.drops_table(),
        };
        tables.insert(meta.name.clone(), Arc::new(table));
    }
    Ok(View {
        version: state.version,
        tables,
    })
}

fn build_segment(
    with: &Recovered,
    id: SegmentId,
    meta: &SegmentMeta,
    known: Option<&Segment>,
) -> Segment {
    let warm = |file: &FileMeta| {
        let same = known
            .and_then(|s| s.warm.as_ref())
            .filter(|warm| warm.meta == *file);
        same.cloned().unwrap_or_else(|| {
            Arc::new(WarmFile::new(
                &with.env,
                &with.layout,
                &with.maps,
                with.garbage.clone(),
                file.clone(),
            ))
        })
    };
    let cold = |file: &FileMeta| {
        let same = known
            .and_then(|s| s.cold.as_ref())
            .filter(|cold| cold.meta == *file);
        same.cloned().unwrap_or_else(|| {
            Arc::new(ColdFile::new(
                &with.cold,
                with.garbage.clone(),
                file.clone(),
            ))
        })
    };
    let (warm, cold) = match &meta.home {
        Home::Warm(file) => (Some(warm(file)), None),
        Home::Cold(file) => (meta.warm_copy.as_ref().map(warm), Some(cold(file))),
    };
    let sealed = || Sealed::of(meta);
    Segment {
        id,
        facts: known.map_or_else(|| Arc::new(sealed()), |s| Arc::clone(&s.facts)),
        home: meta.home.tier(),
        home_since: meta.home_since,
        hot: None,
        warm,
        cold,
        access: known.map_or_else(
            || Arc::new(Access::new(id, &with.recorder)),
            |s| Arc::clone(&s.access),
        ),
    }
}

/// Makes the rows of the log open again that no segment file has.
fn replay(
    with: &Recovered,
    id: TableId,
    meta: &TableMeta,
    records: &[Record],
    open: &OpenRows,
) -> Result<()> {
    let schemas = meta.decoded_schemas()?;
    let now = with.env.clock.now();
    for record in records.iter().filter(|record| record.table == id) {
        let schema = schemas.get(record.schema_version as usize).ok_or_else(|| {
            Error::corrupt(
                "log",
                format!(
                    "write {} has columns that table `{}` never had",
                    record.lsn, meta.name
                ),
            )
        })?;
        let batch = record.decode(schema)?;
        let covered: Vec<&Covered> = meta
            .covered
            .iter()
            .filter(|covered| covered.lsns.contains(record.lsn))
            .collect();
        let batch = if covered.is_empty() {
            batch
        } else {
            uncovered(&batch, &meta.partition_by, &covered)?
        };
        if batch.num_rows() > 0 {
            open.push(record.lsn, record.schema_version, batch, now);
        }
    }
    Ok(())
}

/// The rows of partitions that are not covered, in their order.
fn uncovered(batch: &RecordBatch, by: &PartitionBy, covered: &[&Covered]) -> Result<RecordBatch> {
    let is_covered = |key: &PartitionKey| covered.iter().any(|covered| covered.partition == *key);
    let parts = by.split(batch)?;
    if parts.iter().all(|(key, _)| is_covered(key)) {
        return Ok(batch.slice(0, 0));
    }
    if !parts.iter().any(|(key, _)| is_covered(key)) {
        return Ok(batch.clone());
    }
    // Rows keep their order within a partition, and partitions are sorted apart
    // at the seal, so the order between partitions does not matter.
    let kept = parts
        .into_iter()
        .filter(|(key, _)| !is_covered(key))
        .map(|(_, part)| part);
    let kept: Vec<_> = kept.collect();
    arrow::compute::concat_batches(&batch.schema(), &kept).map_err(Error::bug)
}
