//! What can be done with a column of any type.

use arrow::array::ArrayRef;
use arrow::buffer::NullBuffer;

use crate::Result;
use crate::soa::Place;

/// What can be done with a column without knowing the type of its values.
pub trait AnyColumn {
    /// The number of rows.
    fn len(&self) -> usize;

    /// Whether there are no rows.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes room for so many more rows.
    fn reserve(&mut self, additional: usize);

    /// Keeps the first `rows` rows.
    fn truncate(&mut self, rows: usize);

    /// Removes a row and puts the last one in its place. Does nothing if there is no such row.
    fn swap_remove(&mut self, row: usize);

    /// Puts the rows in this order: what stood in `rows[i]` is then in row `i`. Rows that are not
    /// named are gone.
    fn reorder(&mut self, rows: &[usize]);

    /// Adds a row that stands for no value, as under a null.
    fn push_placeholder(&mut self);

    /// Puts what [`push_placeholder`](Self::push_placeholder) adds into a row, so that nothing is
    /// left of the value that stood there. Does nothing if there is no such row.
    fn set_placeholder(&mut self, row: usize);

    /// The column as an Arrow array with these nulls. Buffers are shared with the array, not
    /// copied, where the column has the layout of Arrow.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::ErrorKind::Unsupported) if texts, bytes or lists exceed what one
    /// array holds, [`InvalidInput`](crate::ErrorKind::InvalidInput) for a value that the column's
    /// Arrow type can't hold. The error names the column.
    fn to_array(&self, nulls: Option<NullBuffer>, place: &Place<'_>) -> Result<ArrayRef>;

    /// The bytes that the column's buffers take, room for more rows included. A buffer that others have
    /// too counts whole.
    fn memory_size(&self) -> usize;
}
