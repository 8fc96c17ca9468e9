//! Arrow arrays as the vectors of a DuckDB chunk.
//!
//! Values are copied, up to 2,048 rows at a time, into the vectors that DuckDB provides: while they
//! are in the processor's cache this costs what following a pointer to them would, it works for
//! every layout and alignment, and no lifetime reaches across the border.

mod bytes;
mod fixed;
mod nested;
mod slot;

use arrow::array::{Array, ArrayRef};
use arrow::buffer::NullBuffer;
use arrow::datatypes::DataType;
use duckdb_neo::data_chunk::DataChunkRef;

use self::slot::Slot;
use crate::{Error, Result};

/// The chunk that a scan writes its next rows into.
pub(crate) struct Chunk<'a, 'c> {
    output: &'a mut DataChunkRef<'c>,
    capacity: usize,
}

impl<'a, 'c> Chunk<'a, 'c> {
    pub(crate) fn new(output: &'a mut DataChunkRef<'c>) -> Result<Self> {
        let capacity = output.capacity()?;
        Ok(Self { output, capacity })
    }

    /// Most rows that fit.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Makes these rows the chunk's column.
    pub(crate) fn write(&mut self, index: usize, rows: &ArrayRef) -> Result<()> {
        let slot = Slot::of(self.output, index)?;
        write(&slot, rows.as_ref(), None)
    }

    /// Makes the column hold this many rows of no interest.
    pub(crate) fn write_rows(&mut self, index: usize, rows: usize) -> Result<()> {
        let slot = Slot::of(self.output, index)?;
        fixed::write_false(&slot, rows)
    }

    /// Says that there are no more rows.
    pub(crate) fn finish(&mut self) -> Result<()> {
        Slot::of(self.output, 0)?.resize(0)
    }
}

/// Writes an array into a vector of the type that [`sql_type`](super::types::sql_type) gives it.
///
/// `outer` has the rows that are null because a struct around them is: DuckDB wants them null here
/// as well.
fn write(slot: &Slot<'_>, array: &dyn Array, outer: Option<&NullBuffer>) -> Result<()> {
    slot.resize(array.len())?;
    // A dictionary can also be null where its values are, so it takes care of its own nulls.
    if !matches!(array.data_type(), DataType::Dictionary(_, _)) {
        let nulls = NullBuffer::union(outer, array.nulls());
        if let Some(nulls) = &nulls
            && nulls.null_count() > 0
        {
            slot.mark_nulls(nulls)?;
        }
        return match array.data_type() {
            DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Binary
            | DataType::LargeBinary
            | DataType::FixedSizeBinary(_) => bytes::write(slot, array),
            DataType::List(_) | DataType::LargeList(_) => nested::write_list(slot, array),
            DataType::Struct(_) => nested::write_struct(slot, array, nulls.as_ref()),
            _ => fixed::write(slot, array),
        };
    }
    bytes::write_dictionary(slot, array, outer)
}

/// The array as the type that its data type says it is.
fn downcast<T: 'static>(array: &dyn Array) -> Result<&T> {
    array
        .as_any()
        .downcast_ref::<T>()
        .ok_or_else(|| Error::internal(format!("an array of type {} is none", array.data_type())))
}

#[cfg(test)]
mod tests;
