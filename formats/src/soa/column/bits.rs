//! Bits, eight to a byte, the first the least significant: the layout of Arrow.

use arrow::buffer::BooleanBuffer;

use super::{AnyColumn, Column};

/// A list of bits.
#[derive(Debug, Clone, Default)]
pub(super) struct Bits {
    bytes: Column<u8>,
    len: usize,
}

impl Bits {
    /// So many bits, all equal.
    pub(super) fn repeat(bit: bool, len: usize) -> Self {
        let byte = if bit { 0xff } else { 0 };
        Self {
            bytes: vec![byte; len.div_ceil(8)].into(),
            len,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn reserve(&mut self, additional: usize) {
        self.bytes.reserve(additional.div_ceil(8));
    }

    /// A bit; false if there is no such bit.
    pub(super) fn get(&self, at: usize) -> bool {
        at < self.len
            && self
                .bytes
                .get(at / 8)
                .is_some_and(|byte| byte & mask(at) != 0)
    }

    pub(super) fn set(&mut self, at: usize, bit: bool) -> bool {
        let exists = at < self.len;
        if exists && let Some(byte) = self.bytes.get_mut(at / 8) {
            if bit {
                *byte |= mask(at);
            } else {
                *byte &= !mask(at);
            }
        }
        exists
    }

    pub(super) fn push(&mut self, bit: bool) {
        if self.len.is_multiple_of(8) {
            self.bytes.push(0);
        }
        self.len += 1;
        self.set(self.len - 1, bit);
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
        // What stands behind the last bit doesn't matter: `push` overwrites it.
        self.bytes.truncate(self.len.div_ceil(8));
    }

    pub(super) fn swap_remove(&mut self, at: usize) {
        if at < self.len {
            let last = self.get(self.len - 1);
            self.set(at, last);
            self.truncate(self.len - 1);
        }
    }

    pub(super) fn reorder(&mut self, order: &[usize]) {
        let mut moved = Self::default();
        moved.reserve(order.len());
        for &at in order.iter().filter(|&&at| at < self.len) {
            moved.push(self.get(at));
        }
        *self = moved;
    }

    /// The bits as an Arrow buffer of the same memory.
    pub(super) fn share(&self) -> BooleanBuffer {
        BooleanBuffer::new(self.bytes.share().into_inner(), 0, self.len)
    }

    pub(super) fn memory_size(&self) -> usize {
        self.bytes.memory_size()
    }
}

fn mask(at: usize) -> u8 {
    1 << (at % 8)
}

impl From<&BooleanBuffer> for Bits {
    /// Shares the memory, unless the bits begin in the middle of a byte.
    fn from(bits: &BooleanBuffer) -> Self {
        Self {
            bytes: arrow::buffer::ScalarBuffer::from(bits.sliced()).into(),
            len: bits.len(),
        }
    }
}
