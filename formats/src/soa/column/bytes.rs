//! Texts and bytes of any length.

use std::borrow::Borrow;
use std::fmt::{self, Debug};
use std::marker::PhantomData;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, GenericByteArray};
use arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{BinaryType, ByteArrayType, DataType, Utf8Type};

use super::ranges::Ranges;
use super::{AnyColumn, Column, ColumnMut, FieldColumn, Slot, equal};
use crate::Result;
use crate::soa::Place;

/// A column of `String`, Arrow's `Utf8`.
pub type Texts = VarBytes<Text>;

/// A column of `Vec<u8>`, Arrow's `Binary`.
pub type Binaries = VarBytes<Binary>;

/// What the bytes of a column stand for.
pub trait BytesKind: 'static {
    /// A value by itself.
    type Owned: Borrow<Self::Borrowed> + 'static;

    /// A value where it stands.
    type Borrowed: ?Sized + Debug + PartialEq + ToOwned<Owned = Self::Owned>;

    /// The Arrow type.
    type Arrow: ByteArrayType<Offset = i32>;

    /// The bytes of a value.
    fn bytes(value: &Self::Borrowed) -> &[u8];

    /// The value of bytes that came from [`bytes`](Self::bytes) or from an Arrow array.
    fn value(bytes: &[u8]) -> &Self::Borrowed;
}

/// `String`, in UTF-8.
#[derive(Debug)]
pub enum Text {}

impl BytesKind for Text {
    type Owned = String;
    type Borrowed = str;
    type Arrow = Utf8Type;

    fn bytes(value: &str) -> &[u8] {
        value.as_bytes()
    }

    fn value(bytes: &[u8]) -> &str {
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

/// `Vec<u8>`.
#[derive(Debug)]
pub enum Binary {}

impl BytesKind for Binary {
    type Owned = Vec<u8>;
    type Borrowed = [u8];
    type Arrow = BinaryType;

    fn bytes(value: &[u8]) -> &[u8] {
        value
    }

    fn value(bytes: &[u8]) -> &[u8] {
        bytes
    }
}

/// A column of texts or bytes, in Arrow's layout: all bytes one after the other, and where each
/// value ends.
///
/// Replacing or removing a value costs the value and not the column: the new bytes go to the end,
/// and the column is put in order again when most of its bytes belong to no value, or when it
/// becomes an array.
pub struct VarBytes<K: BytesKind> {
    ranges: Ranges,
    heap: Column<u8>,
    kind: PhantomData<fn() -> K>,
}

impl<K: BytesKind> VarBytes<K> {
    /// The bytes of a row.
    fn bytes(&self, row: usize) -> &[u8] {
        self.heap
            .as_slice()
            .get(self.ranges.get(row))
            .unwrap_or_default()
    }

    /// Adds a value at the end.
    pub fn push_ref(&mut self, value: &K::Borrowed) {
        let start = self.heap.len();
        self.heap.extend_from_slice(K::bytes(value));
        self.ranges.push(start..self.heap.len());
    }

    /// Offsets and bytes of the values, one after the other; `None` if the bytes are too many for
    /// Arrow's offsets.
    fn packed(&self) -> Option<(OffsetBuffer<i32>, ScalarBuffer<u8>)> {
        if let Some(offsets) = self.ranges.offsets() {
            return Some((offsets, self.heap.share()));
        }
        let lengths = self.ranges.iter().map(|range| range.len());
        let offsets = OffsetBuffer::try_from_lengths(lengths).ok()?;
        let mut bytes = Vec::with_capacity(self.ranges.iter().map(|range| range.len()).sum());
        (0..self.ranges.len()).for_each(|row| bytes.extend_from_slice(self.bytes(row)));
        Some((offsets, bytes.into()))
    }

    /// Drops bytes that belong to no value, if they are most.
    fn tidy(&mut self) {
        if let Some(end) = self.ranges.end() {
            if end < self.heap.len() {
                self.heap.truncate(end);
            }
        } else if self.ranges.is_mostly_unused(self.heap.len()) {
            *self = self.in_order(0..self.len());
        }
    }

    /// These rows, one after the other, each with bytes of its own.
    fn in_order(&self, rows: impl ExactSizeIterator<Item = usize>) -> Self {
        let mut column = Self::default();
        column.reserve(rows.len());
        rows.filter(|row| *row < self.len())
            .for_each(|row| column.push_ref(self.at(row)));
        column
    }
}

impl<K: BytesKind> Default for VarBytes<K> {
    fn default() -> Self {
        Self {
            ranges: Ranges::default(),
            heap: Column::default(),
            kind: PhantomData,
        }
    }
}

impl<K: BytesKind> Clone for VarBytes<K> {
    fn clone(&self) -> Self {
        Self {
            ranges: self.ranges.clone(),
            heap: self.heap.clone(),
            kind: PhantomData,
        }
    }
}

impl<K: BytesKind> Debug for VarBytes<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.values()).finish()
    }
}

