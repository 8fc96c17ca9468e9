//! One value of a column, whatever its type.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::hex::{from_hex, to_hex};

/// A value to compare with: a limit of a zone map or a literal of a predicate.
///
/// Several column types share a kind: `Int` holds integers of every width, dates and times as the
/// number that is stored, timestamps in the column's own unit, and decimals without their point.
///
/// ```
/// use thermocline_formats::Bound;
///
/// assert!(Bound::from(3_i64) < Bound::from(4_u8));
/// assert!(Bound::from(f64::NAN) > Bound::from(f64::INFINITY));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Bound {
    /// A boolean; `false` is less.
    Bool(bool),
    /// Integers, dates, times, timestamps and decimals.
    Int(i128),
    /// Floats of every width.
    Float(f64),
    /// Strings and binary values, in the order of their bytes.
    Bytes(Vec<u8>),
}

impl Bound {
    /// Compares two values of one kind; `None` if their kinds differ.
    ///
    /// Floats compare as in SQL: `-0.0` equals `0.0`, and NaN equals NaN and is greater than
    /// everything else.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(b)),
            (Self::Float(a), Self::Float(b)) => Some(compare_floats(*a, *b)),
            (Self::Bytes(a), Self::Bytes(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

/// SQL's order of floats, with NaN as the greatest.
pub(crate) fn compare_floats(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b)
        .unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

impl PartialOrd for Bound {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.compare(other)
    }
}

impl PartialEq for Bound {
    fn eq(&self, other: &Self) -> bool {
        self.compare(other) == Some(Ordering::Equal)
    }
}

impl Eq for Bound {}

impl From<bool> for Bound {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f32> for Bound {
    fn from(value: f32) -> Self {
        Self::Float(value.into())
    }
}

impl From<f64> for Bound {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Bound {
    fn from(value: &str) -> Self {
        Self::Bytes(value.as_bytes().to_vec())
    }
}

impl From<String> for Bound {
    fn from(value: String) -> Self {
        Self::Bytes(value.into_bytes())
    }
}

impl From<&[u8]> for Bound {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(value.to_vec())
    }
}

impl From<Vec<u8>> for Bound {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

macro_rules! from_integer {
    ($($t:ty),*) => {$(
        impl From<$t> for Bound {
            fn from(value: $t) -> Self {
                Self::Int(value.into())
            }
        }
    )*};
}
from_integer!(i8, i16, i32, i64, i128, u8, u16, u32, u64);

/// The stored shape, which MessagePack and JSON both carry exactly: 128-bit integers as text,
/// floats as their bits (JSON knows no infinity), bytes as hexadecimal text.
#[derive(Serialize, Deserialize)]
enum Stored {
    #[serde(rename = "b")]
    Bool(bool),
    #[serde(rename = "i")]
    Int(i64),
    #[serde(rename = "w")]
    Wide(String),
    #[serde(rename = "f")]
    Float(u64),
    #[serde(rename = "x")]
    Bytes(String),
}

impl Serialize for Bound {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let stored = match self {
            Self::Bool(value) => Stored::Bool(*value),
            Self::Int(value) => {
                i64::try_from(*value).map_or_else(|_| Stored::Wide(value.to_string()), Stored::Int)
            }
            Self::Float(value) => Stored::Float(value.to_bits()),
            Self::Bytes(value) => Stored::Bytes(to_hex(value)),
        };
        stored.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Bound {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;

        Ok(match Stored::deserialize(deserializer)? {
            Stored::Bool(value) => Self::Bool(value),
            Stored::Int(value) => Self::Int(value.into()),
            Stored::Wide(text) => Self::Int(text.parse().map_err(D::Error::custom)?),
            Stored::Float(bits) => Self::Float(f64::from_bits(bits)),
            Stored::Bytes(text) => Self::Bytes(
                from_hex(&text).ok_or_else(|| D::Error::custom("expected hexadecimal digits"))?,
            ),
        })
    }
}
