//! How much a segment is read, where reads long ago count less.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Bytes read, decayed exponentially: after a half-life without reads, half of the heat is left.
///
/// A read counts by the bytes that it touched, so a point read warms less than a scan, and a scan of
/// two columns less than one of all. Divided by the size of the segment, heat is a number of *whole
/// reads*, which is what rules speak of. A segment that is read whole every `t` settles at about
/// `1.44 × half-life / t` whole reads.
///
/// The sum and the time of the last change are all that is kept. That is the exponential decay of
/// E. Cohen, M. Strauss: "Maintaining time-decaying stream aggregates", PODS 2003.
///
/// ```
/// use std::time::Duration;
/// use thermocline_policy::{Heat, Timestamp};
///
/// let half_life = Duration::from_secs(10);
/// let mut heat = Heat::default();
/// heat.touch(800, Timestamp(0), half_life);
/// heat.touch(100, Timestamp(10_000_000), half_life);
/// assert_eq!(heat.bytes_at(Timestamp(10_000_000), half_life), 500.0);
/// assert_eq!(heat.bytes_at(Timestamp(20_000_000), half_life), 250.0);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Heat {
    bytes: f64,
    at: Timestamp,
}

impl Heat {
    /// A heat of so many bytes at a time; a number that is no heat (negative, not a number) is none.
    #[must_use]
    pub fn new(bytes: f64, at: Timestamp) -> Self {
        let bytes = if bytes.is_finite() && bytes > 0.0 {
            bytes
        } else {
            0.0
        };
        Self { bytes, at }
    }

    /// Adds a read of `bytes`.
    ///
    /// If the clock has gone backwards since the last read, no time has passed, and decay goes on from
    /// `now`: a moment in the future must not keep a segment warm until then.
    pub fn touch(&mut self, bytes: u64, now: Timestamp, half_life: Duration) {
        *self = Self {
            bytes: self.bytes_at(now, half_life) + bytes as f64,
            at: now,
        };
    }

    /// The bytes that are left at `now`.
    #[must_use]
    pub fn bytes_at(&self, now: Timestamp, half_life: Duration) -> f64 {
        if self.at >= now {
            self.bytes
        } else {
            self.bytes * decay(self.at.age(now), half_life)
        }
    }

    /// True if it was never touched.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.bytes == 0.0
    }

    /// Of which time it is.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }
}

/// A heat as it is read, before it is checked.
#[derive(Deserialize)]
struct Unchecked {
    bytes: f64,
    at: Timestamp,
}

impl From<Unchecked> for Heat {
    fn from(read: Unchecked) -> Self {
        Self::new(read.bytes, read.at)
    }
}

/// What is left of 1 after `age`.
pub(crate) fn decay(age: Duration, half_life: Duration) -> f64 {
    let half_life = half_life.as_secs_f64();
    if half_life > 0.0 {
        (-age.as_secs_f64() / half_life).exp2()
    } else if age.is_zero() {
        1.0
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn at(hours: i64) -> Timestamp {
        Timestamp(hours * 3_600_000_000)
    }

    #[test]
    fn a_read_in_the_future_stops_counting_as_new_when_the_clock_is_set_back() {
        let mut heat = Heat::default();
        heat.touch(100, at(1_000_000), HOUR);
        heat.touch(100, at(10), HOUR);
        assert_eq!(heat.bytes_at(at(10), HOUR), 200.0);
        assert_eq!(heat.bytes_at(at(11), HOUR), 100.0);
    }

    #[test]
    fn steady_reads_settle_at_the_sum_of_the_geometric_series() {
        let mut heat = Heat::default();
        for hour in 0..1_000 {
            heat.touch(64, at(hour), HOUR);
        }
        // 64 × (1 + 1/2 + 1/4 + …)
        assert!((heat.bytes_at(at(999), HOUR) - 128.0).abs() < 1e-9);
    }

    #[test]
    fn a_half_life_of_zero_forgets_at_once_and_nothing_overflows() {
        let mut heat = Heat::default();
        heat.touch(5, at(0), Duration::ZERO);
        assert_eq!(heat.bytes_at(at(0), Duration::ZERO), 5.0);
        assert_eq!(heat.bytes_at(at(1), Duration::ZERO), 0.0);
        heat.touch(u64::MAX, Timestamp::MIN, Duration::MAX);
        assert!(heat.bytes_at(Timestamp::MAX, Duration::MAX).is_finite());
        for damaged in [f64::NAN, f64::INFINITY, -1.0] {
            assert!(Heat::new(damaged, at(0)).is_zero());
        }
    }

    proptest! {
        #[test]
        fn it_is_the_sum_of_all_reads_each_decayed_by_its_own_age(
            reads in prop::collection::vec((0_u64..1_000_000, 0_i64..100), 0..50),
        ) {
            let mut reads = reads;
            reads.sort_by_key(|(_, hour)| *hour);
            let mut heat = Heat::default();
            for (bytes, hour) in &reads {
                heat.touch(*bytes, at(*hour), HOUR);
            }
            let sum: f64 = reads
                .iter()
                .map(|(bytes, hour)| *bytes as f64 * 0.5_f64.powf((100 - hour) as f64))
                .sum();
            prop_assert!((heat.bytes_at(at(100), HOUR) - sum).abs() <= sum * 1e-9);
        }
    }
}
