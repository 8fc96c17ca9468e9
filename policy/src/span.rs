//! Spans of time as text, such as `30d` or `1h 30m`, in settings that people write.

use std::fmt::{self, Write as _};
use std::time::Duration;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const UNITS: [(&str, u128); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// Exactly this span, in as few units as it takes.
pub(crate) fn print(span: Duration) -> String {
    let mut rest = span.as_nanos();
    let mut text = String::new();
    for (unit, nanos) in UNITS {
        let count = rest / nanos;
        rest %= nanos;
        if count > 0 {
            let space = if text.is_empty() { "" } else { " " };
            // Writing to a string doesn't fail.
            let _ = write!(text, "{space}{count}{unit}");
        }
    }
    if text.is_empty() {
        text.push_str("0s");
    }
    text
}

/// Whole numbers with units, such as `30d` or `1h 30m`.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || {
        format!(
            "`{text}` is not a span of time; write a number and a unit, such as 90s, 12h or 30d"
        )
    };
    let mut sum = 0_u128;
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = rest.split_at(digits);
        let count: u128 = number.parse().map_err(|_| wrong())?;
        let letters = after.len()
            - after
                .trim_start_matches(|c: char| c.is_ascii_lowercase())
                .len();
        let (unit, after) = after.split_at(letters);
        let nanos = UNITS.iter().find(|(name, _)| *name == unit);
        let (_, nanos) = nanos.ok_or_else(wrong)?;
        sum = sum.saturating_add(count.saturating_mul(*nanos));
        rest = after.trim_start();
    }
    let second = 1_000_000_000;
    match (u64::try_from(sum / second), u32::try_from(sum % second)) {
        (Ok(seconds), Ok(nanos)) => Ok(Duration::new(seconds, nanos)),
        _ => Err(format!("`{text}` is longer than any time there is")),
    }
}

/// Text where people read it, the plain struct elsewhere.
pub(crate) fn serialize<S: Serializer>(span: &Duration, to: S) -> Result<S::Ok, S::Error> {
    if to.is_human_readable() {
        to.serialize_str(&print(*span))
    } else {
        span.serialize(to)
    }
}

/// Text, or the plain struct.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    if from.is_human_readable() {
        from.deserialize_any(TextOrStruct)
    } else {
        Duration::deserialize(from)
    }
}

struct TextOrStruct;

impl<'de> Visitor<'de> for TextOrStruct {
    type Value = Duration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a span of time such as \"30d\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Duration, E> {
        parse(text).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Duration, A::Error> {
        Duration::deserialize(de::value::MapAccessDeserializer::new(map))
    }
}

/// The same for a span that may be missing.
pub(crate) mod option {
    use super::{Deserialize, Deserializer, Duration, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct Span(#[serde(with = "super")] Duration);

    pub(crate) fn serialize<S: Serializer>(
        span: &Option<Duration>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        span.map(Span).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<Span>::deserialize(from)?.map(|span| span.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        for (text, seconds) in [
            ("90s", 90),
            ("1h 30m", 5_400),
            ("1h30m", 5_400),
            (" 2d ", 172_800),
            ("0s", 0),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(print(Duration::from_secs(5_400)), "1h 30m");
    }

    #[test]
    fn anything_else_is_named() {
        for text in [
            "",
            "d",
            "30",
            "-1d",
            "1.5h",
            "3 weeks",
            "1d,2h",
            "99999999999999999999999999999999d",
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(&format!("`{text}`")), "{error}");
        }
    }

    proptest! {
        #[test]
        fn every_span_comes_back(seconds: u64, nanos in 0_u32..1_000_000_000) {
            let span = Duration::new(seconds, nanos);
            prop_assert_eq!(parse(&print(span)), Ok(span));
        }
    }
}