impl<K: BytesKind> PartialEq for VarBytes<K> {
    fn eq(&self, other: &Self) -> bool {
        equal(self, other)
    }
}

impl<K: BytesKind, V: Borrow<K::Borrowed>> FromIterator<V> for VarBytes<K> {
    fn from_iter<I: IntoIterator<Item = V>>(values: I) -> Self {
        let mut column = Self::default();
        values
            .into_iter()
            .for_each(|value| column.push_ref(value.borrow()));
        column
    }
}

impl<K: BytesKind, V: Borrow<K::Borrowed>> From<Vec<V>> for VarBytes<K> {
    fn from(values: Vec<V>) -> Self {
        values.into_iter().collect()
    }
}

impl<K: BytesKind> AnyColumn for VarBytes<K> {
    fn len(&self) -> usize {
        self.ranges.len()
    }

    fn reserve(&mut self, additional: usize) {
        self.ranges.reserve(additional);
    }

    fn truncate(&mut self, rows: usize) {
        self.ranges.truncate(rows);
        self.tidy();
    }

    fn swap_remove(&mut self, row: usize) {
        self.ranges.swap_remove(row);
        self.tidy();
    }

    fn reorder(&mut self, rows: &[usize]) {
        *self = self.in_order(rows.iter().copied());
    }

    fn push_placeholder(&mut self) {
        let end = self.heap.len();
        self.ranges.push(end..end);
    }

    fn set_placeholder(&mut self, row: usize) {
        if !self.ranges.get(row).is_empty() {
            let end = self.heap.len();
            self.ranges.set(row, end..end);
            self.tidy();
        }
    }

    fn to_array(&self, nulls: Option<NullBuffer>, place: &Place<'_>) -> Result<ArrayRef> {
        let (offsets, bytes) = self.packed().ok_or_else(|| place.too_large("2 GiB"))?;
        let array = GenericByteArray::<K::Arrow>::try_new(offsets, bytes.into_inner(), nulls);
        Ok(Arc::new(array.map_err(|error| place.malformed(error))?))
    }

    fn memory_size(&self) -> usize {
        self.ranges.memory_size() + self.heap.memory_size()
    }
}

impl<K: BytesKind> FieldColumn for VarBytes<K> {
    type Value = K::Owned;
    type Ref<'a> = &'a K::Borrowed;
    type Mut<'a> = Slot<'a, Self>;
    type Raw = Self;
    type RawMut<'a> = ColumnMut<'a, Self>;

    fn data_type() -> DataType {
        <K::Arrow as ByteArrayType>::DATA_TYPE
    }

    fn push(&mut self, value: K::Owned) {
        self.push_ref(value.borrow());
    }

    fn at(&self, row: usize) -> &K::Borrowed {
        K::value(self.bytes(row))
    }

    fn set(&mut self, row: usize, value: K::Owned) -> bool {
        if row >= self.len() {
            return false;
        }
        let (range, value) = (self.ranges.get(row), K::bytes(value.borrow()));
        if range.len() == value.len()
            && let Some(place) = self.heap.as_mut_slice().get_mut(range)
        {
            place.copy_from_slice(value);
            return true;
        }
        let start = self.heap.len();
        self.heap.extend_from_slice(value);
        self.ranges.set(row, start..self.heap.len());
        self.tidy();
        true
    }

    fn slot(&mut self, row: usize) -> Option<Slot<'_, Self>> {
        Slot::new(self, row)
    }

    fn read<'a>(slot: &'a Slot<'_, Self>) -> &'a K::Borrowed {
        slot.get()
    }

    fn to_value(value: &K::Borrowed) -> K::Owned {
        value.to_owned()
    }

    fn raw(&self) -> &Self {
        self
    }

    fn raw_mut(&mut self) -> ColumnMut<'_, Self> {
        ColumnMut::new(self)
    }

    fn from_array(array: &dyn Array, place: &Place<'_>) -> Result<Self> {
        let array = place.typed::<GenericByteArray<K::Arrow>>(array, &Self::data_type())?;
        place.check_nulls(array)?;
        Ok(Self {
            ranges: array.offsets().into(),
            heap: ScalarBuffer::from(array.values().clone()).into(),
            kind: PhantomData,
        })
    }
}
