//! Rows that were appended and not sealed yet.

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use parking_lot::RwLock;
use thermocline_policy::Timestamp;

use super::bytes::batch_bytes;
use crate::error::{Error, Result};
use crate::lsn::{Lsn, LsnRange};

/// A run of small batches is joined when it has this many, so that a million
/// single-row appends don't stay a million batches.
const JOIN_COUNT: usize = 64;
/// A batch with at least this many rows is never copied to be joined.
const JOIN_ROWS: usize = 4_096;

/// Rows in the order of their numbers; it only grows. A snapshot sees a prefix.
#[derive(Debug, Default)]
pub(crate) struct OpenRows {
    inner: RwLock<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// When the first rows came.
    since: Option<Timestamp>,
    chunks: Vec<Chunk>,
    rows: u64,
    bytes: u64,
}

/// One batch, made of one or several writes.
#[derive(Debug, Clone)]
struct Chunk {
    batch: RecordBatch,
    schema_version: u32,
    /// Number of each write in it, with the row behind its last.
    ends: Vec<(Lsn, usize)>,
}

/// Rows of some writes, as a scan takes them.
#[derive(Debug, Clone)]
pub(crate) struct OpenSlice {
    pub(crate) batch: RecordBatch,
    pub(crate) lsns: LsnRange,
}

impl OpenRows {
    /// When the first rows came.
    pub(crate) fn since(&self) -> Option<Timestamp> {
        self.inner.read().since
    }

    pub(crate) fn rows(&self) -> u64 {
        self.inner.read().rows
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.inner.read().bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.inner.read().chunks.is_empty()
    }

    /// The numbers of the first and last write.
    pub(crate) fn lsns(&self) -> Option<LsnRange> {
        let inner = self.inner.read();
        let first = inner.chunks.first()?.ends.first()?.0;
        let last = inner.chunks.last()?.ends.last()?.0;
        Some(LsnRange { first, last })
    }

    /// Adds a write; the caller sees to the order.
    pub(crate) fn push(
        &self,
        lsn: Lsn,
        schema_version: u32,
        batch: RecordBatch,
        now: Timestamp,
    ) -> Result<()> {
        let mut inner = self.inner.write();
        inner.since.get_or_insert(now);
        inner.rows += batch.num_rows() as u64;
        inner.bytes += batch_bytes(&batch);
        let ends = vec![(lsn, batch.num_rows())];
        inner.chunks.push(Chunk {
            batch,
            schema_version,
            ends,
        });
        inner.join()
    }

    /// The rows of all writes up to `lsn`.
    pub(crate) fn up_to(&self, lsn: Lsn) -> Vec<OpenSlice> {
        self.inner
            .read()
            .chunks
            .iter()
            .map_while(|chunk| chunk.up_to(lsn))
            .collect()
    }

    /// Number of rows of all writes up to `lsn`.
    pub(crate) fn rows_up_to(&self, lsn: Lsn) -> u64 {
        let inner = self.inner.read();
        match inner.chunks.last().and_then(|chunk| chunk.ends.last()) {
            Some((last, _)) if *last <= lsn => inner.rows,
            _ => inner
                .chunks
                .iter()
                .map_while(|chunk| chunk.end_at(lsn).map(|(_, rows)| rows as u64))
                .sum(),
        }
    }
}

impl Inner {
    /// Joins the small batches at the end when there are many. Each row is
    /// copied at most log(JOIN_ROWS) / log(JOIN_COUNT) times.
    fn join(&mut self) -> Result<()> {
        let Some(version) = self.chunks.last().map(|chunk| chunk.schema_version) else {
            return Ok(());
        };
        let mut level = 1;
        while level < JOIN_ROWS {
            // A level holds batches of fewer than `next` rows that were joined
            // equally often.
            let next = level * JOIN_COUNT;
            let run = self
                .chunks
                .iter()
                .rev()
                .take_while(|chunk| {
                    chunk.schema_version == version && chunk.batch.num_rows() < next
                })
                .count();
            if run < JOIN_COUNT {
                return Ok(());
            }
            let tail = self.chunks.split_off(self.chunks.len() - run);
            self.chunks.push(Chunk::joined(&tail)?);
            level = next;
        }
        Ok(())
    }
}

impl Chunk {
    fn joined(parts: &[Self]) -> Result<Self> {
        let first = parts.first().ok_or_else(|| Error::bug("nothing to join"))?;
        let batches = parts.iter().map(|part| &part.batch);
        let batch = concat_batches(first.batch.schema_ref(), batches).map_err(Error::bug)?;
        let mut ends = Vec::with_capacity(parts.iter().map(|part| part.ends.len()).sum());
        let mut start = 0;
        for part in parts {
            ends.extend(part.ends.iter().map(|(lsn, end)| (*lsn, start + end)));
            start += part.batch.num_rows();
        }
        Ok(Self {
            batch,
            schema_version: first.schema_version,
            ends,
        })
    }

    /// The last write up to `lsn`, and the row behind it.
    fn end_at(&self, lsn: Lsn) -> Option<(Lsn, usize)> {
        let writes = self.ends.partition_point(|(l, _)| *l <= lsn);
        self.ends.get(writes.checked_sub(1)?).copied()
    }

    fn up_to(&self, lsn: Lsn) -> Option<OpenSlice> {
        let (last, rows) = self.end_at(lsn)?;
        let first = self.ends.first()?.0;
        Some(OpenSlice {
            batch: self.batch.slice(0, rows),
            lsns: LsnRange { first, last },
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, RecordBatch};

    use super::*;

    fn one(value: i64) -> RecordBatch {
        let column: ArrayRef = Arc::new(Int64Array::from(vec![value]));
        RecordBatch::try_from_iter([("v", column)]).unwrap()
    }

    fn values(rows: &OpenRows, lsn: u64) -> Vec<i64> {
        rows.up_to(Lsn(lsn))
            .iter()
            .flat_map(|slice| {
                let column = slice
                    .batch
                    .column(0)
                    .as_any()
                    .downcast_ref::<Int64Array>()
                    .unwrap();
                column.values().to_vec()
            })
            .collect()
    }

    #[test]
    fn a_prefix_is_the_same_before_and_after_small_batches_are_joined() {
        let rows = OpenRows::default();
        for n in 1..=10_000 {
            rows.push(Lsn(n), 0, one(n.cast_signed()), Timestamp(0))
                .unwrap();
            if n % 997 == 0 {
                let half = n / 2;
                let expected: Vec<i64> = (1..=half.cast_signed()).collect();
                assert_eq!(values(&rows, half), expected);
                assert_eq!(rows.rows_up_to(Lsn(half)), half);
            }
        }
        assert_eq!(values(&rows, 10_000).len(), 10_000);
        let chunks = rows.inner.read().chunks.len();
        assert!(chunks < 200, "{chunks} batches are left of 10,000");
    }
}
