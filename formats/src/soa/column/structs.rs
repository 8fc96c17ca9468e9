//! Structs in structs.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StructArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Fields};

use super::{AnyColumn, ColumnMut, FieldColumn, Required};
use crate::Result;
use crate::soa::{Columns, Place, Source, arrays_of};

/// A column of structs that have columns themselves, Arrow's `Struct`.
#[derive(Clone, Default, PartialEq)]
pub struct Structs<S: Columns> {
    columns: S,
}

impl<S: Columns> Structs<S> {
    /// The columns of the structs.
    #[must_use]
    pub fn columns(&self) -> &S {
        &self.columns
    }
}

impl<S: Columns> From<S> for Structs<S> {
    fn from(columns: S) -> Self {
        Self { columns }
    }
}

impl<S: Columns> From<Vec<S::Row>> for Structs<S> {
    fn from(rows: Vec<S::Row>) -> Self {
        let mut columns = S::default();
        rows.into_iter().for_each(|row| columns.push(row));
        Self { columns }
    }
}

impl<S: Columns> fmt::Debug for Structs<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.columns.fmt(f)
    }
}

impl<S: Columns> AnyColumn for Structs<S> {
    fn len(&self) -> usize {
        self.columns.len()
    }

    fn reserve(&mut self, additional: usize) {
        self.columns
            .each_mut(&mut |column| column.reserve(additional));
    }

    fn truncate(&mut self, rows: usize) {
        self.columns.each_mut(&mut |column| column.truncate(rows));
    }

    fn swap_remove(&mut self, row: usize) {
        self.columns.each_mut(&mut |column| column.swap_remove(row));
    }

    fn reorder(&mut self, rows: &[usize]) {
        self.columns.each_mut(&mut |column| column.reorder(rows));
    }

    fn push_placeholder(&mut self) {
        self.columns
            .each_mut(&mut |column| column.push_placeholder());
    }

    fn set_placeholder(&mut self, row: usize) {
        self.columns
            .each_mut(&mut |column| column.set_placeholder(row));
    }

    fn to_array(&self, nulls: Option<NullBuffer>, place: &Place<'_>) -> Result<ArrayRef> {
        let arrays = arrays_of(&self.columns, place)?;
        let array = StructArray::try_new(Fields::from(S::fields()), arrays, nulls);
        Ok(Arc::new(array.map_err(|error| place.malformed(error))?))
    }

    fn memory_size(&self) -> usize {
        let mut bytes = 0;
        self.columns
            .each(&mut |_, column| bytes += column.memory_size());
        bytes
    }
}

impl<S: Columns> FieldColumn for Structs<S> {
    type Value = S::Row;
    type Ref<'a> = S::View<'a>;
    type Mut<'a> = S::Mut<'a>;
    type Raw = S;
    type RawMut<'a> = ColumnMut<'a, Self>;

    fn data_type() -> DataType {
        DataType::Struct(S::fields().into())
    }

    fn push(&mut self, value: S::Row) {
        self.columns.push(value);
    }

    fn at(&self, row: usize) -> S::View<'_> {
        self.columns.at(row)
    }

    fn set(&mut self, row: usize, value: S::Row) -> bool {
        self.columns.set(row, value)
    }

    fn slot(&mut self, row: usize) -> Option<S::Mut<'_>> {
        self.columns.view_mut(row)
    }

    fn read<'a>(slot: &'a S::Mut<'_>) -> S::View<'a> {
        S::read(slot)
    }

    fn to_value(value: S::View<'_>) -> S::Row {
        S::to_row(value)
    }

    fn raw(&self) -> &S {
        &self.columns
    }

    fn raw_mut(&mut self) -> ColumnMut<'_, Self> {
        ColumnMut::new(self)
    }

    fn from_array(array: &dyn Array, place: &Place<'_>) -> Result<Self> {
        let array = place.downcast::<StructArray>(array, &Self::data_type())?;
        place.check_nulls(array)?;
        let present = NullBuffer::union(array.nulls(), place.present());
        let place = place.child("").with_present(present);
        let source = Source::new(array.fields(), array.columns(), array.len(), place);
        source.read().map(|columns| Self { columns })
    }
}

impl<S: Columns> Required for Structs<S> {}
