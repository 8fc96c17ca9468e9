//! Values of a fixed width.

use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

use arrow::array::{Array, ArrayRef, PrimitiveArray};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::datatypes::{ArrowNativeType, DataType};

use super::{AnyColumn, FieldColumn, Logical};
use crate::soa::{Place, encoding::Plain};
use crate::{Error, Result};

/// Up to this many bytes a column doubles when it is full; beyond, it grows by an eighth.
const DOUBLES_UP_TO: usize = 1 << 16;

/// A column of numbers: a `Vec` while nobody else has it, an Arrow buffer once it was shared.
///
/// [`share`](Self::share) hands the memory of the `Vec` to an Arrow buffer, without copying it, and
/// the column goes on reading there. The first change after that takes the memory back if no one
/// else holds the buffer any more, and copies it otherwise. So a clone costs nothing until one of
/// the two is changed, and no one sees a change of what he was given.
///
/// A large column grows by an eighth when it is full, so that at most an eighth of it is unused.
///
/// `L` says which Arrow type the numbers have, if it isn't their own.
///
/// ```
/// use thermocline_formats::soa::Column;
///
/// let mut prices: Column<f64> = vec![1.5, 2.5].into();
/// prices.push(4.0);
/// assert_eq!(prices.iter().sum::<f64>(), 8.0);
///
/// let buffer = prices.share();
/// assert_eq!(buffer.as_ptr(), prices.as_ptr());
/// prices[0] = 0.0;
/// assert_eq!((buffer[0], prices[0]), (1.5, 0.0));
/// ```
pub struct Column<T: ArrowNativeType, L = Plain> {
    /// The values, as long as `shared` is empty. Afterwards the memory belongs to the buffer in
    /// there, and this must be neither read, changed nor dropped.
    vec: ManuallyDrop<Vec<T>>,
    shared: OnceLock<ScalarBuffer<T>>,
    logical: PhantomData<fn() -> L>,
}

impl<T: ArrowNativeType, L> Column<T, L> {
    /// No values.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            vec: ManuallyDrop::new(Vec::new()),
            shared: OnceLock::new(),
            logical: PhantomData,
        }
    }

    /// No values yet, with room for so many.
    #[must_use]
    pub fn with_capacity(rows: usize) -> Self {
        Vec::with_capacity(rows).into()
    }

    /// The values.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        match self.shared.get() {
            Some(shared) => shared,
            None => &self.vec,
        }
    }

    /// The values, to change them. Copies them if someone else has them too.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        self.owned()
    }

    /// Adds a value at the end.
    pub fn push(&mut self, value: T) {
        let vec = self.owned();
        if vec.len() == vec.capacity() {
            grow(vec, 1);
        }
        vec.push(value);
    }

    /// Adds values at the end.
    pub fn extend_from_slice(&mut self, values: &[T]) {
        let vec = self.owned();
        grow(vec, values.len());
        vec.extend_from_slice(values);
    }

    /// The values as an Arrow buffer that has the same memory.
    #[must_use]
    pub fn share(&self) -> ScalarBuffer<T> {
        let shared = self.shared.get_or_init(|| {
            // SAFETY: The `Vec` is copied out bit by bit, so two now claim its memory. The one
            // that is copied becomes the buffer. The one that stays is not used again: `OnceLock`
            // runs this closure to its end at most once, from then on `shared` is set, and as long
            // as it is, nothing touches `vec`. Slices that others have from `as_slice` point to
            // the memory and not to the `Vec`, and stay right, because the buffer neither moves
            // nor changes it. Nothing here unwinds in between.
            let vec = unsafe { std::ptr::read(&raw const *self.vec) };
            ScalarBuffer::from(vec)
        });
        shared.clone()
    }

    /// The values as a `Vec`: without a copy if no one else has them.
    #[must_use]
    pub fn into_vec(mut self) -> Vec<T> {
        std::mem::take(self.owned())
    }

    /// The number of values that there is room for before the column grows.
    #[must_use]
    pub fn capacity(&self) -> usize {
        match self.shared.get() {
            Some(shared) => shared.inner().capacity() / size_of::<T>(),
            None => self.vec.capacity(),
        }
    }

    /// The values as a `Vec` that can be changed.
    fn owned(&mut self) -> &mut Vec<T> {
        if self.shared.get_mut().is_some() {
            self.take_back();
        }
        &mut self.vec
    }

    /// Makes the column own its values again.
    #[cold]
    fn take_back(&mut self) {
        if let Some(shared) = self.shared.take() {
            // The memory is the buffer's, so what stands here must not be dropped: `ManuallyDrop`
            // doesn't.
            self.vec = ManuallyDrop::new(Vec::new());
            let vec = shared
                .into_inner()
                .into_vec()
                .unwrap_or_else(|buffer| ScalarBuffer::from(buffer).to_vec());
            self.vec = ManuallyDrop::new(vec);
        }
    }
}

/// Makes room, doubling what is small and growing by an eighth what is large.
fn grow<T>(vec: &mut Vec<T>, additional: usize) {
    if vec.capacity() - vec.len() >= additional {
        return;
    }
    let growth = if vec.len() * size_of::<T>() <= DOUBLES_UP_TO {
        vec.len().max(8)
    } else {
        vec.len() / 8
    };
    vec.reserve_exact(growth.max(additional));
}

