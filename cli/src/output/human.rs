//! Numbers as people write them.

use std::time::Duration;

/// `1536` as `1.50 KiB`; whole bytes below a KiB.
pub(crate) fn bytes(n: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if n < 1024 {
        return format!("{n} B");
    }
    let mut value = as_float(n) / 1024.0;
    let mut unit = "KiB";
    for next in UNITS.iter().skip(1) {
        if value < 1023.95 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    let digits = if value < 10.0 {
        2
    } else if value < 100.0 {
        1
    } else {
        0
    };
    format!("{value:.digits$} {unit}")
}

/// `336776` as `336,776`.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 row`, `2 rows`, `1,000 rows`.
pub(crate) fn plural(n: u64, one: &str) -> String {
    if n == 1 {
        format!("1 {one}")
    } else {
        format!("{} {one}s", count(n))
    }
}

/// A duration with three significant digits: `840 µs`, `12.3 ms`, `1.24 s`.
pub(crate) fn seconds(time: Duration) -> String {
    let s = time.as_secs_f64();
    if s < 0.001 {
        format!("{:.0} µs", s * 1e6)
    } else if s < 0.01 {
        format!("{:.2} ms", s * 1e3)
    } else if s < 0.1 {
        format!("{:.1} ms", s * 1e3)
    } else if s < 1.0 {
        format!("{:.0} ms", s * 1e3)
    } else {
        format!("{s:.2} s")
    }
}

/// Things a second, rounded.
pub(crate) fn rate(n: u64, time: Duration) -> u64 {
    let nanos = time.as_nanos().max(1);
    u64::try_from(u128::from(n) * 1_000_000_000 / nanos).unwrap_or(u64::MAX)
}

/// For ratios and rates, where the last bits of a huge count don't matter.
pub(crate) fn as_float(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_keep_three_digits() {
        let cases = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.00 KiB"),
            (1_048_576, "1.00 MiB"),
            (1_048_575, "1.00 MiB"),
            (67_108_864, "64.0 MiB"),
            (5_130_748, "4.89 MiB"),
            (1_099_511_627_776, "1.00 TiB"),
        ];
        for (n, text) in cases {
            assert_eq!(bytes(n), text);
        }
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(
            [count(0), count(999), count(1000), count(336_776)],
            ["0", "999", "1,000", "336,776"]
        );
        assert_eq!([plural(1, "row"), plural(0, "row")], ["1 row", "0 rows"]);
    }

    #[test]
    fn durations_choose_their_unit() {
        let text = |micros| seconds(Duration::from_micros(micros));
        assert_eq!(
            [text(840), text(1_234), text(45_678)],
            ["840 µs", "1.23 ms", "45.7 ms"]
        );
        assert_eq!([text(456_789), text(2_345_678)], ["457 ms", "2.35 s"]);
    }
}
