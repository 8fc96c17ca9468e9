//! Option values in a person's units: `64MiB`, `90d`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A number of bytes: `0`, `4096`, `64MiB`, `1.5GiB`, `500MB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ByteSize(pub(crate) u64);

const BYTE_UNITS: [(&str, u64); 10] = [
    ("", 1),
    ("B", 1),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, unit) = split_unit(text);
        let factor = BYTE_UNITS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(unit))
            .map(|(_, factor)| *factor)
            .ok_or_else(|| format!("unknown unit `{unit}`; write for example 64MiB or 1GiB"))?;
        scale(number, factor)
            .map(Self)
            .ok_or_else(|| "write for example 64MiB or 1GiB".to_owned())
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::output::bytes(self.0))
    }
}

/// A limit that may be lifted: a [`ByteSize`], or `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit<T>(pub(crate) Option<T>);

impl<T: FromStr> FromStr for Limit<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        if text.eq_ignore_ascii_case("none") {
            return Ok(Self(None));
        }
        text.parse().map(|value| Self(Some(value)))
    }
}

/// A length of time: `45s`, `90m`, `12h`, `30d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, unit) = split_unit(text);
        let factor = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return Err("write a number and s, m, h or d, for example 90d".to_owned()),
        };
        scale(number, factor)
            .map(|seconds| Self(Duration::from_secs(seconds)))
            .ok_or_else(|| "write for example 12h or 90d".to_owned())
    }
}

fn split_unit(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    (number, unit.trim())
}

/// `number × factor`, exactly for whole numbers; at most fifteen digits after the point.
fn scale(number: &str, factor: u64) -> Option<u64> {
    let digits = number.replace('_', "");
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    if whole.is_empty() || fraction.len() > 15 {
        return None;
    }
    let whole: u128 = whole.parse().ok()?;
    let part: u128 = if fraction.is_empty() {
        0
    } else {
        fraction.parse().ok()?
    };
    let ten = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let factor = u128::from(factor);
    u64::try_from(
        whole
            .checked_mul(factor)?
            .checked_add(part.checked_mul(factor)? / ten)?,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_sizes_are_read_in_binary_and_decimal_units() {
        let bytes = |text: &str| text.parse::<ByteSize>().map(|b| b.0);
        assert_eq!(bytes("0"), Ok(0));
        assert_eq!(bytes("64MiB"), Ok(67_108_864));
        assert_eq!(bytes("1.5 GiB"), Ok(1_610_612_736));
        assert_eq!(bytes("500mb"), Ok(500_000_000));
        assert_eq!(bytes("18446744073709551615"), Ok(u64::MAX));
        for wrong in [
            "",
            "MiB",
            "-1",
            "1.2.3MiB",
            "5 parsecs",
            "18446744073709551616",
            "17e3",
        ] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_limit_can_be_none() {
        assert_eq!("none".parse(), Ok(Limit::<ByteSize>(None)));
        assert_eq!("1KiB".parse(), Ok(Limit(Some(ByteSize(1024)))));
    }

    #[test]
    fn spans_need_a_unit() {
        assert_eq!("90d".parse(), Ok(Span(Duration::from_secs(7_776_000))));
        assert_eq!("1.5h".parse(), Ok(Span(Duration::from_secs(5_400))));
        assert!("90".parse::<Span>().is_err());
    }
}
