//! Lists of any length.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanBufferBuilder, ListArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field};

use super::ranges::Ranges;
use super::{AnyColumn, ColumnMut, FieldColumn, Slot, equal};
use crate::Result;
use crate::soa::{Place, array_of};

/// The name of a list's items, as Arrow's own libraries call them.
const ITEM: &str = "item";

/// A column of `Vec`s, Arrow's `List`: the items of all rows in one column, and where each row's
/// items end.
///
/// As with [texts](super::VarBytes), replacing or removing a list costs the list and not the
/// column.
#[derive(Clone, Default)]
pub struct Lists<C: FieldColumn> {
    ranges: Ranges,
    items: C,
}

impl<C: FieldColumn> Lists<C> {
    /// Drops items that belong to no list, if they are most.
    fn tidy(&mut self) {
        if let Some(end) = self.ranges.end() {
            if end < self.items.len() {
                self.items.truncate(end);
            }
        } else if self.ranges.is_mostly_unused(self.items.len()) {
            self.put_in_order(0..self.len());
        }
    }

    /// Keeps these rows, one after the other, each with items of its own.
    fn put_in_order(&mut self, rows: impl ExactSizeIterator<Item = usize>) {
        let (mut ranges, mut items) = (Ranges::default(), Vec::new());
        ranges.reserve(rows.len());
        for row in rows.filter(|row| *row < self.len()) {
            let start = items.len();
            items.extend(self.ranges.get(row));
            ranges.push(start..items.len());
        }
        self.items.reorder(&items);
        self.ranges = ranges;
    }

    fn add_items(&mut self, values: Vec<C::Value>) -> Range<usize> {
        let start = self.items.len();
        self.items.reserve(values.len());
        values.into_iter().for_each(|value| self.items.push(value));
        start..self.items.len()
    }

    fn item_field() -> Field {
        Field::new(ITEM, C::data_type(), C::NULLABLE)
    }
}

impl<C: FieldColumn> FromIterator<Vec<C::Value>> for Lists<C> {
    fn from_iter<I: IntoIterator<Item = Vec<C::Value>>>(values: I) -> Self {
        let mut column = Self::default();
        values.into_iter().for_each(|value| column.push(value));
        column
    }
}

impl<C: FieldColumn> From<Vec<Vec<C::Value>>> for Lists<C> {
    fn from(values: Vec<Vec<C::Value>>) -> Self {
        values.into_iter().collect()
    }
}

impl<C: FieldColumn> fmt::Debug for Lists<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.values()).finish()
    }
}

impl<C: FieldColumn> PartialEq for Lists<C> {
    fn eq(&self, other: &Self) -> bool {
        equal(self, other)
    }
}

impl<C: FieldColumn> AnyColumn for Lists<C> {
    fn len(&self) -> usize {
        self.ranges.len()
    }

    fn reserve(&mut self, additional: usize) {
        self.ranges.reserve(additional);
    }

    fn truncate(&mut self, rows: usize) {
        self.ranges.truncate(rows);
        self.tidy();
    }

    fn swap_remove(&mut self, row: usize) {
        self.ranges.swap_remove(row);
        self.tidy();
    }

    fn reorder(&mut self, rows: &[usize]) {
        self.put_in_order(rows.iter().copied());
    }

    fn push_placeholder(&mut self) {
        let end = self.items.len();
        self.ranges.push(end..end);
    }

    fn set_placeholder(&mut self, row: usize) {
        if !self.ranges.get(row).is_empty() {
            let end = self.items.len();
            self.ranges.set(row, end..end);
            self.tidy();
        }
    }

    fn to_array(&self, nulls: Option<NullBuffer>, place: &Place<'_>) -> Result<ArrayRef> {
        let (offsets, items) = match self.ranges.offsets() {
            Some(offsets) => (offsets, Cow::Borrowed(&self.items)),
            None => {
                let lengths = self.ranges.iter().map(|range| range.len());
                let offsets = OffsetBuffer::try_from_lengths(lengths)
                    .map_err(|_| place.too_large("2,147,483,647 items"))?;
                let mut items = self.items.clone();
                items.reorder(&self.ranges.iter().flatten().collect::<Vec<_>>());
                (offsets, Cow::Owned(items))
            }
        };
        let row_of = |item: usize| place.row(row_of(&offsets, item));
        let place = &place.child(ITEM).with_rows(&row_of);
        let items = array_of(items.as_ref(), place)?;
        let array = ListArray::try_new(Arc::new(Self::item_field()), offsets.clone(), items, nulls);
        Ok(Arc::new(array.map_err(|error| place.malformed(error))?))
    }

    fn memory_size(&self) -> usize {
        self.ranges.memory_size() + self.items.memory_size()
    }
}

impl<C: FieldColumn> FieldColumn for Lists<C> {
    type Value = Vec<C::Value>;
    type Ref<'a> = ListView<'a, C>;
    type Mut<'a> = Slot<'a, Self>;
    type Raw = Self;
    type RawMut<'a> = ColumnMut<'a, Self>;

    fn data_type() -> DataType {
        DataType::List(Arc::new(Self::item_field()))
    }

    fn push(&mut self, value: Vec<C::Value>) {
        let range = self.add_items(value);
        self.ranges.push(range);
    }

