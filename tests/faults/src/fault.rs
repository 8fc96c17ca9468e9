//! What can go wrong with one request.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// 429, and nothing done.
    TooMany,
    /// 503, and nothing done.
    Busy,
    /// The connection is reset before anything is done.
    Reset,
    /// Done, and the answer comes in small pieces with pauses between.
    Slow,
    /// Done, and the answer ends in the middle.
    Partial,
    /// Done, and answered by 500.
    DoneThen500,
    /// Done, and answered by 409, as by one of several writers at one time.
    DoneThen409,
    /// Done, and never answered.
    DoneThenNothing,
    /// Done, and the connection is reset instead of an answer.
    DoneThenReset,
    /// 409, and nothing done.
    Conflict,
}

/// Faults that fit every request.
const ANY: &[Fault] = &[
    Fault::TooMany,
    Fault::Busy,
    Fault::Reset,
    Fault::Slow,
    Fault::Partial,
];

/// Faults that only make sense where something is changed.
const WRITES: &[Fault] = &[
    Fault::DoneThen500,
    Fault::DoneThen409,
    Fault::DoneThenReset,
    Fault::Conflict,
];

/// Each one costs the client all the time that it is ready to wait, so it is rare: this
/// share of the faults of writes.
const NOTHING: f64 = 0.02;

impl Fault {
    /// Every fault there is.
    pub fn all() -> impl Iterator<Item = Self> {
        let never = [Self::DoneThenNothing];
        ANY.iter().chain(WRITES).copied().chain(never)
    }

    /// Whether the server gets the request.
    #[must_use]
    pub fn is_done(self) -> bool {
        !matches!(
            self,
            Self::TooMany | Self::Busy | Self::Reset | Self::Conflict
        )
    }
}

/// How often what goes wrong.
#[derive(Debug)]
pub struct Odds {
    random: StdRng,
    reads: f64,
    writes: f64,
}

impl Odds {
    /// These shares (0 to 1) of the requests that read and of those that write go wrong.
    #[must_use]
    pub fn new(seed: u64, reads: f64, writes: f64) -> Self {
        Self {
            random: StdRng::seed_from_u64(seed),
            reads: reads.clamp(0.0, 1.0),
            writes: writes.clamp(0.0, 1.0),
        }
    }

    /// The fault of the next request, if it has one.
    pub(crate) fn draw(&mut self, method: &str) -> Option<Fault> {
        let writes = writes(method);
        let share = if writes { self.writes } else { self.reads };
        if !self.random.random_bool(share) {
            return None;
        }
        if writes && self.random.random_bool(NOTHING) {
            return Some(Fault::DoneThenNothing);
        }
        let possible = ANY.len() + if writes { WRITES.len() } else { 0 };
        let chosen = self.random.random_range(0..possible);
        ANY.iter().chain(WRITES).nth(chosen).copied()
    }
}

/// Whether requests of this method change something.
pub(crate) fn writes(method: &str) -> bool {
    matches!(method, "PUT" | "POST" | "DELETE")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_fault_is_drawn_and_reads_get_only_theirs() {
        let mut odds = Odds::new(7, 1.0, 1.0);
        let writes: BTreeSet<_> = (0..1000).filter_map(|_| odds.draw("PUT")).collect();
        assert_eq!(writes, Fault::all().collect());
        let reads: BTreeSet<_> = (0..1000).filter_map(|_| odds.draw("GET")).collect();
        assert_eq!(reads, ANY.iter().copied().collect());
        let mut never = Odds::new(7, 0.0, 0.0);
        assert!((0..1000).all(|_| never.draw("PUT").is_none()));
    }
}
