//! Lists and structs.

use arrow::array::{Array, GenericListArray, ListArray, OffsetSizeTrait, StructArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{ArrowNativeType, DataType};
use duckdb_neo::ffi::duckdb_v2_list_entry;

use super::slot::Slot;
use super::{downcast, write};
use crate::{Error, Result};

pub(super) fn write_list(slot: &Slot<'_>, array: &dyn Array) -> Result<()> {
    if matches!(array.data_type(), DataType::List(_)) {
        return write_lists(slot, downcast::<ListArray>(array)?);
    }
    write_lists(slot, downcast::<GenericListArray<i64>>(array)?)
}

fn write_lists<O: OffsetSizeTrait>(slot: &Slot<'_>, array: &GenericListArray<O>) -> Result<()> {
    let offsets = array.value_offsets();
    let first = offsets.first().map_or(0, |offset| offset.as_usize());
    let last = offsets.last().map_or(0, |offset| offset.as_usize());
    let mut entries = Vec::with_capacity(array.len());
    for (row, range) in offsets.array_windows::<2>().enumerate() {
        let [start, end] = range.map(ArrowNativeType::as_usize);
        // Arrow lets a null list have elements.
        let length = if array.is_null(row) { 0 } else { end - start };
        entries.push(duckdb_v2_list_entry {
            offset: as_index(start - first)?,
            length: as_index(length)?,
        });
    }
    // SAFETY: this is DuckDB's own type for the rows of a list vector.
    unsafe { slot.fill(&entries)? };
    write(
        &slot.child(0)?,
        array.values().slice(first, last - first).as_ref(),
        None,
    )
}

fn as_index(value: usize) -> Result<u64> {
    u64::try_from(value).map_err(|_| Error::internal("a list is longer than its memory"))
}

pub(super) fn write_struct(
    slot: &Slot<'_>,
    array: &dyn Array,
    nulls: Option<&NullBuffer>,
) -> Result<()> {
    let array = downcast::<StructArray>(array)?;
    for (index, column) in array.columns().iter().enumerate() {
        write(&slot.child(index)?, column.as_ref(), nulls)?;
    }
    Ok(())
}
