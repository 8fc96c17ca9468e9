//! The name of a partition: its values, and the path that they make.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{PartitionBy, PartitionField};
use crate::{Error, Result};

/// What stands for a null in a path, as Hive writes it.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// The values that all rows of a partition share, as text, and so the partition's name.
///
/// [`Display`](fmt::Display) makes a Hive-style path of it, and [`FromStr`] reads that back. Names
/// and values are percent-encoded, so that a path has neither an empty part nor a character that
/// a file system or an object store treats specially.
///
/// ```
/// use thermocline_formats::PartitionKey;
///
/// let key: PartitionKey = "carrier=UA/time_hour_month=2013-01".parse()?;
/// let fields: Vec<_> = key.fields().collect();
/// assert_eq!(fields, [("carrier", Some("UA")), ("time_hour_month", Some("2013-01"))]);
/// assert_eq!(key.to_string(), "carrier=UA/time_hour_month=2013-01");
/// assert_eq!(PartitionKey::default().to_string(), "");
/// # Ok::<(), thermocline_formats::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartitionKey(Vec<(String, Option<String>)>);

impl PartitionKey {
    pub(super) fn new(fields: Vec<(String, Option<String>)>) -> Self {
        Self(fields)
    }

    /// The partition that has these values as text; `None` is null.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if there are more or fewer texts than
    /// fields.
    pub fn of<'a>(
        by: &PartitionBy,
        texts: impl IntoIterator<Item = Option<&'a str>>,
    ) -> Result<Self> {
        let names = by.fields().iter().map(PartitionField::name);
        let texts: Vec<_> = texts.into_iter().collect();
        if texts.len() != by.fields().len() {
            return Err(Error::invalid(format!(
                "a partition by `{by}` has {} values, not {}",
                by.fields().len(),
                texts.len()
            )));
        }
        let texts = texts.into_iter().map(|text| text.map(str::to_owned));
        Ok(names.zip(texts).collect())
    }

    /// The parts of the path: each directory's name, and its value or `None` for null.
    pub fn fields(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    /// Whether this is the one partition of a table that has no partitioning.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }
}

/// The partition with these names of directories, and values or `None` for null.
///
/// ```
/// use thermocline_formats::PartitionKey;
///
/// let key: PartitionKey = [("tail/number".to_owned(), Some("N 1".to_owned()))].into_iter().collect();
/// assert_eq!(key.to_string(), "tail%2Fnumber=N%201");
/// ```
impl FromIterator<(String, Option<String>)> for PartitionKey {
    fn from_iter<T: IntoIterator<Item = (String, Option<String>)>>(fields: T) -> Self {
        Self(fields.into_iter().collect())
    }
}

impl fmt::Display for PartitionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, value)) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("/")?;
            }
            encode(name, f)?;
            f.write_str("=")?;
            match value {
                None => f.write_str(NULL)?,
                // Text that would read as null gets its first character encoded.
                Some(text) if text == NULL => write!(f, "%5F{}", NULL.get(1..).unwrap_or(""))?,
                Some(text) => encode(text, f)?,
            }
        }
        Ok(())
    }
}

impl FromStr for PartitionKey {
    type Err = Error;

    fn from_str(path: &str) -> Result<Self> {
        if path.is_empty() {
            return Ok(Self::default());
        }
        let parts = path.split('/').map(|part| {
            let (name, value) = part.split_once('=')?;
            let value = if value == NULL {
                None
            } else {
                Some(decode(value)?)
            };
            Some((decode(name)?, value))
        });
        parts.collect::<Option<_>>().map(Self).ok_or_else(|| {
            Error::invalid(format!(
                "`{path}` is no partition path; one looks like `carrier=UA/time_hour_month=2013-01`"
            ))
        })
    }
}

impl TryFrom<String> for PartitionKey {
    type Error = Error;

    fn try_from(path: String) -> Result<Self> {
        path.parse()
    }
}

impl From<PartitionKey> for String {
    fn from(key: PartitionKey) -> Self {
        key.to_string()
    }
}

/// Letters, digits, `-`, `_`, `.` and every character outside ASCII stand for themselves.
fn is_plain(character: char) -> bool {
    !character.is_ascii()
        || character.is_ascii_alphanumeric()
        || matches!(character, '-' | '_' | '.')
}

fn encode(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for character in text.chars() {
        if is_plain(character) {
            write!(f, "{character}")?;
        } else {
            write!(f, "%{:02X}", u32::from(character))?;
        }
    }
    Ok(())
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, tail) = rest.split_first_chunk::<2>()?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
        rest = tail;
    }
    String::from_utf8(bytes).ok()
}

/// Length of a text when encoded, in bytes.
pub(super) fn encoded_len(text: &str) -> usize {
    text.chars()
        .map(|character| {
            if is_plain(character) {
                character.len_utf8()
            } else {
                3
            }
        })
        .sum()
}
