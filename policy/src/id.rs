//! The identity of a segment.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::error::{Cause, Error};

/// A segment's identity for life, in whatever tier it stands: 128 bits, written as a UUID.
///
/// ```
/// use thermocline_policy::SegmentId;
///
/// # fn main() -> Result<(), thermocline_policy::Error> {
/// let id: SegmentId = "0190a5c4-8f3e-7b1a-9c2d-1e4f5a6b7c8d".parse()?;
/// assert_eq!(id.0 >> 80, 0x0190_a5c4_8f3e);
/// assert_eq!(id.to_string(), "0190a5c4-8f3e-7b1a-9c2d-1e4f5a6b7c8d");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SegmentId(
    /// The bits, most significant first in the text.
    pub u128,
);

impl SegmentId {
    /// Its number in traces and in [eviction policies](crate::eviction): the lower half, which is
    /// the random part of the identifiers that stores give.
    #[must_use]
    pub const fn object(self) -> u64 {
        let [_, _, _, _, _, _, _, _, a, b, c, d, e, f, g, h] = self.0.to_be_bytes();
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }
}

impl fmt::Display for SegmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.0;
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            id >> 96,
            (id >> 80) & 0xffff,
            (id >> 64) & 0xffff,
            (id >> 48) & 0xffff,
            id & 0xffff_ffff_ffff
        )
    }
}

impl fmt::Debug for SegmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SegmentId({self})")
    }
}

impl FromStr for SegmentId {
    type Err = Error;

    /// Takes the hyphenated form, or the 32 digits alone.
    fn from_str(text: &str) -> Result<Self, Error> {
        let malformed = || Error::from(Cause::SegmentId(text.to_owned()));
        let mut bits = 0_u128;
        let mut digits = 0_u32;
        let mut hyphens = 0_u32;
        for c in text.chars() {
            match c.to_digit(16) {
                Some(digit) if digits < 32 => {
                    bits = bits << 4 | u128::from(digit);
                    digits += 1;
                }
                None if c == '-'
                    && digits == [8, 12, 16, 20].get(hyphens as usize).copied().unwrap_or(0) =>
                {
                    hyphens += 1;
                }
                _ => return Err(malformed()),
            }
        }
        if digits == 32 && (hyphens == 0 || hyphens == 4) {
            Ok(Self(bits))
        } else {
            Err(malformed())
        }
    }
}

impl TryFrom<String> for SegmentId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<SegmentId> for String {
    fn from(id: SegmentId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_json_are_a_hyphenated_uuid() {
        let id = SegmentId(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff);
        let text = "00112233-4455-6677-8899-aabbccddeeff";
        assert_eq!(id.to_string(), text);
        assert_eq!(text.to_uppercase().parse(), Ok(id));
        assert_eq!(text.replace('-', "").parse(), Ok(id));
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<SegmentId>(&json).unwrap(), id);
        assert_eq!(
            SegmentId(u128::MAX).to_string().parse(),
            Ok(SegmentId(u128::MAX))
        );
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "-",
            "0011223344556677",
            "00112233-4455-6677-8899-aabbccddeef",
            "00112233-4455-6677-8899-aabbccddeeff0",
            "0011223-34455-6677-8899-aabbccddeeff",
            "00112233-4455-6677-8899aabbccddeeff",
            "00112233-4455-6677-8899-aabbccddeefg",
            "00112233--4455-6677-8899-aabbccddeeff",
            "00112233-4455-6677-8899-aabbccddeeff-",
        ] {
            assert!(text.parse::<SegmentId>().is_err(), "{text}");
        }
    }
}
