//! What it costs to keep segments, and to read them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    Tier,
    error::{Cause, Error, Result},
};

const GIB: f64 = 1_073_741_824.0;

/// Price lists count a month as 730 hours.
pub(crate) const MONTH: Duration = Duration::from_secs(730 * 3_600);

/// The prices and the speed of one tier, in any currency. It is plain data; what is left out is free, and
/// takes no time.
///
/// ```
/// use thermocline_policy::TierPrices;
///
/// // An object store that bills at least 128 KiB for at least 30 days.
/// let prices: TierPrices = toml::from_str(r#"
///     gib_month = 0.0125
///     read_request = 1e-6
///     write_request = 1e-5
///     gib_read = 0.01
///     min_billed_bytes = 131_072
///     min_billed_time = "30d"
///     latency = "60ms"
///     bytes_per_second = 80_000_000
/// "#).unwrap();
/// let a_gib = prices.storage_month(1 << 30);
/// assert_eq!(a_gib, 0.0125);
/// assert_eq!(prices.storage_month(1), prices.storage_month(131_072));
/// assert!(toml::from_str::<TierPrices>("gib_month = -1").is_err());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
#[non_exhaustive]
pub struct TierPrices {
    /// For a GiB kept for a month of 730 hours.
    pub gib_month: f64,
    /// For a request that reads.
    pub read_request: f64,
    /// For a request that writes.
    pub write_request: f64,
    /// For a GiB read: retrieval and egress together.
    pub gib_read: f64,
    /// What is smaller is billed as if it had so many bytes.
    pub min_billed_bytes: u64,
    /// What goes earlier is billed as if it had stayed so long.
    #[serde(with = "crate::span")]
    pub min_billed_time: Duration,
    /// How many bytes a request reads; a read of a segment takes one more, for its footer.
    pub request_bytes: u64,
    /// How long a request takes before its first byte comes.
    #[serde(with = "crate::span")]
    pub latency: Duration,
    /// How many bytes come in a second then; `None` if that takes no time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_per_second: Option<u64>,
}

impl TierPrices {
    /// The bytes of a request, unless they are set: 8 MiB.
    pub const DEFAULT_REQUEST_BYTES: u64 = 8 << 20;

    /// What so many bytes in one segment cost a month.
    #[must_use]
    pub fn storage_month(&self, bytes: u64) -> f64 {
        bytes.max(self.min_billed_bytes) as f64 / GIB * self.gib_month
    }

    /// What it costs to read a segment of so many bytes once.
    #[must_use]
    pub fn read(&self, bytes: u64) -> f64 {
        let request_bytes = match self.request_bytes {
            0 => Self::DEFAULT_REQUEST_BYTES,
            bytes => bytes,
        };
        let requests = bytes.div_ceil(request_bytes).saturating_add(1);
        requests as f64 * self.read_request + bytes as f64 / GIB * self.gib_read
    }

    /// How long it takes to read a segment of so many bytes once, two requests after the other.
    #[must_use]
    pub fn time(&self, bytes: u64) -> Duration {
        let seconds = self
            .bytes_per_second
            .map_or(0.0, |rate| bytes as f64 / rate.max(1) as f64);
        let body = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        self.latency.saturating_mul(2).saturating_add(body)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Unchecked {
    gib_month: f64,
    read_request: f64,
    write_request: f64,
    gib_read: f64,
    min_billed_bytes: u64,
    #[serde(with = "crate::span")]
    min_billed_time: Duration,
    request_bytes: u64,
    #[serde(with = "crate::span")]
    latency: Duration,
    bytes_per_second: Option<u64>,
}

impl Default for Unchecked {
    fn default() -> Self {
        Self {
            gib_month: 0.0,
            read_request: 0.0,
            write_request: 0.0,
            gib_read: 0.0,
            min_billed_bytes: 0,
            min_billed_time: Duration::ZERO,
            request_bytes: TierPrices::DEFAULT_REQUEST_BYTES,
            latency: Duration::ZERO,
            bytes_per_second: None,
        }
    }
}

impl TryFrom<Unchecked> for TierPrices {
    type Error = Error;

    fn try_from(read: Unchecked) -> Result<Self> {
        for (name, price) in [
            ("gib_month", read.gib_month),
            ("read_request", read.read_request),
            ("write_request", read.write_request),
            ("gib_read", read.gib_read),
        ] {
            if !(price.is_finite() && price >= 0.0) {
                return Err(Error::from(Cause::Price { name, price }));
            }
        }
        Ok(Self {
            gib_month: read.gib_month,
            read_request: read.read_request,
            write_request: read.write_request,
            gib_read: read.gib_read,
            min_billed_bytes: read.min_billed_bytes,
            min_billed_time: read.min_billed_time,
            request_bytes: read.request_bytes,
            latency: read.latency,
            bytes_per_second: read.bytes_per_second,
        })
    }
}

/// The prices of all tiers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PriceList {
    /// Of memory.
    pub hot: TierPrices,
    /// Of warm files.
    pub warm: TierPrices,
    /// Of cold objects.
    pub cold: TierPrices,
}

impl PriceList {
    /// The prices of one tier.
    #[must_use]
    pub const fn at(&self, tier: Tier) -> &TierPrices {
        match tier {
            Tier::Hot => &self.hot,
            Tier::Warm => &self.warm,
            Tier::Cold => &self.cold,
        }
    }
}
