//! Reading a segment's home where its promoted copy cannot be read.
//!
//! Copies of a segment hold the same rows in the same order, so a range of rows
//! of the one is the same range of the other.

use std::ops::Range;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::StreamExt;

use crate::cold::ColdFile;
use crate::error::{Error, Result};
use crate::segment::Segment;
use crate::warm::WarmFile;

/// One block of a promoted copy, or the same rows out of the home. `skip` says
/// of a block's statistics that none of its rows is wanted.
pub(super) fn block(
    copy: &WarmFile,
    home: &ColdFile,
    segment: &Segment,
    index: usize,
    columns: &SchemaRef,
    skip: impl FnOnce(&thermocline_formats::SegmentStats) -> bool,
) -> Result<Vec<RecordBatch>> {
    let rows = match copy.as_copy() {
        Some(mapped) => {
            if mapped.block_stats(index).is_some_and(skip) {
                metrics::counter!("thermocline_scan_blocks_pruned_total").increment(1);
                return Ok(Vec::new());
            }
            match mapped.read_block(index) {
                Ok(batch) => return Ok(vec![batch]),
                Err(error) => {
                    copy.note_damage(&copy.error(error));
                    let before = (0..index).filter_map(|block| mapped.block_rows(block));
                    let start = before.sum::<u64>();
                    start..start + mapped.block_rows(index).unwrap_or(0)
                }
            }
        }
        // Where its blocks begin is not known: each morsel takes an equal part.
        None => share(segment.facts.rows, index as u64, u64::from(copy.meta.parts)),
    };
    home.wait(read(home, rows, columns))
}

/// The `index`th of `parts` parts of so many rows.
fn share(rows: u64, index: u64, parts: u64) -> Range<u64> {
    let each = rows.div_ceil(parts.max(1));
    (each * index).min(rows)..(each * (index + 1)).min(rows)
}

async fn read(home: &ColdFile, rows: Range<u64>, columns: &SchemaRef) -> Result<Vec<RecordBatch>> {
    let footer = home.footer().await?;
    let columns = in_file(footer.schema(), columns);
    let mut found = Vec::new();
    let mut start = 0;
    for group in 0..footer.row_groups() {
        let end = start + footer.row_group_rows(group).unwrap_or(0);
        if start < rows.end && rows.start < end {
            let mut at = start;
            let mut batches = home.read(group, Some(&columns), None).await?;
            while let Some(batch) = batches.next().await {
                let batch = batch.map_err(Error::or_expired)?;
                let next = at + batch.num_rows() as u64;
                let (from, to) = (rows.start.clamp(at, next), rows.end.clamp(at, next));
                if from < to {
                    found.push(batch.slice(offset(from - at)?, offset(to - from)?));
                }
                at = next;
            }
        }
        start = end;
    }
    Ok(found)
}

/// Where the wanted columns are in a file. It may be older than some of them, and another
/// program may have written it in another order.
pub(super) fn in_file(file: &SchemaRef, wanted: &SchemaRef) -> Vec<usize> {
    let fields = wanted.fields().iter();
    fields
        .filter_map(|field| file.index_of(field.name()).ok())
        .collect()
}

fn offset(rows: u64) -> Result<usize> {
    usize::try_from(rows).map_err(Error::bug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_cover_every_row_once() {
        for (rows, parts) in [(10, 3), (1, 4), (0, 2), (65_537, 2), (7, 1)] {
            let shares: Vec<_> = (0..parts).map(|index| share(rows, index, parts)).collect();
            let taken: Vec<u64> = shares.into_iter().flatten().collect();
            assert_eq!(taken, (0..rows).collect::<Vec<_>>());
        }
    }
}
