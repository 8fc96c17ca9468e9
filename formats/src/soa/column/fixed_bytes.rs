//! Arrays of bytes, all of one length.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, FixedSizeBinaryArray};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::datatypes::DataType;

use super::{AnyColumn, Column, FieldColumn};
use crate::Result;
use crate::soa::Place;

/// A column of `[u8; N]`, Arrow's `FixedSizeBinary(N)`.
#[derive(Clone, Default, PartialEq)]
pub struct FixedBytes<const N: usize> {
    /// `N` for each row.
    bytes: Column<u8>,
}

impl<const N: usize> FixedBytes<N> {
    /// The values.
    #[must_use]
    pub fn as_slice(&self) -> &[[u8; N]] {
        self.bytes.as_chunks().0
    }

    /// The values, to change them. Copies them if someone else has them too.
    pub fn as_mut_slice(&mut self) -> &mut [[u8; N]] {
        self.bytes.as_chunks_mut().0
    }

    /// The width as Arrow counts it, checked while the program is compiled.
    const WIDTH: i32 = {
        assert!(
            N > 0,
            "a column of [u8; 0] holds nothing; use a bool or leave it out"
        );
        assert!(
            N <= 0x7fff_ffff,
            "a column of [u8; N] holds less than 2 GiB a value"
        );
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_possible_wrap,
            reason = "checked in the line above"
        )]
        let width = N as i32;
        width
    };
}

impl<const N: usize> From<Vec<[u8; N]>> for FixedBytes<N> {
    fn from(values: Vec<[u8; N]>) -> Self {
        Self {
            bytes: values.into_flattened().into(),
        }
    }
}

impl<const N: usize> fmt::Debug for FixedBytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

impl<const N: usize> AnyColumn for FixedBytes<N> {
    fn len(&self) -> usize {
        self.as_slice().len()
    }

    fn reserve(&mut self, additional: usize) {
        self.bytes.reserve(additional.saturating_mul(N));
    }

    fn truncate(&mut self, rows: usize) {
        self.bytes.truncate(rows.saturating_mul(N));
    }

    fn swap_remove(&mut self, row: usize) {
        if let Some(last) = self.as_slice().last().copied()
            && self.set(row, last)
        {
            self.truncate(self.len() - 1);
        }
    }

    fn reorder(&mut self, rows: &[usize]) {
        let values = self.as_slice();
        let moved = rows.iter().filter_map(|&row| values.get(row).copied());
        *self = moved.collect::<Vec<_>>().into();
    }

    fn push_placeholder(&mut self) {
        self.push([0; N]);
    }

    fn set_placeholder(&mut self, row: usize) {
        self.set(row, [0; N]);
    }

    fn to_array(&self, nulls: Option<NullBuffer>, place: &Place<'_>) -> Result<ArrayRef> {
        let bytes = self.bytes.share().into_inner();
        let array = FixedSizeBinaryArray::try_new(Self::WIDTH, bytes, nulls);
        Ok(Arc::new(array.map_err(|error| place.malformed(error))?))
    }

    fn memory_size(&self) -> usize {
        self.bytes.memory_size()
    }
}

impl<const N: usize> FieldColumn for FixedBytes<N> {
    type Value = [u8; N];
    type Ref<'a> = &'a [u8; N];
    type Mut<'a> = &'a mut [u8; N];
    type Raw = [[u8; N]];
    type RawMut<'a> = &'a mut [[u8; N]];

    fn data_type() -> DataType {
        DataType::FixedSizeBinary(Self::WIDTH)
    }

    fn push(&mut self, value: [u8; N]) {
        self.bytes.extend_from_slice(&value);
    }

    fn at(&self, row: usize) -> &[u8; N] {
        self.as_slice().get(row).unwrap_or(const { &[0; N] })
    }

    fn set(&mut self, row: usize, value: [u8; N]) -> bool {
        self.slot(row).map(|slot| *slot = value).is_some()
    }

    fn slot(&mut self, row: usize) -> Option<&mut [u8; N]> {
        self.as_mut_slice().get_mut(row)
    }

    fn read<'a>(slot: &'a &mut [u8; N]) -> &'a [u8; N] {
        slot
    }

    fn to_value(value: &[u8; N]) -> [u8; N] {
        *value
    }

    fn raw(&self) -> &[[u8; N]] {
        self.as_slice()
    }

    fn raw_mut(&mut self) -> &mut [[u8; N]] {
        self.as_mut_slice()
    }

    fn from_array(array: &dyn Array, place: &Place<'_>) -> Result<Self> {
        let array = place.typed::<FixedSizeBinaryArray>(array, &Self::data_type())?;
        place.check_nulls(array)?;
        // Behind the last value there may be more bytes.
        let bytes = array
            .values()
            .slice_with_length(0, array.len().saturating_mul(N));
        Ok(Self {
            bytes: ScalarBuffer::from(bytes).into(),
        })
    }
}
