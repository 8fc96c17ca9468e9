//! Values that may be absent.

use std::fmt;

use arrow::array::{Array, ArrayRef};
use arrow::buffer::NullBuffer;
use arrow::datatypes::DataType;

use super::bits::Bits;
use super::{AnyColumn, ColumnMut, FieldColumn, Slot, equal};
use crate::soa::Place;
use crate::{Error, Result};

/// A column that has a value in every row.
#[diagnostic::on_unimplemented(
    message = "an `Option` in an `Option` can't be a column",
    label = "one null can't be told from the other",
    note = "use a single `Option`, or an enum"
)]
pub trait Required: FieldColumn {}

/// A column of `Option`s: the values, with a placeholder where there is none, and one bit for each
/// that says whether it is there. This is the layout of Arrow.
#[derive(Clone, Default)]
pub struct Nullable<C: Required> {
    values: C,
    is_valid: Bits,
    nulls: usize,
}

impl<C: Required> Nullable<C> {
    /// The values; where there is none, a placeholder.
    #[must_use]
    pub fn values_or_placeholders(&self) -> &C {
        &self.values
    }

    /// The number of rows that are `None`.
    #[must_use]
    pub fn null_count(&self) -> usize {
        self.nulls
    }
}

impl<C: Required> fmt::Debug for Nullable<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.values()).finish()
    }
}

impl<C: Required> PartialEq for Nullable<C> {
    fn eq(&self, other: &Self) -> bool {
        equal(self, other)
    }
}

impl<C: Required> FromIterator<Option<C::Value>> for Nullable<C> {
    fn from_iter<I: IntoIterator<Item = Option<C::Value>>>(values: I) -> Self {
        let mut column = Self::default();
        values.into_iter().for_each(|value| column.push(value));
        column
    }
}

impl<C: Required> From<Vec<Option<C::Value>>> for Nullable<C> {
    fn from(values: Vec<Option<C::Value>>) -> Self {
        values.into_iter().collect()
    }
}

impl<C: Required> AnyColumn for Nullable<C> {
    fn len(&self) -> usize {
        self.is_valid.len()
    }

    fn reserve(&mut self, additional: usize) {
        self.values.reserve(additional);
        self.is_valid.reserve(additional);
    }

    fn truncate(&mut self, rows: usize) {
        self.nulls -= (rows..self.len())
            .filter(|&row| !self.is_valid.get(row))
            .count();
        self.values.truncate(rows);
        self.is_valid.truncate(rows);
    }

    fn swap_remove(&mut self, row: usize) {
        if row < self.len() {
            self.nulls -= usize::from(!self.is_valid.get(row));
            self.values.swap_remove(row);
            self.is_valid.swap_remove(row);
        }
    }

    fn reorder(&mut self, rows: &[usize]) {
        self.values.reorder(rows);
        self.is_valid.reorder(rows);
        self.nulls = (0..self.len())
            .filter(|&row| !self.is_valid.get(row))
            .count();
    }

    fn push_placeholder(&mut self) {
        self.push(None);
    }

    fn set_placeholder(&mut self, row: usize) {
        self.set(row, None);
    }

    fn to_array(&self, nulls: Option<NullBuffer>, place: &Place<'_>) -> Result<ArrayRef> {
        let own = (self.nulls > 0).then(|| NullBuffer::new(self.is_valid.share()));
        if self.values.len() != self.len() || nulls.as_ref().is_some_and(|n| n.len() != self.len())
        {
            return Err(Error::invalid(format!(
                "column `{}` is not complete, because adding a row to it failed before; \
                 remove that row",
                place.path()
            ))
            .on_column(place.path()));
        }
        let nulls = NullBuffer::union(own.as_ref(), nulls.as_ref());
        self.values.to_array(nulls, place)
    }

    fn memory_size(&self) -> usize {
        self.values.memory_size() + self.is_valid.memory_size()
    }
}

impl<C: Required> FieldColumn for Nullable<C> {
    type Value = Option<C::Value>;
    type Ref<'a> = Option<C::Ref<'a>>;
    type Mut<'a> = Slot<'a, Self>;
    type Raw = Self;
    type RawMut<'a> = ColumnMut<'a, Self>;

    const NULLABLE: bool = true;

    fn data_type() -> DataType {
        C::data_type()
    }

    fn push(&mut self, value: Option<C::Value>) {
        self.nulls += usize::from(value.is_none());
        self.is_valid.push(value.is_some());
        match value {
            Some(value) => self.values.push(value),
            None => self.values.push_placeholder(),
        }
    }

    fn at(&self, row: usize) -> Option<C::Ref<'_>> {
        self.is_valid.get(row).then(|| self.values.at(row))
    }

    fn set(&mut self, row: usize, value: Option<C::Value>) -> bool {
        let was_null = usize::from(!self.is_valid.get(row));
        let exists = self.is_valid.set(row, value.is_some());
        if exists {
            self.nulls = self.nulls + usize::from(value.is_none()) - was_null;
        }
        match value {
            Some(value) => self.values.set(row, value),
            None => {
                self.values.set_placeholder(row);
                exists
            }
        }
    }

    fn slot(&mut self, row: usize) -> Option<Slot<'_, Self>> {
        Slot::new(self, row)
    }

    fn read<'a>(slot: &'a Slot<'_, Self>) -> Option<C::Ref<'a>> {
        slot.get()
    }

    fn to_value(value: Option<C::Ref<'_>>) -> Option<C::Value> {
        value.map(C::to_value)
    }

    fn raw(&self) -> &Self {
        self
    }

    fn raw_mut(&mut self) -> ColumnMut<'_, Self> {
        ColumnMut::new(self)
    }

    fn from_array(array: &dyn Array, place: &Place<'_>) -> Result<Self> {
        let own = array.logical_nulls();
        let present = NullBuffer::union(own.as_ref(), place.present());
        let is_valid = match &own {
            Some(nulls) => Bits::from(nulls.inner()),
            None => Bits::repeat(true, array.len()),
        };
        Ok(Self {
            values: C::from_array(array, &place.child("").with_present(present))?,
            is_valid,
            nulls: own.map_or(0, |nulls| nulls.null_count()),
        })
    }
}
