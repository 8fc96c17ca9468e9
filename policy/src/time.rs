//! Points in time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Microseconds since 1970-01-01T00:00:00 UTC, leap seconds not counted.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(
    /// The microseconds; negative before 1970.
    pub i64,
);

impl Timestamp {
    /// The earliest time there is.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest time there is.
    pub const MAX: Self = Self(i64::MAX);

    /// How long before `now` this was; zero for a time that is still to come.
    ///
    /// ```
    /// use std::time::Duration;
    /// use thermocline_policy::Timestamp;
    ///
    /// assert_eq!(Timestamp(2_000_000).age(Timestamp(5_000_000)), Duration::from_secs(3));
    /// assert_eq!(Timestamp::MAX.age(Timestamp(0)), Duration::ZERO);
    /// ```
    #[must_use]
    pub fn age(self, now: Self) -> Duration {
        if self >= now {
            Duration::ZERO
        } else {
            Duration::from_micros(now.0.abs_diff(self.0))
        }
    }

    /// This time and `wait` more, at most [`Timestamp::MAX`].
    #[must_use]
    pub fn saturating_add(self, wait: Duration) -> Self {
        let micros = i64::try_from(wait.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(micros))
    }

    /// This time less `wait`, at least [`Timestamp::MIN`].
    #[must_use]
    pub fn saturating_sub(self, wait: Duration) -> Self {
        let micros = i64::try_from(wait.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(micros))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_saturate_instead_of_overflowing() {
        assert_eq!(
            Timestamp::MIN.age(Timestamp::MAX),
            Duration::from_micros(u64::MAX)
        );
        assert_eq!(Timestamp::MAX.age(Timestamp::MIN), Duration::ZERO);
        assert_eq!(Timestamp(5).saturating_add(Duration::MAX), Timestamp::MAX);
        assert_eq!(Timestamp(-5).saturating_sub(Duration::MAX), Timestamp::MIN);
    }
}
