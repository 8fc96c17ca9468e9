//! Columns by name.

use std::collections::HashSet;

use arrow::array::{ArrayRef, new_null_array};
use arrow::datatypes::Fields;

use super::{Columns, FieldColumn, Place};
use crate::schema::Mismatch;
use crate::{Error, Result};

/// Arrays with names, from a batch or a struct array.
#[derive(Debug)]
pub struct Source<'a> {
    fields: &'a Fields,
    arrays: &'a [ArrayRef],
    rows: usize,
    place: Place<'a>,
}

impl<'a> Source<'a> {
    pub(super) fn new(
        fields: &'a Fields,
        arrays: &'a [ArrayRef],
        rows: usize,
        place: Place<'a>,
    ) -> Self {
        Self {
            fields,
            arrays,
            rows,
            place,
        }
    }

    /// All columns of a struct.
    pub(super) fn read<C: Columns>(&self) -> Result<C> {
        let mut names = HashSet::new();
        for field in self.fields {
            if !names.insert(field.name().as_str()) {
                let column = self.path(field.name());
                return Err(Error::from_mismatch(Mismatch::DuplicateColumn { column }));
            }
        }
        for expected in &C::fields() {
            if !names.remove(expected.name().as_str()) && !expected.is_nullable() {
                let column = self.path(expected.name());
                return Err(Error::from_mismatch(Mismatch::MissingColumn { column }));
            }
        }
        // What is left is known to nobody; the first in the batch's order is named.
        if let Some(extra) = self
            .fields
            .iter()
            .find(|field| names.contains(field.name().as_str()))
        {
            let column = self.path(extra.name());
            return Err(Error::from_mismatch(Mismatch::ExtraColumn { column }));
        }
        C::from_source(self)
    }

    /// The column that is called `name`. One that may be null and isn't there is all null.
    ///
    /// # Errors
    ///
    /// As [`from_batch`](super::from_batch) has them.
    pub fn column<C: FieldColumn>(&self, name: &str) -> Result<C> {
        let place = self.place.child(name);
        let found = self.fields.find(name);
        match found.and_then(|(index, _)| self.arrays.get(index)) {
            Some(array) => C::from_array(array, &place),
            None if C::NULLABLE => {
                C::from_array(&new_null_array(&C::data_type(), self.rows), &place)
            }
            None => Err(Error::from_mismatch(Mismatch::MissingColumn {
                column: self.path(name),
            })),
        }
    }

    fn path(&self, name: &str) -> String {
        self.place.child(name).path().to_owned()
    }
}
