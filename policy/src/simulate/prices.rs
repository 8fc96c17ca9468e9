//! What storage and misses cost.

use serde::{Deserialize, Serialize};

use super::{Money, as_float};
use crate::{Error, Result, error::Cause, eviction::MissCost};

const GIB: f64 = 1_073_741_824.0;
/// Price lists count a month as 730 hours.
const MONTH_MICROS: f64 = 730.0 * 3_600.0 * 1e6;

/// A price list, in any currency: for what is resident, and for what has to be fetched from the slower
/// tier. It is plain data; fields that are left out are zero.
///
/// ```
/// use thermocline_policy::simulate::Prices;
///
/// let prices: Prices = serde_json::from_str(r#"{"gib_month": 0.08, "request": 4e-7}"#).unwrap();
/// assert_eq!((prices.gib_month(), prices.request(), prices.gib_read()), (0.08, 4e-7, 0.0));
/// assert!(serde_json::from_str::<Prices>(r#"{"gib_month": -1}"#).is_err());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Prices {
    gib_month: f64,
    request: f64,
    gib_read: f64,
}

impl Prices {
    /// For a GiB resident for a month of 730 hours, for a request to the slower tier, and for a GiB
    /// read from it.
    ///
    /// # Errors
    ///
    /// If one is negative, infinite or not a number.
    pub fn new(gib_month: f64, request: f64, gib_read: f64) -> Result<Self> {
        for (name, price) in [
            ("gib_month", gib_month),
            ("request", request),
            ("gib_read", gib_read),
        ] {
            if !(price.is_finite() && price >= 0.0) {
                return Err(Error::from(Cause::Price { name, price }));
            }
        }
        Ok(Self {
            gib_month,
            request,
            gib_read,
        })
    }

    /// For a GiB resident for a month.
    #[must_use]
    pub const fn gib_month(&self) -> f64 {
        self.gib_month
    }

    /// For a request to the slower tier.
    #[must_use]
    pub const fn request(&self) -> f64 {
        self.request
    }

    /// For a GiB read from the slower tier.
    #[must_use]
    pub const fn gib_read(&self) -> f64 {
        self.gib_read
    }

    /// What a miss costs; `None` if misses are free.
    pub(super) fn miss_cost(&self) -> Option<MissCost> {
        MissCost::new(self.request, self.gib_read / GIB).ok()
    }

    /// What so many byte-microseconds, misses and missed bytes cost.
    pub(super) fn money(&self, byte_micros: f64, misses: u64, missed_bytes: u128) -> Money {
        let storage = byte_micros / GIB / MONTH_MICROS * self.gib_month;
        let requests = as_float(misses.into()) * self.request;
        let reads = as_float(missed_bytes) / GIB * self.gib_read;
        Money {
            storage,
            requests,
            reads,
            total: storage + requests + reads,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    #[serde(default)]
    gib_month: f64,
    #[serde(default)]
    request: f64,
    #[serde(default)]
    gib_read: f64,
}

impl TryFrom<Unchecked> for Prices {
    type Error = Error;

    fn try_from(read: Unchecked) -> Result<Self> {
        Self::new(read.gib_month, read.request, read.gib_read)
    }
}
