//! Open rows become segments.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch};
use arrow::datatypes::{Schema, SchemaRef};
use thermocline_formats::{Bound, PartitionBy, PartitionKey, SegmentStats, adapt_batch};
use thermocline_policy::{SegmentId, Tier, Timestamp};

use super::{HotRows, OpenSlice, batch_bytes};
use crate::error::{Error, Result};
use crate::event_time;
use crate::heat::Recorder;
use crate::lsn::LsnRange;
use crate::segment::{Access, Sealed, Segment};

/// What is sealed, and how.
#[derive(Debug)]
pub(crate) struct SealRequest<'a> {
    pub(crate) rows: Vec<OpenSlice>,
    pub(crate) schema: &'a SchemaRef,
    pub(crate) schema_version: u32,
    pub(crate) partition_by: &'a PartitionBy,
    pub(crate) sort_by: &'a [String],
    pub(crate) event_time: Option<&'a str>,
    pub(crate) now: Timestamp,
    pub(crate) recorder: &'a Arc<Recorder>,
}

/// Makes one segment for each partition, sorted by the table's sort key. They
/// have only their hot copy, and their home is the log.
///
/// Rows that don't fit into one batch make further segments, of later writes:
/// segments of one partition never share a write, or replay could not tell whose
/// rows have a file.
pub(crate) fn seal(
    request: &SealRequest<'_>,
    mut fresh_id: impl FnMut() -> SegmentId,
) -> Result<Vec<Segment>> {
    let mut segments = Vec::new();
    for (lsns, whole) in joined(&request.rows, request.schema)? {
        for (partition, batch) in request.partition_by.split(&whole)? {
            if batch.num_rows() > 0 {
                let batch = sorted(batch, request.sort_by)?;
                segments.push(segment(request, fresh_id(), partition, batch, lsns));
            }
        }
    }
    Ok(segments)
}

/// The rows as one batch, or as few more if they don't fit into one: the values of
/// dictionaries may be more than the keys can count, texts more than offsets can.
fn joined(rows: &[OpenSlice], schema: &SchemaRef) -> Result<Vec<(LsnRange, RecordBatch)>> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
        return Ok(Vec::new());
    };
    let batches = rows
        .iter()
        .map(|slice| adapt_batch(&slice.batch, schema).map_err(Error::from))
        .collect::<Result<Vec<_>>>()?;
    match concat_batches(schema, &batches) {
        Ok(whole) => {
            let lsns = LsnRange {
                first: first.lsns.first,
                last: last.lsns.last,
            };
            Ok(vec![(lsns, whole)])
        }
        Err(error) if rows.len() == 1 => Err(Error::bug(error)),
        Err(_) => {
            let (before, after) = rows.split_at(rows.len() / 2);
            let mut parts = joined(before, schema)?;
            parts.extend(joined(after, schema)?);
            Ok(parts)
        }
    }
}

fn segment(
    request: &SealRequest<'_>,
    id: SegmentId,
    partition: PartitionKey,
    batch: RecordBatch,
    lsns: LsnRange,
) -> Segment {
    let rows = batch.num_rows() as u64;
    let hot_bytes = batch_bytes(&batch);
    let hot = HotRows::new(batch);
    let stats = hot.merged_stats();
    let event_time = event_range(request.schema, &stats, request.event_time);
    let sealed = Sealed {
        partition,
        rows,
        lsns,
        schema_version: request.schema_version,
        stats,
        hot_bytes,
        sealed_at: request.now,
        event_time,
    };
    Segment {
        id,
        facts: Arc::new(sealed),
        home: Tier::Hot,
        home_since: request.now,
        hot: Some(Arc::new(hot)),
        warm: None,
        cold: None,
        access: Arc::new(Access::new(id, request.recorder)),
    }
}

pub(crate) fn sorted(batch: RecordBatch, sort_by: &[String]) -> Result<RecordBatch> {
    if sort_by.is_empty() {
        return Ok(batch);
    }
    let columns = sort_by
        .iter()
        .map(|name| {
            let column = batch
                .column_by_name(name)
                .ok_or_else(|| Error::bug(format!("the sort column `{name}` is missing")))?;
            Ok(SortColumn {
                values: Arc::clone(column),
                options: None,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let order = lexsort_to_indices(&columns, None).map_err(Error::bug)?;
    take_record_batch(&batch, &order).map_err(Error::bug)
}

/// Least and greatest event time, from the zone map of its column.
pub(crate) fn event_range(
    schema: &Schema,
    stats: &SegmentStats,
    column: Option<&str>,
) -> Option<(Timestamp, Timestamp)> {
    let (index, field) = schema.column_with_name(column?)?;
    let stats = stats.columns.get(index)?;
    let at = |bound: &Option<Bound>| match bound {
        Some(Bound::Int(value)) => event_time::micros(*value, field.data_type()),
        _ => None,
    };
    Some((at(&stats.min)?, at(&stats.max)?))
}