impl<T: ArrowNativeType, L> Drop for Column<T, L> {
    fn drop(&mut self) {
        if self.shared.get_mut().is_none() {
            // SAFETY: `shared` is empty, so the `Vec` owns its memory; it isn't used after this.
            unsafe { ManuallyDrop::drop(&mut self.vec) };
        }
    }
}

impl<T: ArrowNativeType, L> Clone for Column<T, L> {
    /// Shares the values.
    fn clone(&self) -> Self {
        self.share().into()
    }
}

impl<T: ArrowNativeType, L> Default for Column<T, L> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: ArrowNativeType, L> fmt::Debug for Column<T, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

impl<T: ArrowNativeType, L> PartialEq for Column<T, L> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<T: ArrowNativeType, L> PartialEq<[T]> for Column<T, L> {
    fn eq(&self, other: &[T]) -> bool {
        self.as_slice() == other
    }
}

impl<T: ArrowNativeType, L, const N: usize> PartialEq<[T; N]> for Column<T, L> {
    fn eq(&self, other: &[T; N]) -> bool {
        self.as_slice() == other
    }
}

impl<T: ArrowNativeType, L> Deref for Column<T, L> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T: ArrowNativeType, L> DerefMut for Column<T, L> {
    fn deref_mut(&mut self) -> &mut [T] {
        self.as_mut_slice()
    }
}

impl<T: ArrowNativeType, L> From<Vec<T>> for Column<T, L> {
    fn from(vec: Vec<T>) -> Self {
        Self {
            vec: ManuallyDrop::new(vec),
            shared: OnceLock::new(),
            logical: PhantomData,
        }
    }
}

impl<T: ArrowNativeType, L> From<ScalarBuffer<T>> for Column<T, L> {
    /// Shares the buffer.
    fn from(buffer: ScalarBuffer<T>) -> Self {
        Self {
            vec: ManuallyDrop::new(Vec::new()),
            shared: buffer.into(),
            logical: PhantomData,
        }
    }
}

impl<T: ArrowNativeType, L> Extend<T> for Column<T, L> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        let values = values.into_iter();
        grow(self.owned(), values.size_hint().0);
        values.for_each(|value| self.push(value));
    }
}

impl<T: ArrowNativeType, L> FromIterator<T> for Column<T, L> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        values.into_iter().collect::<Vec<_>>().into()
    }
}

impl<T: ArrowNativeType, L: Logical<T>> AnyColumn for Column<T, L> {
    fn len(&self) -> usize {
        self.as_slice().len()
    }

    fn reserve(&mut self, additional: usize) {
        grow(self.owned(), additional);
    }

    fn truncate(&mut self, rows: usize) {
        match self.shared.get() {
            // What is shared need not be copied to leave some of it out.
            Some(shared) if rows < shared.len() => *self = shared.slice(0, rows).into(),
            Some(_) => {}
            None => self.vec.truncate(rows),
        }
    }

    fn swap_remove(&mut self, row: usize) {
        let vec = self.owned();
        if row < vec.len() {
            vec.swap_remove(row);
        }
    }

    fn reorder(&mut self, rows: &[usize]) {
        let values = self.as_slice();
        let moved: Vec<T> = rows
            .iter()
            .filter_map(|&row| values.get(row).copied())
            .collect();
        *self = moved.into();
    }

    fn push_placeholder(&mut self) {
        self.push(T::default());
    }

    fn set_placeholder(&mut self, row: usize) {
        FieldColumn::set(self, row, T::default());
    }

    fn to_array(&self, nulls: Option<NullBuffer>, place: &Place<'_>) -> Result<ArrayRef> {
        let array = PrimitiveArray::<L::Arrow>::try_new(self.share(), nulls);
        let array = array.map_err(|error| place.malformed(error))?;
        let data_type = L::data_type();
        if !PrimitiveArray::<L::Arrow>::is_compatible(&data_type) {
            return Err(Error::unsupported(format!(
                "column `{}` can't have the type {data_type}; correct the column's `Logical`",
                place.path()
            ))
            .on_column(place.path()));
        }
        Ok(Arc::new(array.with_data_type(data_type)))
    }

    fn memory_size(&self) -> usize {
        self.capacity() * size_of::<T>()
    }
}

impl<T: ArrowNativeType, L: Logical<T>> FieldColumn for Column<T, L> {
    type Value = T;
    type Ref<'a> = T;
    type Mut<'a> = &'a mut T;
    type Raw = [T];
    type RawMut<'a> = &'a mut [T];

    fn data_type() -> DataType {
        L::data_type()
    }

    fn push(&mut self, value: T) {
        Self::push(self, value);
    }

    fn at(&self, row: usize) -> T {
        self.as_slice().get(row).copied().unwrap_or_default()
    }

    fn set(&mut self, row: usize, value: T) -> bool {
        self.slot(row).map(|slot| *slot = value).is_some()
    }

    fn slot(&mut self, row: usize) -> Option<&mut T> {
        self.owned().get_mut(row)
    }

    fn read(slot: &&mut T) -> T {
        **slot
    }

    fn to_value(value: T) -> T {
        value
    }

    fn raw(&self) -> &[T] {
        self
    }

    fn raw_mut(&mut self) -> &mut [T] {
        self
    }

    fn from_array(array: &dyn Array, place: &Place<'_>) -> Result<Self> {
        let array = place.typed::<PrimitiveArray<L::Arrow>>(array, &L::data_type())?;
        place.check_nulls(array)?;
        Ok(array.values().clone().into())
    }
}
