//! Where in a heap each row's values are.

use std::ops::Range;

use arrow::buffer::OffsetBuffer;

use super::{AnyColumn, Column};

/// The part of a heap that belongs to each row.
///
/// As long as rows are only added at the end, they lie one after the other and have Arrow's
/// offsets. Once a row is replaced by one of another length, or moved, each has a range of its own,
/// and the heap has parts that no row needs; so a change costs the row and not the column.
#[derive(Debug, Clone, Default)]
pub(super) struct Ranges {
    /// Where each row ends, after where the first begins. Empty if there are no rows.
    offsets: Column<i32>,
    /// Instead of the offsets.
    loose: Option<Loose>,
}

#[derive(Debug, Clone)]
struct Loose {
    ranges: Vec<Range<usize>>,
    /// The sum of their lengths.
    used: usize,
}

impl Ranges {
    pub(super) fn len(&self) -> usize {
        match &self.loose {
            None => self.offsets.len().saturating_sub(1),
            Some(loose) => loose.ranges.len(),
        }
    }

    /// The range of a row; empty if there is no such row.
    pub(super) fn get(&self, row: usize) -> Range<usize> {
        match &self.loose {
            None => packed(&self.offsets, row),
            Some(loose) => loose.ranges.get(row).cloned().unwrap_or_default(),
        }
    }

    pub(super) fn reserve(&mut self, additional: usize) {
        match &mut self.loose {
            None => self.offsets.reserve(additional.saturating_add(1)),
            Some(loose) => loose.ranges.reserve(additional),
        }
    }

    /// Adds a row.
    pub(super) fn push(&mut self, range: Range<usize>) {
        if self.loose.is_none() {
            let follows = self.end() == Some(range.start);
            if let (true, Ok(end)) = (follows, i32::try_from(range.end)) {
                if self.offsets.is_empty() {
                    self.offsets.push(0);
                }
                self.offsets.push(end);
                return;
            }
        }
        let loose = self.loosen();
        loose.used += range.len();
        loose.ranges.push(range);
    }

    /// Gives another range to a row.
    pub(super) fn set(&mut self, row: usize, range: Range<usize>) {
        if self.get(row) == range {
            return;
        }
        let loose = self.loosen();
        if let Some(old) = loose.ranges.get_mut(row) {
            loose.used = loose.used + range.len() - old.len();
            *old = range;
        }
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        if rows == 0 {
            self.loose = None;
        }
        match &mut self.loose {
            None => self.offsets.truncate(rows.saturating_add(1)),
            Some(loose) => {
                loose.ranges.truncate(rows);
                loose.used = loose.ranges.iter().map(Range::len).sum();
            }
        }
    }

    pub(super) fn swap_remove(&mut self, row: usize) {
        let rows = self.len();
        if self.loose.is_none() && row + 1 == rows {
            self.truncate(row);
        } else if row < rows {
            let loose = self.loosen();
            loose.used -= loose.ranges.swap_remove(row).len();
        }
    }

    /// The ranges in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        (0..self.len()).map(|row| self.get(row))
    }

    /// Arrow's offsets, in the memory of these, if the rows lie one after the other.
    pub(super) fn offsets(&self) -> Option<OffsetBuffer<i32>> {
        match &self.loose {
            None if self.offsets.is_empty() => Some(OffsetBuffer::new_empty()),
            None => Some(OffsetBuffer::new(self.offsets.share())),
            Some(_) => None,
        }
    }

    /// Where the heap may end, if the rows lie one after the other.
    pub(super) fn end(&self) -> Option<usize> {
        let last = || self.offsets.last().map_or(0, |&end| from_offset(end));
        self.loose.is_none().then(last)
    }

    /// Whether more than half of a heap of this length belongs to no row.
    pub(super) fn is_mostly_unused(&self, heap: usize) -> bool {
        let needed = |loose: &Loose| loose.used.saturating_mul(2).saturating_add(1024);
        self.loose
            .as_ref()
            .is_some_and(|loose| needed(loose) < heap)
    }

    pub(super) fn memory_size(&self) -> usize {
        let loose = self
            .loose
            .as_ref()
            .map_or(0, |loose| loose.ranges.capacity());
        self.offsets.memory_size() + loose * size_of::<Range<usize>>()
    }

    fn loosen(&mut self) -> &mut Loose {
        let offsets = &mut self.offsets;
        self.loose.get_or_insert_with(|| {
            let offsets = std::mem::take(offsets);
            let rows = offsets.len().saturating_sub(1);
            let ranges: Vec<_> = (0..rows).map(|row| packed(&offsets, row)).collect();
            let used = ranges.iter().map(Range::len).sum();
            Loose { ranges, used }
        })
    }
}

impl From<&OffsetBuffer<i32>> for Ranges {
    /// Shares the memory.
    fn from(offsets: &OffsetBuffer<i32>) -> Self {
        let offsets = offsets.inner();
        let is_empty = offsets.len() < 2;
        Self {
            offsets: if is_empty {
                Column::new()
            } else {
                offsets.clone().into()
            },
            loose: None,
        }
    }
}

/// The range between two neighbouring offsets.
fn packed(offsets: &[i32], row: usize) -> Range<usize> {
    match offsets.get(row..).and_then(<[i32]>::first_chunk) {
        Some(&[start, end]) => from_offset(start)..from_offset(end),
        None => 0..0,
    }
}

/// Offsets are never negative.
fn from_offset(offset: i32) -> usize {
    usize::try_from(offset).unwrap_or(0)
}
