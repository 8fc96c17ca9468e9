//! Booleans.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::DataType;

use super::bits::Bits;
use super::{AnyColumn, ColumnMut, FieldColumn, Slot, equal};
use crate::Result;
use crate::soa::Place;

/// A column of `bool`, one bit each.
#[derive(Clone, Default)]
pub struct Bools {
    bits: Bits,
}

impl Bools {
    /// The bits as an Arrow buffer of the same memory.
    #[must_use]
    pub fn share(&self) -> arrow::buffer::BooleanBuffer {
        self.bits.share()
    }
}

impl FromIterator<bool> for Bools {
    fn from_iter<I: IntoIterator<Item = bool>>(values: I) -> Self {
        let mut bits = Bits::default();
        values.into_iter().for_each(|value| bits.push(value));
        Self { bits }
    }
}

impl From<Vec<bool>> for Bools {
    fn from(values: Vec<bool>) -> Self {
        values.into_iter().collect()
    }
}

impl fmt::Debug for Bools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.values()).finish()
    }
}

impl PartialEq for Bools {
    fn eq(&self, other: &Self) -> bool {
        equal(self, other)
    }
}

impl AnyColumn for Bools {
    fn len(&self) -> usize {
        self.bits.len()
    }

    fn reserve(&mut self, additional: usize) {
        self.bits.reserve(additional);
    }

    fn truncate(&mut self, rows: usize) {
        self.bits.truncate(rows);
    }

    fn swap_remove(&mut self, row: usize) {
        self.bits.swap_remove(row);
    }

    fn reorder(&mut self, rows: &[usize]) {
        self.bits.reorder(rows);
    }

    fn push_placeholder(&mut self) {
        self.bits.push(false);
    }

    fn set_placeholder(&mut self, row: usize) {
        self.bits.set(row, false);
    }

    fn to_array(&self, nulls: Option<NullBuffer>, _: &Place<'_>) -> Result<ArrayRef> {
        Ok(Arc::new(BooleanArray::new(self.bits.share(), nulls)))
    }

    fn memory_size(&self) -> usize {
        self.bits.memory_size()
    }
}

impl FieldColumn for Bools {
    type Value = bool;
    type Ref<'a> = bool;
    type Mut<'a> = Slot<'a, Self>;
    type Raw = Self;
    type RawMut<'a> = ColumnMut<'a, Self>;

    fn data_type() -> DataType {
        DataType::Boolean
    }

    fn push(&mut self, value: bool) {
        self.bits.push(value);
    }

    fn at(&self, row: usize) -> bool {
        self.bits.get(row)
    }

    fn set(&mut self, row: usize, value: bool) -> bool {
        self.bits.set(row, value)
    }

    fn slot(&mut self, row: usize) -> Option<Slot<'_, Self>> {
        Slot::new(self, row)
    }

    fn read(slot: &Slot<'_, Self>) -> bool {
        slot.get()
    }

    fn to_value(value: bool) -> bool {
        value
    }

    fn raw(&self) -> &Self {
        self
    }

    fn raw_mut(&mut self) -> ColumnMut<'_, Self> {
        ColumnMut::new(self)
    }

    fn from_array(array: &dyn Array, place: &Place<'_>) -> Result<Self> {
        let array = place.typed::<BooleanArray>(array, &DataType::Boolean)?;
        place.check_nulls(array)?;
        Ok(Self {
            bits: array.values().into(),
        })
    }
}
