//! Columns: the values of one field, row after row.

mod any;
mod bits;
mod bools;
mod bytes;
mod dictionary;
mod fixed;
mod fixed_bytes;
mod lists;
mod logical;
mod mapped;
mod misfits;
mod nullable;
mod ranges;
mod slot;
mod structs;

#[cfg(test)]
mod tests;

pub use self::any::AnyColumn;
pub use self::bools::Bools;
pub use self::bytes::{Binaries, Binary, BytesKind, Text, Texts, VarBytes};
pub use self::dictionary::Dictionary;
pub use self::fixed::Column;
pub use self::fixed_bytes::FixedBytes;
pub use self::lists::{ListIter, ListView, Lists};
pub use self::logical::Logical;
pub use self::mapped::{Mapped, Mapping};
pub use self::nullable::{Nullable, Required};
pub use self::slot::{ColumnMut, Slot};
pub use self::structs::Structs;

use std::fmt::Debug;

use arrow::array::Array;
use arrow::datatypes::DataType;

use super::Place;
use crate::Result;

/// A column that holds the values of one type.
///
/// `#[derive(SoA)]` picks the column of each field through [`SoaField`](super::SoaField) and writes
/// the code that calls these methods; a program uses the methods of the struct that the derive
/// makes.
///
/// Rows are counted from 0. Nothing here panics for a row that isn't there.
pub trait FieldColumn:
    AnyColumn + Clone + Debug + Default + PartialEq + Send + Sync + 'static
{
    /// What goes in and comes out.
    type Value: 'static;

    /// A value where it stands: by value if it is small, else by reference.
    type Ref<'a>: Clone + Debug + PartialEq;

    /// A value that can be changed where it stands.
    type Mut<'a>;

    /// The column as it is held: a slice if all values have the same width, else the column.
    type Raw: ?Sized;

    /// The same to change values, but not their number.
    type RawMut<'a>;

    /// Whether the column may be null.
    const NULLABLE: bool = false;

    /// The Arrow type of the column.
    #[must_use]
    fn data_type() -> DataType;

    /// Adds a value at the end.
    fn push(&mut self, value: Self::Value);

    /// The value of a row. For a row that isn't there, it is a placeholder: zero, an empty text,
    /// null.
    fn at(&self, row: usize) -> Self::Ref<'_>;

    /// The value of a row, if there is such a row.
    fn get(&self, row: usize) -> Option<Self::Ref<'_>> {
        (row < self.len()).then(|| self.at(row))
    }

    /// Puts another value into a row; says whether there is such a row.
    fn set(&mut self, row: usize, value: Self::Value) -> bool;

    /// The value of a row, to change it; `None` if there is no such row.
    fn slot(&mut self, row: usize) -> Option<Self::Mut<'_>>;

    /// What stands in a slot.
    fn read<'a>(slot: &'a Self::Mut<'_>) -> Self::Ref<'a>;

    /// A copy of a value.
    fn to_value(value: Self::Ref<'_>) -> Self::Value;

    /// The column as it is held.
    fn raw(&self) -> &Self::Raw;

    /// The column as it is held, to change values. Copies a buffer that is shared.
    fn raw_mut(&mut self) -> Self::RawMut<'_>;

    /// The values of an Arrow array. Buffers are shared with the array, not copied, where the
    /// column has the layout of Arrow.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the array has another type, has a null
    /// where the column takes none, or a value that the field's type doesn't have. The error names
    /// column and row.
    fn from_array(array: &dyn Array, place: &Place<'_>) -> Result<Self>;

    /// The values in their order.
    fn values(
        &self,
    ) -> impl DoubleEndedIterator<Item = Self::Ref<'_>> + ExactSizeIterator + Clone + '_ {
        (0..self.len()).map(|row| self.at(row))
    }
}

/// Whether two columns have equal values in the same order.
fn equal<C: FieldColumn>(a: &C, b: &C) -> bool {
    a.len() == b.len() && (0..a.len()).all(|row| a.at(row) == b.at(row))
}
