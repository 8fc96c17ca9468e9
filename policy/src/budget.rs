//! How much a tier may hold.

use serde::{Deserialize, Serialize};

use crate::{
    Tier,
    error::{Cause, Error, Result},
    eviction::EvictionPolicy,
};

/// A limit on the bytes in a tier, with two watermarks.
///
/// Nothing happens until the tier holds more than `high × bytes`; then segments leave until it
/// holds no more than `low × bytes`. A wide gap means fewer and larger rounds of moves, a narrow
/// one uses more of the budget. A budget of zero keeps nothing in the tier. Which segments leave first is
/// the matter of its [eviction policy](EvictionPolicy).
///
/// ```
/// use thermocline_policy::Budget;
///
/// # fn main() -> Result<(), thermocline_policy::Error> {
/// let budget = Budget::of(1_000).with_watermarks(0.8, 0.5)?;
/// assert_eq!((budget.high_bytes(), budget.low_bytes()), (800, 500));
/// assert!(Budget::of(1_000).with_watermarks(0.5, 0.8).is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Budget {
    bytes: u64,
    high: f64,
    low: f64,
    eviction: EvictionPolicy,
}

impl Budget {
    /// The share of the budget above which segments start to leave, unless it is set.
    pub const DEFAULT_HIGH: f64 = 0.9;
    /// The share of the budget down to which they leave, unless it is set.
    pub const DEFAULT_LOW: f64 = 0.7;

    /// A budget of `bytes` with the default watermarks, 0.9 and 0.7.
    #[must_use]
    pub const fn of(bytes: u64) -> Self {
        Self {
            bytes,
            high: Self::DEFAULT_HIGH,
            low: Self::DEFAULT_LOW,
            eviction: EvictionPolicy::DEFAULT,
        }
    }

    /// The same with another limit.
    #[must_use]
    pub const fn with_bytes(self, bytes: u64) -> Self {
        Self { bytes, ..self }
    }

    /// Sets which segments leave first.
    ///
    /// # Errors
    ///
    /// For a policy that has to know the future.
    pub fn with_eviction(self, eviction: EvictionPolicy) -> Result<Self> {
        if eviction.needs_future() {
            return Err(Cause::BudgetNeedsFuture(eviction).into());
        }
        Ok(Self { eviction, ..self })
    }

    /// Sets both watermarks, as shares of the budget.
    ///
    /// # Errors
    ///
    /// Unless `0 <= low <= high <= 1`.
    pub fn with_watermarks(self, high: f64, low: f64) -> Result<Self> {
        // Written so that NaN fails.
        if 0.0 <= low && low <= high && high <= 1.0 {
            Ok(Self { high, low, ..self })
        } else {
            Err(Error::from(Cause::Watermarks { high, low }))
        }
    }

    /// The limit.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The high watermark as a share of the limit.
    #[must_use]
    pub const fn high(&self) -> f64 {
        self.high
    }

    /// The low watermark as a share of the limit.
    #[must_use]
    pub const fn low(&self) -> f64 {
        self.low
    }

    /// Which segments leave first.
    #[must_use]
    pub const fn eviction(&self) -> EvictionPolicy {
        self.eviction
    }

    /// The most that the tier may hold before segments leave.
    #[must_use]
    pub fn high_bytes(&self) -> u64 {
        share(self.bytes, self.high)
    }

    /// The most that the tier may hold after they left.
    #[must_use]
    pub fn low_bytes(&self) -> u64 {
        share(self.bytes, self.low)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the product of a u64 and a share between 0 and 1; `as` saturates and rounds down"
)]
fn share(bytes: u64, share: f64) -> u64 {
    ((bytes as f64 * share) as u64).min(bytes)
}

/// A budget as it is read, before its watermarks are checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    bytes: u64,
    #[serde(default = "default_high")]
    high: f64,
    #[serde(default = "default_low")]
    low: f64,
    #[serde(default)]
    eviction: EvictionPolicy,
}

