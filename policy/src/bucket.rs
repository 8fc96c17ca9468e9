//! A limit on bytes a second.

use std::time::Duration;

/// A token bucket: `rate` tokens flow in a second, up to the `burst`, and who takes more than there
/// are waits.
///
/// A taker of more than the burst isn't refused: it goes as soon as the bucket is full, and leaves a debt
/// that later ones wait for. So a segment larger than the burst moves too, and the average holds.
///
/// (J. Turner: "New directions in communications (or which way to the information age?)", IEEE
/// Communications Magazine 24(10), 1986.)
///
/// ```
/// use std::time::Duration;
/// use thermocline_policy::TokenBucket;
///
/// let mut bucket = TokenBucket::new(100, 200);
/// let at = Duration::from_secs;
/// assert_eq!(bucket.take(150, at(0)), Ok(()));
/// assert_eq!(bucket.take(150, at(0)), Err(at(1)));
/// assert_eq!(bucket.take(150, at(1)), Ok(()));
/// bucket.force(300, at(1));
/// assert_eq!(bucket.take(10, at(1)), Err(Duration::from_millis(3_100)));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TokenBucket {
    rate: f64,
    burst: f64,
    /// Below zero after a taker of more than there was.
    tokens: f64,
    at: Duration,
}

impl TokenBucket {
    /// A full bucket. A rate of zero counts as one token a second.
    #[must_use]
    pub fn new(rate: u64, burst: u64) -> Self {
        let burst = burst.max(1) as f64;
        Self {
            rate: rate.max(1) as f64,
            burst,
            tokens: burst,
            at: Duration::ZERO,
        }
    }

    /// Takes `tokens` at the time `now` of a clock that never goes back, or tells how long to wait.
    ///
    /// # Errors
    ///
    /// The time after which there are enough; nothing was taken.
    pub fn take(&mut self, tokens: u64, now: Duration) -> Result<(), Duration> {
        self.fill(now);
        let missing = (tokens as f64).min(self.burst) - self.tokens;
        if missing > 0.0 {
            let wait = Duration::try_from_secs_f64(missing / self.rate);
            return Err(wait.unwrap_or(Duration::MAX).max(Duration::from_nanos(1)));
        }
        self.tokens -= tokens as f64;
        Ok(())
    }

    /// Takes `tokens` whether they are there or not; who comes later waits for them.
    pub fn force(&mut self, tokens: u64, now: Duration) {
        self.fill(now);
        self.tokens -= tokens as f64;
    }

    fn fill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.at);
        self.at = self.at.max(now);
        self.tokens = (self.tokens + passed.as_secs_f64() * self.rate).min(self.burst);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_taker_of_more_than_the_burst_goes_when_the_bucket_is_full() {
        let mut bucket = TokenBucket::new(10, 10);
        let at = Duration::from_secs;
        assert_eq!(bucket.take(40, at(0)), Ok(()));
        assert_eq!(bucket.take(1, at(0)), Err(Duration::from_millis(3_100)));
        assert_eq!(
            bucket.take(40, at(3)),
            Err(at(1)),
            "the debt is paid, the bucket empty"
        );
        assert_eq!(bucket.take(40, at(4)), Ok(()));
    }

    proptest! {
        #[test]
        fn no_more_than_the_rate_and_one_burst_gets_through(
            takers in prop::collection::vec((0_u64..50, 0_u64..3_000), 1..100),
        ) {
            let (rate, burst) = (20, 50);
            let mut bucket = TokenBucket::new(rate, burst);
            let (mut now, mut taken) = (Duration::ZERO, 0);
            for (tokens, pause) in takers {
                now += Duration::from_millis(pause);
                match bucket.take(tokens, now) {
                    Ok(()) => taken += tokens,
                    Err(wait) => {
                        let soon = now + wait + Duration::from_nanos(1);
                        prop_assert_eq!(bucket.clone().take(tokens, soon), Ok(()));
                    }
                }
                let most = now.as_secs_f64() * rate as f64 + burst as f64;
                prop_assert!(taken as f64 <= most + 1e-6, "{taken} of {most}");
            }
        }
    }
}
