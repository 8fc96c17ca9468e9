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
}

/// Makes one segment for each partition, sorted by the table's sort key. They
/// have only their hot copy, and their home is the log.
pub(crate) fn seal(
    request: &SealRequest<'_>,
    mut fresh_id: impl FnMut() -> SegmentId,
) -> Result<Vec<Segment>> {
    let (Some(first), Some(last)) = (request.rows.first(), request.rows.last()) else {
        return Ok(Vec::new());
    };
    let lsns = LsnRange {
        first: first.lsns.first,
        last: last.lsns.last,
    };
    let batches = request
        .rows
        .iter()
        .map(|slice| adapt_batch(&slice.batch, request.schema).map_err(Error::from))
        .collect::<Result<Vec<_>>>()?;
    let whole = concat_batches(request.schema, &batches).map_err(Error::bug)?;
    drop(batches);
    let parts = request.partition_by.split(&whole)?;
    drop(whole);
    parts
        .into_iter()
        .filter(|(_, batch)| batch.num_rows() > 0)
        .map(|(partition, batch)| {
            let batch = sorted(batch, request.sort_by)?;
            Ok(segment(request, fresh_id(), partition, batch, lsns))
        })
        .collect()
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
        access: Arc::new(Access::new()),
    }
}

fn sorted(batch: RecordBatch, sort_by: &[String]) -> Result<RecordBatch> {
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
fn event_range(
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