fn default_high() -> f64 {
    Budget::DEFAULT_HIGH
}

fn default_low() -> f64 {
    Budget::DEFAULT_LOW
}

impl TryFrom<Unchecked> for Budget {
    type Error = Error;

    fn try_from(read: Unchecked) -> Result<Self> {
        Self::of(read.bytes)
            .with_watermarks(read.high, read.low)?
            .with_eviction(read.eviction)
    }
}

/// The budgets of a store, over all its tables. `None` is unlimited; cold always is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Budgets {
    /// For memory.
    pub hot: Option<Budget>,
    /// For warm files.
    pub warm: Option<Budget>,
}

impl Budgets {
    /// The budget of one tier.
    #[must_use]
    pub const fn at(&self, tier: Tier) -> Option<Budget> {
        match tier {
            Tier::Hot => self.hot,
            Tier::Warm => self.warm,
            Tier::Cold => None,
        }
    }

    /// Limits hot.
    #[must_use]
    pub const fn with_hot(mut self, budget: Budget) -> Self {
        self.hot = Some(budget);
        self
    }

    /// Limits warm.
    #[must_use]
    pub const fn with_warm(mut self, budget: Budget) -> Self {
        self.warm = Some(budget);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_watermarks_are_the_defaults() {
        let budget = Budget::of(1_000);
        assert_eq!((budget.high(), budget.low()), (0.9, 0.7));
        assert_eq!((budget.high_bytes(), budget.low_bytes()), (900, 700));
    }

    #[test]
    fn impossible_watermarks_are_refused_in_code_and_in_json() {
        for (high, low) in [
            (0.5, 0.6),
            (1.1, 0.5),
            (0.5, -0.1),
            (f64::NAN, 0.5),
            (0.5, f64::NAN),
        ] {
            let error = Budget::of(10).with_watermarks(high, low).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::InvalidInput);
            assert!(
                error.to_string().contains("0 <= low <= high <= 1"),
                "{error}"
            );
        }
        let error = serde_json::from_str::<Budget>(r#"{"bytes": 1, "high": 0.2}"#).unwrap_err();
        assert!(
            error.to_string().contains("low is 0.7 and high is 0.2"),
            "{error}"
        );
        assert!(serde_json::from_str::<Budget>(r#"{"bytes": 1, "hihg": 0.9}"#).is_err());
    }

    #[test]
    fn an_eviction_policy_comes_back_and_must_do_without_the_future() {
        let budget = Budget::of(7).with_eviction(EvictionPolicy::Gdsf).unwrap();
        let json = serde_json::to_string(&budget).unwrap();
        assert!(json.contains(r#""eviction":"gdsf""#), "{json}");
        assert_eq!(serde_json::from_str::<Budget>(&json).unwrap(), budget);

        let error = Budget::of(7).with_eviction(EvictionPolicy::Belady);
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains("belady") && error.contains("simulate"),
            "{error}"
        );
        let read = serde_json::from_str::<Budget>(r#"{"bytes": 7, "eviction": "belady"}"#);
        assert!(read.is_err());
        let read = serde_json::from_str::<Budget>(r#"{"bytes": 7, "eviction": "mru"}"#);
        assert!(read.unwrap_err().to_string().contains("choose from lru"));
    }

    #[test]
    fn zero_and_the_largest_budget_are_valid() {
        assert_eq!(Budget::of(0).high_bytes(), 0);
        let all = Budget::of(u64::MAX).with_watermarks(1.0, 1.0).unwrap();
        assert_eq!((all.high_bytes(), all.low_bytes()), (u64::MAX, u64::MAX));
    }

    #[test]
    fn json_without_watermarks_means_the_defaults() {
        assert_eq!(
            serde_json::from_str::<Budget>(r#"{"bytes": 7}"#).unwrap(),
            Budget::of(7)
        );
    }
}
