//! Sizes and spans as a person reads them.

use std::{fmt, time::Duration};

/// Prints bytes in binary units, with one decimal where it says something.
///
/// ```
/// use thermocline_policy::HumanBytes;
///
/// assert_eq!(HumanBytes(95_630_131).to_string(), "91.2 MiB");
/// assert_eq!(HumanBytes(64 << 20).to_string(), "64 MiB");
/// assert_eq!(HumanBytes(1).to_string(), "1 B");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HumanBytes(
    /// The bytes.
    pub u64,
);

impl fmt::Display for HumanBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        if self.0 < 1024 {
            return write!(f, "{} B", self.0);
        }
        // In tenths of a unit, rounded, so that 1023.96 KiB becomes 1 MiB and not 1024 KiB.
        let mut unit_bytes = 1_u128;
        for (n, unit) in UNITS.into_iter().enumerate() {
            unit_bytes <<= 10;
            let tenths = (u128::from(self.0) * 10 + unit_bytes / 2) / unit_bytes;
            if tenths < 10_240 || n + 1 == UNITS.len() {
                return match tenths % 10 {
                    0 => write!(f, "{} {unit}", tenths / 10),
                    tenth => write!(f, "{}.{tenth} {unit}", tenths / 10),
                };
            }
        }
        Ok(())
    }
}

/// Prints a span in its largest unit and the next smaller one, rounded down.
///
/// ```
/// use std::time::Duration;
/// use thermocline_policy::HumanDuration;
///
/// assert_eq!(HumanDuration(Duration::from_secs(9 * 86_400 + 7_300)).to_string(), "9 days 2 hours");
/// assert_eq!(HumanDuration(Duration::from_secs(60)).to_string(), "1 minute");
/// assert_eq!(HumanDuration(Duration::from_millis(250)).to_string(), "250 ms");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HumanDuration(
    /// The span.
    pub Duration,
);

impl fmt::Display for HumanDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 4] = [
            (86_400, "day"),
            (3_600, "hour"),
            (60, "minute"),
            (1, "second"),
        ];
        let seconds = self.0.as_secs();
        if seconds == 0 {
            return match self.0.subsec_micros() {
                micros @ 1..1000 => write!(f, "{micros} µs"),
                micros => write!(f, "{} ms", micros / 1000),
            };
        }
        let mut parts = UNITS
            .into_iter()
            .scan(seconds, |rest, (size, name)| {
                let count = *rest / size;
                *rest %= size;
                Some((count, name))
            })
            .skip_while(|(count, _)| *count == 0);
        if let Some(first) = parts.next() {
            write_part(f, first)?;
        }
        match parts.next() {
            Some(second) if second.0 > 0 => {
                f.write_str(" ")?;
                write_part(f, second)
            }
            _ => Ok(()),
        }
    }
}

fn write_part(f: &mut fmt::Formatter<'_>, (count, unit): (u64, &str)) -> fmt::Result {
    write!(f, "{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_round_to_the_next_unit_and_never_overflow() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1 KiB"),
            (1536, "1.5 KiB"),
            ((1 << 20) - 1, "1 MiB"),
            (u64::MAX, "16 EiB"),
        ] {
            assert_eq!(HumanBytes(bytes).to_string(), text);
        }
    }

    #[test]
    fn spans_show_two_neighbouring_units() {
        for (seconds, text) in [
            (1, "1 second"),
            (61, "1 minute 1 second"),
            (3_601, "1 hour"),
            (90_000, "1 day 1 hour"),
            (86_400 * 400, "400 days"),
        ] {
            assert_eq!(
                HumanDuration(Duration::from_secs(seconds)).to_string(),
                text
            );
        }
        assert_eq!(HumanDuration(Duration::ZERO).to_string(), "0 ms");
        assert_eq!(HumanDuration(Duration::from_micros(7)).to_string(), "7 µs");
    }
}
