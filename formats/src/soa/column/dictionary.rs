//! Texts of which there are few different ones.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, PrimitiveArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Int32Type};

use super::misfits::Misfits;
use super::{AnyColumn, Column, ColumnMut, FieldColumn, Required, Slot, Texts, equal};
use crate::Result;
use crate::soa::Place;

/// How many different texts the keys can name. In this crate's tests fewer, so that they get there.
const MOST: usize = if cfg!(test) { 1_000 } else { 0x7fff_ffff };

/// A column of `String` that holds every different text once, Arrow's `Dictionary(Int32, Utf8)`.
#[derive(Clone, Default)]
pub struct Dictionary {
    /// For each row, which text it has.
    keys: Column<i32>,
    texts: Texts,
    /// Where each text is, once a row was added; a dictionary from elsewhere may have a text twice.
    index: HashMap<String, i32>,
    /// Texts for which there was no key any more.
    misfits: Misfits<String>,
}

impl Dictionary {
    /// The key of a text, which is added if it is new; `None` if there are too many.
    fn key(&mut self, text: &str) -> Option<i32> {
        if self.index.is_empty() {
            let texts = self.texts.values().enumerate().take(MOST);
            let keys =
                texts.filter_map(|(key, text)| Some((text.to_owned(), key.try_into().ok()?)));
            self.index = keys.collect();
        }
        if let Some(key) = self.index.get(text) {
            return Some(*key);
        }
        let new = Some(self.texts.len()).filter(|len| *len < MOST);
        let new = new.and_then(|len| i32::try_from(len).ok())?;
        self.texts.push_ref(text);
        self.index.insert(text.to_owned(), new);
        Some(new)
    }
}

impl FromIterator<String> for Dictionary {
    fn from_iter<I: IntoIterator<Item = String>>(values: I) -> Self {
        let mut column = Self::default();
        values.into_iter().for_each(|value| column.push(value));
        column
    }
}

impl From<Vec<String>> for Dictionary {
    fn from(values: Vec<String>) -> Self {
        values.into_iter().collect()
    }
}

impl fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.values()).finish()
    }
}

impl PartialEq for Dictionary {
    fn eq(&self, other: &Self) -> bool {
        equal(self, other)
    }
}

impl AnyColumn for Dictionary {
    fn len(&self) -> usize {
        self.keys.len()
    }

    fn reserve(&mut self, additional: usize) {
        self.keys.reserve(additional);
    }

    fn truncate(&mut self, rows: usize) {
        self.keys.truncate(rows);
        self.misfits.truncate(rows);
    }

    fn swap_remove(&mut self, row: usize) {
        if row < self.len() {
            self.misfits.swap_remove(row, self.len() - 1);
            self.keys.swap_remove(row);
        }
    }

    fn reorder(&mut self, rows: &[usize]) {
        self.keys.reorder(rows);
        self.misfits.reorder(rows);
    }

    fn push_placeholder(&mut self) {
        self.push(String::new());
    }

    fn set_placeholder(&mut self, row: usize) {
        self.set(row, String::new());
    }

    fn to_array(&self, nulls: Option<NullBuffer>, place: &Place<'_>) -> Result<ArrayRef> {
        if self.misfits.first().is_some() {
            return Err(place.too_large(&format!("{MOST} different texts")));
        }
        let texts = self.texts.to_array(None, place)?;
        let array = PrimitiveArray::<Int32Type>::try_new(self.keys.share(), nulls)
            .and_then(|keys| DictionaryArray::try_new(keys, texts));
        Ok(Arc::new(array.map_err(|error| place.malformed(error))?))
    }

    fn memory_size(&self) -> usize {
        self.keys.memory_size() + self.texts.memory_size()
    }
}

impl FieldColumn for Dictionary {
    type Value = String;
    type Ref<'a> = &'a str;
    type Mut<'a> = Slot<'a, Self>;
    type Raw = Self;
    type RawMut<'a> = ColumnMut<'a, Self>;

    fn data_type() -> DataType {
        DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
    }

    fn push(&mut self, value: String) {
        let key = self.key(&value);
        if key.is_none() {
            self.misfits.insert(self.keys.len(), value);
        }
        self.keys.push(key.unwrap_or(0));
    }

    fn at(&self, row: usize) -> &str {
        if let Some(text) = self.misfits.get(row) {
            return text;
        }
        let key = self.keys.get(row).and_then(|key| usize::try_from(key).ok());
        key.map_or("", |key| self.texts.at(key))
    }

    fn set(&mut self, row: usize, value: String) -> bool {
        if row >= self.len() {
            return false;
        }
        self.misfits.remove(row);
        let key = self.key(&value);
        if key.is_none() {
            self.misfits.insert(row, value);
        }
        FieldColumn::set(&mut self.keys, row, key.unwrap_or(0))
    }

    fn slot(&mut self, row: usize) -> Option<Slot<'_, Self>> {
        Slot::new(self, row)
    }

    fn read<'a>(slot: &'a Slot<'_, Self>) -> &'a str {
        slot.get()
    }

    fn to_value(value: &str) -> String {
        value.to_owned()
    }

    fn raw(&self) -> &Self {
        self
    }

    fn raw_mut(&mut self) -> ColumnMut<'_, Self> {
        ColumnMut::new(self)
    }

    fn from_array(array: &dyn Array, place: &Place<'_>) -> Result<Self> {
        let array = place.typed::<DictionaryArray<Int32Type>>(array, &Self::data_type())?;
        place.check_nulls(array)?;
        // A null among the texts is one that no row has: the check above would have found it.
        let texts = array.values().as_ref();
        let unused = place
            .child("")
            .with_present(texts.as_string::<i32>().nulls().cloned());
        let mut keys: Column<i32> = array.keys().values().clone().into();
        let mut texts = Texts::from_array(texts, &unused)?;
        // Under a null, a key may name no text. Once exported without that null, it would have to.
        let without_text: Vec<_> = keys
            .iter()
            .enumerate()
            .filter(|(_, key)| usize::try_from(**key).map_or(true, |key| key >= texts.len()))
            .map(|(row, _)| row)
            .collect();
        if !without_text.is_empty() {
            let key = i32::try_from(texts.len()).map_err(|_| place.too_large("2 GiB of texts"))?;
            texts.push_ref("");
            for row in without_text {
                FieldColumn::set(&mut keys, row, key);
            }
        }
        Ok(Self {
            keys,
            texts,
            index: HashMap::new(),
            misfits: Misfits::default(),
        })
    }
}

impl Required for Dictionary {}
