//! What a miss costs.

use crate::{Error, Result, error::Cause};

/// The cost of fetching an object that isn't resident: some for the request, some for each byte.
///
/// Only proportions matter. The default counts requests alone.
///
/// ```
/// use thermocline_policy::eviction::MissCost;
///
/// let cost = MissCost::new(0.5, 0.25)?;
/// assert_eq!(cost.of(10), 3.0);
/// assert_eq!(MissCost::default().of(1_000_000), 1.0);
/// assert!(MissCost::new(-1.0, 0.0).is_err());
/// # Ok::<(), thermocline_policy::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MissCost {
    request: f64,
    byte: f64,
}

impl MissCost {
    /// So much a request, so much a byte.
    ///
    /// # Errors
    ///
    /// If either is negative, infinite or not a number, or both are zero.
    pub fn new(request: f64, byte: f64) -> Result<Self> {
        let usable = |cost: f64| cost.is_finite() && cost >= 0.0;
        if usable(request) && usable(byte) && request + byte > 0.0 {
            Ok(Self { request, byte })
        } else {
            Err(Error::from(Cause::MissCost { request, byte }))
        }
    }

    /// What it costs to fetch so many bytes.
    #[must_use]
    pub fn of(&self, bytes: u64) -> f64 {
        self.request + self.byte * bytes as f64
    }
}

impl Default for MissCost {
    fn default() -> Self {
        Self {
            request: 1.0,
            byte: 0.0,
        }
    }
}