    fn at(&self, row: usize) -> ListView<'_, C> {
        ListView {
            items: &self.items,
            range: self.ranges.get(row),
        }
    }

    fn set(&mut self, row: usize, value: Vec<C::Value>) -> bool {
        if row >= self.len() {
            return false;
        }
        let range = self.add_items(value);
        self.ranges.set(row, range);
        self.tidy();
        true
    }

    fn slot(&mut self, row: usize) -> Option<Slot<'_, Self>> {
        Slot::new(self, row)
    }

    fn read<'a>(slot: &'a Slot<'_, Self>) -> ListView<'a, C> {
        slot.get()
    }

    fn to_value(value: ListView<'_, C>) -> Vec<C::Value> {
        value.iter().map(C::to_value).collect()
    }

    fn raw(&self) -> &Self {
        self
    }

    fn raw_mut(&mut self) -> ColumnMut<'_, Self> {
        ColumnMut::new(self)
    }

    fn from_array(array: &dyn Array, place: &Place<'_>) -> Result<Self> {
        let array = place.downcast::<ListArray>(array, &Self::data_type())?;
        place.check_nulls(array)?;
        let (offsets, items) = (array.offsets(), array.values());
        let ranges = Ranges::from(offsets);
        let present = NullBuffer::union(array.nulls(), place.present());
        let first = ranges.get(0).start;
        let end = ranges.get(ranges.len().saturating_sub(1)).end;
        // Items that no list has may be anything.
        let all_belong = present.is_none() && first == 0 && end == items.len();
        let belonging = (!all_belong).then(|| {
            let mut belongs = BooleanBufferBuilder::new(items.len());
            belongs.append_n(items.len(), false);
            for (row, range) in ranges.iter().enumerate() {
                if present.as_ref().is_none_or(|present| present.is_valid(row)) {
                    range.for_each(|item| belongs.set_bit(item, true));
                }
            }
            NullBuffer::new(belongs.finish())
        });
        let row_of = |item: usize| place.row(row_of(offsets, item));
        let items_place = place.child(ITEM).with_present(belonging).with_rows(&row_of);
        Ok(Self {
            items: C::from_array(items, &items_place)?,
            ranges,
        })
    }
}

/// The row that an item belongs to.
fn row_of(offsets: &OffsetBuffer<i32>, item: usize) -> usize {
    let ends = offsets.get(1..).unwrap_or_default();
    ends.partition_point(|&end| usize::try_from(end).is_ok_and(|end| end <= item))
}

/// The items of one row.
pub struct ListView<'a, C: FieldColumn> {
    items: &'a C,
    range: Range<usize>,
}

impl<'a, C: FieldColumn> ListView<'a, C> {
    /// The number of items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.range.len()
    }

    /// Whether there are no items.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    /// An item, counted from 0, if there is such an item.
    #[must_use]
    pub fn get(&self, item: usize) -> Option<C::Ref<'a>> {
        (item < self.len()).then(|| self.items.at(self.range.start + item))
    }

    /// The items in their order.
    #[must_use]
    pub fn iter(&self) -> ListIter<'a, C> {
        ListIter {
            items: self.items,
            range: self.range.clone(),
        }
    }

    /// A copy of the items.
    #[must_use]
    pub fn to_vec(&self) -> Vec<C::Value> {
        self.iter().map(C::to_value).collect()
    }
}

impl<'a, T, C: FieldColumn<Raw = [T]>> ListView<'a, C> {
    /// The items as a slice.
    #[must_use]
    pub fn as_slice(&self) -> &'a [T] {
        self.items.raw().get(self.range.clone()).unwrap_or_default()
    }
}

impl<C: FieldColumn> Clone for ListView<'_, C> {
    fn clone(&self) -> Self {
        Self {
            items: self.items,
            range: self.range.clone(),
        }
    }
}

impl<C: FieldColumn> fmt::Debug for ListView<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<C: FieldColumn> PartialEq for ListView<'_, C> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && (0..self.len()).all(|item| {
                self.items.at(self.range.start + item) == other.items.at(other.range.start + item)
            })
    }
}

impl<'a, C: FieldColumn> IntoIterator for ListView<'a, C> {
    type Item = C::Ref<'a>;
    type IntoIter = ListIter<'a, C>;

    fn into_iter(self) -> ListIter<'a, C> {
        self.iter()
    }
}

impl<'a, C: FieldColumn> IntoIterator for &ListView<'a, C> {
    type Item = C::Ref<'a>;
    type IntoIter = ListIter<'a, C>;

    fn into_iter(self) -> ListIter<'a, C> {
        self.iter()
    }
}

/// The items of one row, one after the other.
pub struct ListIter<'a, C: FieldColumn> {
    items: &'a C,
    range: Range<usize>,
}

impl<C: FieldColumn> Clone for ListIter<'_, C> {
    fn clone(&self) -> Self {
        Self {
            items: self.items,
            range: self.range.clone(),
        }
    }
}

impl<C: FieldColumn> fmt::Debug for ListIter<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'a, C: FieldColumn> Iterator for ListIter<'a, C> {
    type Item = C::Ref<'a>;

    fn next(&mut self) -> Option<C::Ref<'a>> {
        self.range.next().map(|item| self.items.at(item))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }
}

impl<C: FieldColumn> DoubleEndedIterator for ListIter<'_, C> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.range.next_back().map(|item| self.items.at(item))
    }
}

impl<C: FieldColumn> ExactSizeIterator for ListIter<'_, C> {}
