//! Rows that were appended and not sealed yet.

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use parking_lot::RwLock;
use thermocline_policy::Timestamp;

use super::bytes::batch_bytes;
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
    /// It could not be joined with those before it, and is not tried again.
    apart: bool,
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
    pub(crate) fn push(&self, lsn: Lsn, schema_version: u32, batch: RecordBatch, now: Timestamp) {
        let mut inner = self.inner.write();
        inner.since.get_or_insert(now);
        inner.rows += batch.num_rows() as u64;
        inner.bytes += batch_bytes(&batch);
        let ends = vec![(lsn, batch.num_rows())];
        inner.chunks.push(Chunk {
            batch,
            schema_version,
            ends,
            apart: false,
        });
        inner.join();
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
    fn join(&mut self) {
        let Some(version) = self.chunks.last().map(|chunk| chunk.schema_version) else {
            return;
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
                    !chunk.apart && chunk.schema_version == version && chunk.batch.num_rows() < next
                })
                .count();
            if run < JOIN_COUNT {
                return;
            }
            let before = self.chunks.len() - run;
            let joined = self.chunks.get(before..).and_then(Chunk::joined);
            let Some(joined) = joined else {
                if let Some(last) = self.chunks.last_mut() {
                    last.apart = true;
                }
                return;
            };
            self.chunks.truncate(before);
            self.chunks.push(joined);
            level = next;
        }
    }
}

impl Chunk {
    /// `None` if they don't fit into one batch: the values of their dictionaries
    /// may be more than the keys can count, their texts more than offsets can.
    fn joined(parts: &[Self]) -> Option<Self> {
        let first = parts.first()?;
        let batches = parts.iter().map(|part| &part.batch);
        let batch = concat_batches(first.batch.schema_ref(), batches).ok()?;
        let mut ends = Vec::with_capacity(parts.iter().map(|part| part.ends.len()).sum());
        let mut start = 0;
        for part in parts {
            ends.extend(part.ends.iter().map(|(lsn, end)| (*lsn, start + end)));
            start += part.batch.num_rows();
        }
        Some(Self {
            batch,
            schema_version: first.schema_version,
            ends,
            apart: false,
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

    use arrow::array::{ArrayRef, DictionaryArray, Int64Array, RecordBatch};
    use arrow::datatypes::Int8Type;

    use super::*;

    /// Eight words that no other batch has, in a dictionary of at most 128.
    fn words(batch: usize) -> RecordBatch {
        let words = (0..8).map(|word| format!("{batch} {word}"));
        let words = words.collect::<Vec<_>>();
        let words: DictionaryArray<Int8Type> = words.iter().map(String::as_str).collect();
        RecordBatch::try_from_iter([("w", Arc::new(words) as ArrayRef)]).unwrap()
    }

    #[test]
    fn batches_that_do_not_fit_into_one_stay_apart_and_whole() {
        let rows = OpenRows::default();
        for n in 1..=400 {
            rows.push(Lsn(n as u64), 0, words(n), Timestamp(0));
        }
        assert_eq!((rows.rows(), rows.rows_up_to(Lsn(123))), (3_200, 123 * 8));
        let slices = rows.up_to(Lsn(400));
        assert_eq!(
            slices
                .iter()
                .map(|slice| slice.batch.num_rows())
                .sum::<usize>(),
            3_200
        );
        assert_eq!(slices[7].batch, words(8));
    }

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
            rows.push(Lsn(n), 0, one(n.cast_signed()), Timestamp(0));
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
