//! Budgets as sizes or as shares of a trace.

use std::str::FromStr;

use crate::values::ByteSize;

/// `64MiB`, or `10%` of the bytes of all objects.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum BudgetSize {
    /// So many bytes.
    Bytes(ByteSize),
    /// A share, in millionths.
    Millionths(u64),
}

impl BudgetSize {
    /// The budget in bytes for a trace with so many bytes of objects.
    pub(super) fn of(self, footprint: u64) -> u64 {
        match self {
            Self::Bytes(size) => size.0,
            Self::Millionths(share) => {
                let bytes = u128::from(footprint) * u128::from(share) / 1_000_000;
                u64::try_from(bytes).unwrap_or(u64::MAX)
            }
        }
    }
}

impl FromStr for BudgetSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(percent) = text.trim().strip_suffix('%') else {
            return text.parse().map(Self::Bytes).map_err(|why: String| {
                format!("{why}, or a share of the trace's objects, for example 10%")
            });
        };
        let wrong = || "write a share from 0.0001% to 100%, for example 10% or 2.5%".to_owned();
        let (whole, fraction) = percent.split_once('.').unwrap_or((percent, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || fraction.len() > 4 || whole.len() > 3 {
            return Err(wrong());
        }
        let parts: u64 = format!("{whole}{fraction:0<4}")
            .parse()
            .map_err(|_| wrong())?;
        if (1..=1_000_000).contains(&parts) {
            Ok(Self::Millionths(parts))
        } else {
            Err(wrong())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_a_size_or_a_share() {
        let of = |text: &str, footprint| text.parse::<BudgetSize>().map(|b| b.of(footprint));
        assert_eq!(of("1KiB", 5), Ok(1_024));
        assert_eq!(of("10%", 1_000), Ok(100));
        assert_eq!(of("2.5%", 1_000), Ok(25));
        assert_eq!(of("0.0001%", 5_000_000), Ok(5));
        assert_eq!(of("100%", u64::MAX), Ok(u64::MAX));
        for wrong in [
            "0%", "101%", "-1%", "%", "1.00001%", "ten%", "1e1%", "x", "",
        ] {
            assert!(wrong.parse::<BudgetSize>().is_err(), "{wrong}");
        }
    }
}
