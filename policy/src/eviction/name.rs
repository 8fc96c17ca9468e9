//! The eviction policies by name.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    Adaptive, Arc, Clock, Eviction, Gdsf, Lfu, Lhd, Lirs, Lru, S3Fifo, Sieve, TwoQ, WTinyLfu,
};
use crate::error::{Cause, Error, Result};

/// An eviction policy, by its name. The default is [`Adaptive`].
///
/// ```
/// use thermocline_policy::eviction::EvictionPolicy;
///
/// let policy: EvictionPolicy = "s3-fifo".parse()?;
/// assert_eq!(policy, EvictionPolicy::S3Fifo);
/// assert_eq!(policy.build(1 << 20)?.budget_bytes(), 1 << 20);
/// # Ok::<(), thermocline_policy::Error>(())
/// ```
#[derive(
    Debug, Default, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(into = "&'static str", try_from = "String")]
#[non_exhaustive]
pub enum EvictionPolicy {
    /// [`Lru`]
    Lru,
    /// [`S3Fifo`]
    S3Fifo,
    /// [`WTinyLfu`]
    WTinyLfu,
    /// [`Gdsf`]
    Gdsf,
    /// [`Clock`]
    Clock,
    /// [`TwoQ`]
    TwoQ,
    /// [`Arc`]
    Arc,
    /// [`Sieve`]
    Sieve,
    /// [`Lirs`]
    Lirs,
    /// [`Lfu`]
    Lfu,
    /// [`Lhd`]
    Lhd,
    /// [`Adaptive`], the default.
    #[default]
    Adaptive,
    /// [`Belady`](super::Belady)
    Belady,
}

impl EvictionPolicy {
    /// The policy of a budget that names none.
    pub const DEFAULT: Self = Self::Adaptive;

    /// Every policy.
    pub const ALL: [Self; 13] = [
        Self::Lru,
        Self::S3Fifo,
        Self::WTinyLfu,
        Self::Gdsf,
        Self::Clock,
        Self::TwoQ,
        Self::Arc,
        Self::Sieve,
        Self::Lirs,
        Self::Lfu,
        Self::Lhd,
        Self::Adaptive,
        Self::Belady,
    ];

    /// The name as it is printed, parsed and serialised.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lru => "lru",
            Self::S3Fifo => "s3-fifo",
            Self::WTinyLfu => "w-tinylfu",
            Self::Gdsf => "gdsf",
            Self::Clock => "clock",
            Self::TwoQ => "2q",
            Self::Arc => "arc",
            Self::Sieve => "sieve",
            Self::Lirs => "lirs",
            Self::Lfu => "lfu",
            Self::Lhd => "lhd",
            Self::Adaptive => "adaptive",
            Self::Belady => "belady",
        }
    }

    /// Whether it needs to know the future, and so works only on a trace.
    #[must_use]
    pub const fn needs_future(self) -> bool {
        matches!(self, Self::Belady)
    }

    /// The policy with nothing resident, under a budget in bytes, with its default settings.
    ///
    /// # Errors
    ///
    /// For [`Belady`](Self::Belady), which needs a future.
    pub fn build(self, budget: u64) -> Result<Box<dyn Eviction>> {
        Ok(match self {
            Self::Lru => Box::new(Lru::new(budget)),
            Self::S3Fifo => Box::new(S3Fifo::new(budget)),
            Self::WTinyLfu => Box::new(WTinyLfu::new(budget)),
            Self::Gdsf => Box::new(Gdsf::new(budget)),
            Self::Clock => Box::new(Clock::new(budget)),
            Self::TwoQ => Box::new(TwoQ::new(budget)),
            Self::Arc => Box::new(Arc::new(budget)),
            Self::Sieve => Box::new(Sieve::new(budget)),
            Self::Lirs => Box::new(Lirs::new(budget)),
            Self::Lfu => Box::new(Lfu::new(budget)),
            Self::Lhd => Box::new(Lhd::new(budget)),
            Self::Adaptive => Box::new(Adaptive::new(budget)),
            Self::Belady => return Err(Cause::NeedsFuture.into()),
        })
    }
}

impl fmt::Display for EvictionPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for EvictionPolicy {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|policy| policy.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| Cause::EvictionPolicy(text.to_owned()).into())
    }
}

impl From<EvictionPolicy> for &'static str {
    fn from(policy: EvictionPolicy) -> Self {
        policy.as_str()
    }
}

impl TryFrom<String> for EvictionPolicy {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_parses_back_in_text_and_in_json() {
        for policy in EvictionPolicy::ALL {
            assert_eq!(policy.to_string().parse(), Ok(policy));
            let json = serde_json::to_string(&policy).unwrap();
            assert_eq!(json, format!("\"{policy}\""));
            assert_eq!(
                serde_json::from_str::<EvictionPolicy>(&json).unwrap(),
                policy
            );
        }
        assert_eq!("W-TinyLFU".parse(), Ok(EvictionPolicy::WTinyLfu));
    }

    #[test]
    fn an_unknown_policy_is_named_with_all_that_there_are() {
        let error = "mru".parse::<EvictionPolicy>().unwrap_err().to_string();
        assert_eq!(
            error,
            "`mru` is no eviction policy; choose from lru, s3-fifo, w-tinylfu, gdsf, clock, 2q, arc, \
             sieve, lirs, lfu, lhd, adaptive, belady"
        );
    }

    #[test]
    fn belady_says_what_it_needs() {
        let error = EvictionPolicy::Belady.build(1).unwrap_err().to_string();
        assert!(
            error.contains("future") && error.contains("Belady::new"),
            "{error}"
        );
    }
}
