//! Strings and binary values.

use arrow::array::{Array, AsArray, GenericByteArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{
    BinaryType, ByteArrayType, DataType, LargeBinaryType, LargeUtf8Type, Utf8Type,
};
use duckdb_neo::ffi;

use super::downcast;
use super::slot::Slot;
use crate::{Error, ErrorKind, Result};

/// DuckDB's string: the length, and either the bytes or their first four and a pointer.
type Encoded = ffi::duckdb_v2_bytes;

const INLINE: usize = 12;

pub(super) fn write(slot: &Slot<'_>, array: &dyn Array) -> Result<()> {
    match array.data_type() {
        DataType::Utf8 => write_array::<Utf8Type>(slot, downcast(array)?),
        DataType::LargeUtf8 => write_array::<LargeUtf8Type>(slot, downcast(array)?),
        DataType::Binary => write_array::<BinaryType>(slot, downcast(array)?),
        DataType::LargeBinary => write_array::<LargeBinaryType>(slot, downcast(array)?),
        DataType::FixedSizeBinary(_) => {
            let array = array
                .as_fixed_size_binary_opt()
                .ok_or_else(not_what_it_says)?;
            encode(slot, array.len(), |row| {
                if array.is_valid(row) {
                    array.value(row)
                } else {
                    &[]
                }
            })
        }
        other => Err(Error::internal(format!("{other} is no type of strings"))),
    }
}

fn write_array<T: ByteArrayType>(slot: &Slot<'_>, array: &GenericByteArray<T>) -> Result<()> {
    encode(slot, array.len(), |row| {
        if array.is_valid(row) {
            array.value(row).as_ref()
        } else {
            &[]
        }
    })
}

/// Writes the values that a dictionary's keys stand for.
pub(super) fn write_dictionary(
    slot: &Slot<'_>,
    array: &dyn Array,
    outer: Option<&NullBuffer>,
) -> Result<()> {
    let dictionary = array.as_any_dictionary_opt().ok_or_else(not_what_it_says)?;
    // The keys say which value is null; a value may be null as well.
    let nulls = NullBuffer::union(outer, array.logical_nulls().as_ref());
    if let Some(nulls) = &nulls
        && nulls.null_count() > 0
    {
        slot.mark_nulls(nulls)?;
    }
    match dictionary.values().data_type() {
        DataType::Utf8 => lookup::<Utf8Type>(
            slot,
            &dictionary_keys(dictionary),
            downcast(dictionary.values())?,
        ),
        DataType::LargeUtf8 => lookup::<LargeUtf8Type>(
            slot,
            &dictionary_keys(dictionary),
            downcast(dictionary.values())?,
        ),
        other => Err(Error::new(
            ErrorKind::Unsupported,
            format!("SQL has no type for a dictionary of {other}"),
        )),
    }
}

/// The keys as positions; whatever stands below a null key is 0.
fn dictionary_keys(dictionary: &dyn arrow::array::AnyDictionaryArray) -> Vec<usize> {
    if dictionary.values().is_empty() {
        return vec![0; dictionary.len()];
    }
    dictionary.normalized_keys()
}

fn lookup<T: ByteArrayType>(
    slot: &Slot<'_>,
    keys: &[usize],
    values: &GenericByteArray<T>,
) -> Result<()> {
    encode(slot, keys.len(), |row| match keys.get(row) {
        Some(key) if *key < values.len() && values.is_valid(*key) => values.value(*key).as_ref(),
        _ => &[],
    })
}

/// Writes one value for each row. All that is too long to stand in its row is copied to one place.
fn encode<'a>(slot: &Slot<'_>, rows: usize, value: impl Fn(usize) -> &'a [u8]) -> Result<()> {
    let long: usize = (0..rows)
        .map(|row| value(row).len())
        .filter(|length| *length > INLINE)
        .sum();
    let mut free = if long == 0 {
        std::ptr::null_mut()
    } else {
        slot.room(long)?
    };
    let mut encoded = Vec::with_capacity(rows);
    for row in 0..rows {
        let bytes = value(row);
        let length = u32::try_from(bytes.len()).map_err(|_| {
            Error::new(
                ErrorKind::Unsupported,
                "SQL can't carry a value of 4 GiB or more",
            )
        })?;
        let stored = if bytes.len() <= INLINE {
            inline(bytes, length)
        } else {
            // SAFETY: `long` counted these bytes, so what is left of the room has them, and it
            // was just allocated, so nothing overlaps it.
            let place = unsafe {
                std::ptr::copy_nonoverlapping(bytes.as_ptr(), free, bytes.len());
                let place = free;
                free = free.add(bytes.len());
                place
            };
            outside(bytes, length, place)
        };
        encoded.push(stored);
    }
    // SAFETY: this is DuckDB's own type for the rows of such a vector, and the places that it
    // points to live as long as they do.
    unsafe { slot.fill(&encoded) }
}

#[inline]
fn inline(bytes: &[u8], length: u32) -> Encoded {
    // Unused bytes are zero: DuckDB compares all twelve.
    let mut padded = [0; INLINE];
    if let Some(start) = padded.get_mut(..bytes.len()) {
        start.copy_from_slice(bytes);
    }
    let inlined = padded.map(u8::cast_signed);
    let inlined = ffi::duckdb_v2_bytes__bindgen_ty_1__bindgen_ty_2 { length, inlined };
    Encoded {
        value: ffi::duckdb_v2_bytes__bindgen_ty_1 { inlined },
    }
}

fn outside(bytes: &[u8], length: u32, place: *mut u8) -> Encoded {
    let mut prefix = [0; 4];
    for (to, from) in prefix.iter_mut().zip(bytes) {
        *to = (*from).cast_signed();
    }
    let pointer = ffi::duckdb_v2_bytes__bindgen_ty_1__bindgen_ty_1 {
        length,
        prefix,
        ptr: place.cast(),
    };
    Encoded {
        value: ffi::duckdb_v2_bytes__bindgen_ty_1 { pointer },
    }
}

fn not_what_it_says() -> Error {
    Error::internal("an array is not of the type that it says")
}
