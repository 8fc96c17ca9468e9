//! Randomness as a seam: fresh identifiers from a seeded generator.

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use thermocline_policy::{SegmentId, Timestamp};

/// Makes identifiers. Two sources with the same seed make the same ones.
#[derive(Debug)]
pub struct IdSource {
    rng: Mutex<StdRng>,
}

impl IdSource {
    /// A source that repeats itself for the same seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self {
            rng: Mutex::new(StdRng::seed_from_u64(seed)),
        }
    }

    /// A source seeded by the operating system.
    #[must_use]
    pub fn from_entropy() -> Self {
        Self {
            rng: Mutex::new(rand::make_rng()),
        }
    }

    /// A new identifier whose text sorts by time: a version-7 UUID
    /// ([RFC 9562](https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7)).
    #[must_use]
    pub fn segment(&self, now: Timestamp) -> SegmentId {
        let millis = u64::try_from(now.0 / 1000).unwrap_or(0);
        let mut random = [0u8; 10];
        self.rng.lock().fill_bytes(&mut random);
        let id = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
        SegmentId(id.as_u128())
    }
}
