//! Where in a batch a column stands, for its errors.

use arrow::array::Array;
use arrow::buffer::NullBuffer;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

use crate::schema::Mismatch;
use crate::{Error, Result};

/// Where a column stands: its name, as a dotted path when it is nested, and which of its rows
/// count.
#[derive(Clone, Default)]
pub struct Place<'a> {
    path: String,
    /// Rows that are there; under a null of a struct or a list, anything may stand.
    present: Option<NullBuffer>,
    /// The row of the batch that an item of a list belongs to.
    row_of: Option<&'a dyn Fn(usize) -> usize>,
}

impl std::fmt::Debug for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Place")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl<'a> Place<'a> {
    /// The batch itself.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// The place of a column inside this one; with an empty name, the same place.
    #[must_use]
    pub fn child(&self, name: &str) -> Self {
        let path = match (self.path.is_empty(), name.is_empty()) {
            (_, true) => self.path.clone(),
            (true, false) => name.to_owned(),
            (false, false) => format!("{}.{name}", self.path),
        };
        Self {
            path,
            ..self.clone()
        }
    }

    /// The same place, where only these rows count.
    #[must_use]
    pub fn with_present(mut self, present: Option<NullBuffer>) -> Self {
        self.present = present;
        self
    }

    /// The same place, for items of which this says to which row of the batch they belong.
    #[must_use]
    pub fn with_rows(mut self, row_of: &'a dyn Fn(usize) -> usize) -> Self {
        self.row_of = Some(row_of);
        self
    }

    /// The column's name, as a dotted path when it is nested.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The rows that count; all of them if this is `None`.
    #[must_use]
    pub fn present(&self) -> Option<&NullBuffer> {
        self.present.as_ref()
    }

    /// Whether a row counts.
    #[must_use]
    pub fn is_present(&self, row: usize) -> bool {
        self.present
            .as_ref()
            .is_none_or(|present| row >= present.len() || present.is_valid(row))
    }

    /// The row of the batch that a row of this column belongs to.
    #[must_use]
    pub fn row(&self, row: usize) -> usize {
        self.row_of.map_or(row, |row_of| row_of(row))
    }

    /// The array, if it has this type.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if it has another.
    pub fn typed<'b, A: Array + 'static>(
        &self,
        array: &'b dyn Array,
        expected: &DataType,
    ) -> Result<&'b A> {
        if array.data_type() == expected {
            self.downcast(array, expected)
        } else {
            Err(self.type_differs(array, expected))
        }
    }

    /// The array, if it is of this kind; types inside it may differ.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if it is of another kind.
    pub fn downcast<'b, A: Array + 'static>(
        &self,
        array: &'b dyn Array,
        expected: &DataType,
    ) -> Result<&'b A> {
        let found = array.as_any().downcast_ref();
        found.ok_or_else(|| self.type_differs(array, expected))
    }

    fn type_differs(&self, array: &dyn Array, expected: &DataType) -> Error {
        Error::from_mismatch(Mismatch::TypeDiffers {
            column: self.path.clone(),
            expected: expected.clone(),
            found: array.data_type().clone(),
        })
    }

    /// Checks that there is no null in a row that counts.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if there is one; the error names its row.
    pub fn check_nulls(&self, array: &dyn Array) -> Result<()> {
        let Some(nulls) = array.logical_nulls().filter(|nulls| nulls.null_count() > 0) else {
            return Ok(());
        };
        match (0..nulls.len()).find(|&row| nulls.is_null(row) && self.is_present(row)) {
            None => Ok(()),
            Some(row) => Err(Error::from_mismatch(Mismatch::NullInRequired {
                column: self.path.clone(),
                row: self.row(row),
            })),
        }
    }

    /// An error about the value in a row. `what` ends the sentence "the column has …".
    #[must_use]
    pub fn invalid_value(&self, row: usize, what: &str) -> Error {
        Error::invalid_value(&self.path, self.row(row), what)
    }

    /// An error about a column that is larger than one Arrow array may be.
    #[must_use]
    pub fn too_large(&self, limit: &str) -> Error {
        let path = &self.path;
        Error::unsupported(format!(
            "column `{path}` is too large for one batch, which holds up to {limit} a column; \
             split the rows into smaller batches"
        ))
        .on_column(path)
    }

    /// An error about values that Arrow refuses.
    #[must_use]
    pub fn malformed(&self, error: ArrowError) -> Error {
        let path = &self.path;
        Error::invalid(format!(
            "column `{path}` can't become an Arrow array: {error}"
        ))
        .on_column(path)
        .with_source(error)
    }
}
