//! Numbers from a seed.

/// SplitMix64 (G. L. Steele, D. Lea, C. H. Flood: "Fast splittable pseudorandom number
/// generators", OOPSLA 2014).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0, below `end`.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// From `low` to `high`.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// Once in so many times.
    pub(super) fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// Below 2 to the `bits`, where each order of magnitude is as likely as the next.
    pub(super) fn log_uniform(&mut self, bits: u64) -> u64 {
        let bits = self.between(1, bits);
        self.below(1 << bits)
    }
}

/// Zipf's law over `n` ranks from 0. The sums are rounded to whole numbers, so that every machine
/// draws the same.
pub(super) struct Zipf(Vec<u64>);

impl Zipf {
    /// With a skew of one half for each unit: 2 is the classic 1/rank, 1 is 1/√rank.
    pub(super) fn new(n: u64, halves: u32) -> Self {
        let mut sum = 0;
        let sums = (1..=n).map(|rank| {
            // 2⁴⁰ / rank^(halves / 2), in integers.
            let square = (1_u128 << 80) / u128::from(rank).pow(halves);
            sum += u64::try_from(square.isqrt()).unwrap_or(u64::MAX);
            sum
        });
        Self(sums.collect())
    }

    pub(super) fn draw(&self, random: &mut Random) -> u64 {
        let at = random.below(self.0.last().copied().unwrap_or(1));
        self.0.partition_point(|sum| *sum <= at) as u64
    }
}
