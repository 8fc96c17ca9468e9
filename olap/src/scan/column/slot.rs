//! One vector of DuckDB's, written through the C API.

use std::marker::PhantomData;

use arrow::buffer::NullBuffer;
use duckdb_neo::AsRaw;
use duckdb_neo::data_chunk::DataChunkRef;
use duckdb_neo::ffi;

use crate::{Error, Result};

/// A flat vector that a scan may write, borrowed from its chunk.
///
/// The typed vectors of `duckdb-neo` would do, but are made for types known at compile time and
/// look up the logical type of every vector of every chunk.
#[derive(Debug)]
pub(super) struct Slot<'chunk> {
    handle: ffi::duckdb_v2_vector_handle,
    _chunk: PhantomData<&'chunk ()>,
}

impl<'chunk> Slot<'chunk> {
    /// The chunk's vector at this position.
    pub(super) fn of(chunk: &'chunk DataChunkRef<'_>, index: usize) -> Result<Self> {
        let index = index.try_into().unwrap_or(u64::MAX);
        let mut handle = std::ptr::null_mut();
        // SAFETY: the chunk is borrowed for as long as the slot lives, so its handle is valid and
        // so is the vector that is lent from it; an index out of range is an error of the call.
        check(unsafe {
            ffi::duckdb_v2_data_chunk_get_vector(
                chunk.get_raw(),
                index,
                &raw mut handle,
                std::ptr::null_mut(),
            )
        })?;
        Ok(Self {
            handle,
            _chunk: PhantomData,
        })
    }

    /// The vector of a struct's field, or of a list's elements (0).
    pub(super) fn child(&self, index: usize) -> Result<Slot<'_>> {
        let index = index.try_into().unwrap_or(u64::MAX);
        let mut handle = std::ptr::null_mut();
        // SAFETY: our handle is valid; a child lives as long as the chunk does, and the slot that
        // is returned borrows from this one.
        check(unsafe {
            ffi::duckdb_v2_vector_get_child(
                self.handle,
                index,
                &raw mut handle,
                std::ptr::null_mut(),
            )
        })?;
        Ok(Slot {
            handle,
            _chunk: PhantomData,
        })
    }

    /// Sets the number of rows, and makes room for them.
    pub(super) fn resize(&self, rows: usize) -> Result<()> {
        let rows = rows.try_into().unwrap_or(u64::MAX);
        // SAFETY: our handle is valid, and the vector is one that we were given to write.
        check(unsafe { ffi::duckdb_v2_vector_set_size(self.handle, rows, std::ptr::null_mut()) })
    }

    /// Makes these the vector's rows, which it must have been [resized](Self::resize) to.
    ///
    /// # Safety
    ///
    /// `T` has no padding and the layout of the vector's physical type.
    pub(super) unsafe fn fill<T: Copy>(&self, rows: &[T]) -> Result<()> {
        let data = self.data()?;
        // SAFETY: the vector has room for as many values as its size says, which the caller has
        // set; DuckDB's memory and the slice don't overlap. Copying bytes asks for no alignment.
        unsafe {
            std::ptr::copy_nonoverlapping(
                rows.as_ptr().cast::<u8>(),
                data,
                std::mem::size_of_val(rows),
            );
        }
        Ok(())
    }

    /// Room for that many bytes that the strings of this vector may point into. It is freed
    /// together with the vector's rows.
    pub(super) fn room(&self, bytes: usize) -> Result<*mut u8> {
        let bytes = bytes.try_into().unwrap_or(u64::MAX);
        let mut arena = std::ptr::null_mut();
        let mut room = std::ptr::null_mut();
        // SAFETY: our handle is valid; the arena is lent from it and used at once. For a vector
        // without strings the call is an error.
        check(unsafe {
            ffi::duckdb_v2_vector_get_arena(self.handle, &raw mut arena, std::ptr::null_mut())
        })?;
        // SAFETY: see above.
        check(unsafe {
            ffi::duckdb_v2_arena_allocate(arena, bytes, &raw mut room, std::ptr::null_mut())
        })?;
        Ok(room)
    }

    /// Marks the rows that are null. Rows are valid until they are marked.
    pub(super) fn mark_nulls(&self, nulls: &NullBuffer) -> Result<()> {
        let mut mask: *mut u64 = std::ptr::null_mut();
        // SAFETY: our handle is valid, and output vectors are flat.
        check(unsafe {
            ffi::duckdb_v2_vector_flat_get_validity_mutable(
                self.handle,
                &raw mut mask,
                std::ptr::null_mut(),
            )
        })?;
        let words = nulls.len().div_ceil(64);
        for (index, word) in nulls
            .inner()
            .bit_chunks()
            .iter_padded()
            .take(words)
            .enumerate()
        {
            // SAFETY: the mask has a bit for each of the vector's rows, in whole words, and both
            // sides put the first row into the lowest bit.
            unsafe { mask.add(index).write(word) };
        }
        Ok(())
    }

    fn data(&self) -> Result<*mut u8> {
        let mut data = std::ptr::null_mut();
        // SAFETY: our handle is valid, and output vectors are flat.
        check(unsafe {
            ffi::duckdb_v2_vector_get_data_mutable(self.handle, &raw mut data, std::ptr::null_mut())
        })?;
        Ok(data.cast())
    }
}

fn check(code: ffi::DUCKDB_V2_ERROR) -> Result<()> {
    match code {
        ffi::DUCKDB_V2_ERROR::DUCKDB_V2_ERROR_NONE => Ok(()),
        ffi::DUCKDB_V2_ERROR::DUCKDB_V2_ERROR_RESOURCE_OUT_OF_MEMORY => Err(Error::new(
            crate::ErrorKind::OutOfMemory,
            "there is no memory left for the rows of a scan",
        )),
        code => Err(Error::internal(format!(
            "a column can't be written: {code:?}"
        ))),
    }
}
