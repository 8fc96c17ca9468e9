//! The three places where a segment can stand.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::error::{Cause, Error};

/// A storage tier. Colder is greater: `Hot < Warm < Cold`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Arrow batches in memory.
    Hot,
    /// Memory-mapped Arrow IPC files.
    Warm,
    /// Parquet objects.
    Cold,
}

impl Tier {
    /// Every tier, fastest first.
    pub const ALL: [Self; 3] = [Self::Hot, Self::Warm, Self::Cold];

    /// The next tier down, or `None` below cold.
    ///
    /// ```
    /// use thermocline_policy::Tier;
    ///
    /// assert_eq!(Tier::Hot.colder(), Some(Tier::Warm));
    /// assert_eq!(Tier::Cold.colder(), None);
    /// ```
    #[must_use]
    pub const fn colder(self) -> Option<Self> {
        match self {
            Self::Hot => Some(Self::Warm),
            Self::Warm => Some(Self::Cold),
            Self::Cold => None,
        }
    }

    /// The tier's name as it is printed, parsed and serialised.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hot => "hot",
            Self::Warm => "warm",
            Self::Cold => "cold",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Tier {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|tier| tier.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| Cause::Tier(text.to_owned()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colder_tier_is_greater_and_every_name_parses_back() {
        assert!(Tier::Hot < Tier::Warm && Tier::Warm < Tier::Cold);
        for tier in Tier::ALL {
            assert_eq!(tier.to_string().parse(), Ok(tier));
            assert_eq!(serde_json::to_string(&tier).unwrap(), format!("\"{tier}\""));
        }
        assert_eq!("HOT".parse(), Ok(Tier::Hot));
    }

    #[test]
    fn an_unknown_tier_is_named_in_the_error() {
        let error = "lukewarm".parse::<Tier>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`lukewarm` is not a tier; write hot, warm or cold"
        );
    }
}
