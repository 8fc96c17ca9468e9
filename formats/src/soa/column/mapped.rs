//! Values that are held as something simpler.

use std::fmt::{self, Debug};

use arrow::array::{Array, ArrayRef};
use arrow::buffer::NullBuffer;
use arrow::datatypes::DataType;

use super::misfits::Misfits;
use super::{AnyColumn, ColumnMut, FieldColumn, Required, Slot, equal};
use crate::Result;
use crate::soa::Place;

/// How values of one type are held as values of another: a date as a number of days.
pub trait Mapping: 'static {
    /// What goes in and comes out.
    type Value: Clone + Debug + PartialEq + Send + Sync + 'static;

    /// The column that holds it.
    type Held: FieldColumn;

    /// What is held for a value.
    ///
    /// # Errors
    ///
    /// Why the value can't be held, and what to do, as the end of a sentence about it. The value
    /// is kept in memory all the same; making an array of the column is then an error.
    fn hold(value: &Self::Value) -> Result<<Self::Held as FieldColumn>::Value, String>;

    /// The value that is held.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as the end of a sentence about it.
    fn give(held: <Self::Held as FieldColumn>::Ref<'_>) -> Result<Self::Value, String>;

    /// A value for rows that have none.
    fn placeholder() -> Self::Value;

    /// Whether all that is held is known to be a value, without a look at each.
    fn all_are_values(held: &Self::Held) -> bool {
        let _ = held;
        false
    }
}

/// A column of values that are held as others, as [`Mapping`] says.
///
/// What is held came from a value, or was checked when it was read from an array, so each is a
/// value.
pub struct Mapped<M: Mapping> {
    held: M::Held,
    misfits: Misfits<M::Value>,
}

impl<M: Mapping> Mapped<M> {
    /// The column that holds the values.
    #[must_use]
    pub fn held(&self) -> &M::Held {
        &self.held
    }
}

impl<M: Mapping> Default for Mapped<M> {
    fn default() -> Self {
        Self {
            held: M::Held::default(),
            misfits: Misfits::default(),
        }
    }
}

impl<M: Mapping> Clone for Mapped<M> {
    fn clone(&self) -> Self {
        Self {
            held: self.held.clone(),
            misfits: self.misfits.clone(),
        }
    }
}

impl<M: Mapping> Debug for Mapped<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.values()).finish()
    }
}

impl<M: Mapping> PartialEq for Mapped<M> {
    fn eq(&self, other: &Self) -> bool {
        equal(self, other)
    }
}

impl<M: Mapping> FromIterator<M::Value> for Mapped<M> {
    fn from_iter<I: IntoIterator<Item = M::Value>>(values: I) -> Self {
        let mut column = Self::default();
        values.into_iter().for_each(|value| column.push(value));
        column
    }
}

impl<M: Mapping> From<Vec<M::Value>> for Mapped<M> {
    fn from(values: Vec<M::Value>) -> Self {
        values.into_iter().collect()
    }
}

impl<M: Mapping> AnyColumn for Mapped<M> {
    fn len(&self) -> usize {
        self.held.len()
    }

    fn reserve(&mut self, additional: usize) {
        self.held.reserve(additional);
    }

    fn truncate(&mut self, rows: usize) {
        self.held.truncate(rows);
        self.misfits.truncate(rows);
    }

    fn swap_remove(&mut self, row: usize) {
        if row < self.len() {
            self.misfits.swap_remove(row, self.len() - 1);
            self.held.swap_remove(row);
        }
    }

    fn reorder(&mut self, rows: &[usize]) {
        self.held.reorder(rows);
        self.misfits.reorder(rows);
    }

    fn push_placeholder(&mut self) {
        self.held.push_placeholder();
    }

    fn set_placeholder(&mut self, row: usize) {
        self.misfits.remove(row);
        self.held.set_placeholder(row);
    }

    fn to_array(&self, nulls: Option<NullBuffer>, place: &Place<'_>) -> Result<ArrayRef> {
        if let Some((row, value)) = self.misfits.first() {
            let why = M::hold(value).err().unwrap_or_default();
            return Err(place.invalid_value(row, &format!("{value:?}, which {why}")));
        }
        self.held.to_array(nulls, place)
    }

    fn memory_size(&self) -> usize {
        self.held.memory_size()
    }
}

impl<M: Mapping> FieldColumn for Mapped<M> {
    type Value = M::Value;
    type Ref<'a> = M::Value;
    type Mut<'a> = Slot<'a, Self>;
    type Raw = <M::Held as FieldColumn>::Raw;
    type RawMut<'a> = ColumnMut<'a, Self>;

    const NULLABLE: bool = M::Held::NULLABLE;

    fn data_type() -> DataType {
        M::Held::data_type()
    }

    fn push(&mut self, value: M::Value) {
        match M::hold(&value) {
            Ok(held) => self.held.push(held),
            Err(_) => {
                self.misfits.insert(self.held.len(), value);
                self.held.push_placeholder();
            }
        }
    }

    fn at(&self, row: usize) -> M::Value {
        if let Some(value) = self.misfits.get(row) {
            return value.clone();
        }
        M::give(self.held.at(row)).unwrap_or_else(|_| M::placeholder())
    }

    fn set(&mut self, row: usize, value: M::Value) -> bool {
        if row >= self.len() {
            return false;
        }
        self.misfits.remove(row);
        match M::hold(&value) {
            Ok(held) => self.held.set(row, held),
            Err(_) => {
                self.misfits.insert(row, value);
                true
            }
        }
    }

    fn slot(&mut self, row: usize) -> Option<Slot<'_, Self>> {
        Slot::new(self, row)
    }

    fn read(slot: &Slot<'_, Self>) -> M::Value {
        slot.get()
    }

    fn to_value(value: M::Value) -> M::Value {
        value
    }

    fn raw(&self) -> &Self::Raw {
        self.held.raw()
    }

    fn raw_mut(&mut self) -> ColumnMut<'_, Self> {
        ColumnMut::new(self)
    }

    fn from_array(array: &dyn Array, place: &Place<'_>) -> Result<Self> {
        let held = M::Held::from_array(array, place)?;
        if !M::all_are_values(&held) {
            for row in (0..held.len()).filter(|&row| place.is_present(row)) {
                M::give(held.at(row)).map_err(|why| place.invalid_value(row, &why))?;
            }
        }
        Ok(Self {
            held,
            misfits: Misfits::default(),
        })
    }
}

impl<M: Mapping> Required for Mapped<M> where M::Held: Required {}
