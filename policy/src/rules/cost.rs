//! Placement for little money.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Cause, Error, Result};

/// Has segments placed where they cost the least by the policy's price list, as long as reads are fast
/// enough.
///
/// It decides what no other rule of the table decides: warm to cold without an age, warm copies without a
/// heat.
///
/// ```
/// use std::time::Duration;
/// use thermocline_policy::CostRule;
///
/// let rule = CostRule::default().with_max_read_time(Duration::from_millis(200));
/// assert_eq!(rule.saving(), 0.2);
/// assert!(rule.with_saving(1.0).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct CostRule {
    #[serde(with = "crate::span::option", skip_serializing_if = "Option::is_none")]
    max_read_time: Option<Duration>,
    saving: f64,
}

impl CostRule {
    /// The share of a segment's cost that a move has to save, unless it is set: a fifth.
    pub const DEFAULT_SAVING: f64 = 0.2;

    /// Sets how long the whole read of a segment may take that is read at least once a half-life. Such a
    /// segment gets a warm copy, whatever it costs, if cold takes longer.
    #[must_use]
    pub const fn with_max_read_time(mut self, limit: Duration) -> Self {
        self.max_read_time = Some(limit);
        self
    }

    /// Sets the share of a segment's cost that a move has to save. Less follows prices closer, more moves
    /// less.
    ///
    /// # Errors
    ///
    /// Unless `0 <= saving < 1`.
    pub fn with_saving(self, saving: f64) -> Result<Self> {
        if (0.0..1.0).contains(&saving) {
            Ok(Self { saving, ..self })
        } else {
            Err(Error::from(Cause::Saving(saving)))
        }
    }

    /// How long a whole read may take.
    #[must_use]
    pub const fn max_read_time(&self) -> Option<Duration> {
        self.max_read_time
    }

    /// The share that a move has to save.
    #[must_use]
    pub const fn saving(&self) -> f64 {
        self.saving
    }
}

impl Default for CostRule {
    fn default() -> Self {
        Self {
            max_read_time: None,
            saving: Self::DEFAULT_SAVING,
        }
    }
}

/// A rule as it is read, before its number is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    #[serde(default, with = "crate::span::option")]
    max_read_time: Option<Duration>,
    saving: Option<f64>,
}

impl TryFrom<Unchecked> for CostRule {
    type Error = Error;

    fn try_from(read: Unchecked) -> Result<Self> {
        let rule = Self {
            max_read_time: read.max_read_time,
            ..Self::default()
        };
        read.saving
            .map_or(Ok(rule), |saving| rule.with_saving(saving))
    }
}
