//! Keys and their hash.

use std::fmt::Debug;

use twox_hash::XxHash3_64;

use crate::soa::{FieldColumn, Row, SoaField};

/// A struct whose rows have a key. `#[derive(SoAStore)]` implements it.
pub trait Keyed: Row {
    /// The type of the key.
    type Key: Key;

    /// The name of the key's column.
    const KEY: &'static str;

    /// How many shards a [`ShardedStore`](super::ShardedStore) has.
    const SHARDS: usize;

    /// The key of a row.
    fn key(&self) -> &Self::Key;

    /// The column of the keys.
    fn keys(columns: &Self::Columns) -> &<Self::Key as SoaField>::Column;
}

/// A type that can be a key: integers, `bool`, `String`, `Vec<u8>`, `[u8; N]`, and `uuid::Uuid`
/// (feature `uuid`).
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a key",
    label = "not a key type",
    note = "a key is an integer, a bool, a String, a Vec<u8>, a [u8; N] or a Uuid; a float can't be \
            one, because NaN equals nothing and -0.0 equals 0.0: use the integer or the text that \
            identifies the row"
)]
pub trait Key: SoaField + Clone + Debug + Send + Sync {
    /// What a key is looked up by: `str` for `String`, else the key's own type.
    type Borrowed: ?Sized + Debug;

    /// The key, to look it up.
    fn borrowed(&self) -> &Self::Borrowed;

    /// The key's hash: the 64-bit XXH3 with seed 0 of the key's bytes. These are the number's,
    /// least significant first; the text's UTF-8; or the bytes themselves.
    fn hash(key: &Self::Borrowed) -> u64;

    /// The same for a key that stands in a column.
    fn hash_held(held: <Self::Column as FieldColumn>::Ref<'_>) -> u64;

    /// Whether this key stands there.
    fn is(held: <Self::Column as FieldColumn>::Ref<'_>, key: &Self::Borrowed) -> bool;
}

macro_rules! integers {
    ($($integer:ty),+) => {$(
        impl Key for $integer {
            type Borrowed = Self;

            fn borrowed(&self) -> &Self {
                self
            }

            fn hash(key: &Self) -> u64 {
                XxHash3_64::oneshot(&key.to_le_bytes())
            }

            fn hash_held(held: Self) -> u64 {
                Self::hash(&held)
            }

            fn is(held: Self, key: &Self) -> bool {
                held == *key
            }
        }
    )+};
}

integers!(i8, i16, i32, i64, u8, u16, u32, u64);

impl Key for bool {
    type Borrowed = Self;

    fn borrowed(&self) -> &Self {
        self
    }

    fn hash(key: &Self) -> u64 {
        XxHash3_64::oneshot(&[u8::from(*key)])
    }

    fn hash_held(held: Self) -> u64 {
        Self::hash(&held)
    }

    fn is(held: Self, key: &Self) -> bool {
        held == *key
    }
}

impl Key for String {
    type Borrowed = str;

    fn borrowed(&self) -> &str {
        self
    }

    fn hash(key: &str) -> u64 {
        XxHash3_64::oneshot(key.as_bytes())
    }

    fn hash_held(held: &str) -> u64 {
        Self::hash(held)
    }

    fn is(held: &str, key: &str) -> bool {
        held == key
    }
}

impl Key for Vec<u8> {
    type Borrowed = [u8];

    fn borrowed(&self) -> &[u8] {
        self
    }

    fn hash(key: &[u8]) -> u64 {
        XxHash3_64::oneshot(key)
    }

    fn hash_held(held: &[u8]) -> u64 {
        Self::hash(held)
    }

    fn is(held: &[u8], key: &[u8]) -> bool {
        held == key
    }
}

impl<const N: usize> Key for [u8; N] {
    type Borrowed = Self;

    fn borrowed(&self) -> &Self {
        self
    }

    fn hash(key: &Self) -> u64 {
        XxHash3_64::oneshot(key)
    }

    fn hash_held(held: &Self) -> u64 {
        Self::hash(held)
    }

    fn is(held: &Self, key: &Self) -> bool {
        held == key
    }
}

#[cfg(feature = "uuid")]
impl Key for uuid::Uuid {
    type Borrowed = Self;

    fn borrowed(&self) -> &Self {
        self
    }

    fn hash(key: &Self) -> u64 {
        XxHash3_64::oneshot(key.as_bytes())
    }

    fn hash_held(held: Self) -> u64 {
        <Self as Key>::hash(&held)
    }

    fn is(held: Self, key: &Self) -> bool {
        held == *key
    }
}
