//! Limits on heat.

use serde::{Deserialize, Serialize};

use crate::error::{Cause, Error, Result};

/// When reads bring a copy to a faster tier, and when too few of them take it away again.
///
/// Both are in whole reads, decayed by the policy's half-life; see [`Heat`](crate::Heat). The gap
/// between them is the hysteresis: it keeps a segment whose heat wavers from going up and down. With
/// more than one read to promote, a single scan over everything promotes nothing.
///
/// ```
/// use thermocline_policy::HeatRule;
///
/// let rule = HeatRule::reads(2.0)?;
/// assert_eq!((rule.promote_at(), rule.drop_below()), (2.0, 0.5));
/// assert!(rule.with_drop_below(2.5).is_err());
/// # Ok::<(), thermocline_policy::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct HeatRule {
    promote_at: f64,
    drop_below: f64,
}

impl HeatRule {
    /// The share of the heat for a promotion under which the copy is dropped, unless it is set.
    pub const DEFAULT_HYSTERESIS: f64 = 0.25;

    /// A copy from so many whole reads on, dropped under a quarter of them.
    ///
    /// # Errors
    ///
    /// Unless it is a number above zero.
    pub fn reads(promote_at: f64) -> Result<Self> {
        Self::checked(promote_at, promote_at * Self::DEFAULT_HYSTERESIS)
    }

    /// Sets the number of whole reads under which the copy is dropped.
    ///
    /// # Errors
    ///
    /// Unless `0 <= drop_below < promote_at`.
    pub fn with_drop_below(self, drop_below: f64) -> Result<Self> {
        Self::checked(self.promote_at, drop_below)
    }

    /// The copy is made from so many whole reads on.
    #[must_use]
    pub const fn promote_at(&self) -> f64 {
        self.promote_at
    }

    /// The copy is dropped under so many whole reads.
    #[must_use]
    pub const fn drop_below(&self) -> f64 {
        self.drop_below
    }

    fn checked(promote_at: f64, drop_below: f64) -> Result<Self> {
        // Written so that NaN fails.
        if promote_at.is_finite() && 0.0 <= drop_below && drop_below < promote_at {
            Ok(Self {
                promote_at,
                drop_below,
            })
        } else {
            Err(Error::from(Cause::Heat {
                promote_at,
                drop_below,
            }))
        }
    }
}

/// A rule as it is read, before its numbers are checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    promote_at: f64,
    drop_below: Option<f64>,
}

impl TryFrom<Unchecked> for HeatRule {
    type Error = Error;

    fn try_from(read: Unchecked) -> Result<Self> {
        let drop_below = read
            .drop_below
            .unwrap_or(read.promote_at * Self::DEFAULT_HYSTERESIS);
        Self::checked(read.promote_at, drop_below)
    }
}
