//! Two sides, measured in turns.

use std::error::Error;
use std::time::Duration;

use tokio::time::Instant;

/// The result of anything in this program; a wrong answer is an error too.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Measurements of both sides, in the order they were made.
#[derive(Debug)]
pub(crate) struct Pair {
    ours: Vec<Duration>,
    theirs: Vec<Duration>,
}

/// Runs both sides once to warm up, then in turns: a slow minute of the machine hits both. Each
/// side says how long the part took that counts.
pub(crate) fn interleave(
    rounds: usize,
    mut ours: impl FnMut() -> Outcome<Duration>,
    mut theirs: impl FnMut() -> Outcome<Duration>,
) -> Outcome<Pair> {
    ours()?;
    theirs()?;
    let mut pair = Pair {
        ours: Vec::new(),
        theirs: Vec::new(),
    };
    for _ in 0..rounds {
        pair.ours.push(ours()?);
        pair.theirs.push(theirs()?);
    }
    Ok(pair)
}

/// Runs `work` and says how long it took.
pub(crate) fn timed<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<(T, Duration)> {
    let started = Instant::now();
    let value = work()?;
    Ok((value, started.elapsed()))
}

/// Fails with what was found unless it is what was expected.
pub(crate) fn same<T: PartialEq + std::fmt::Debug>(
    what: &str,
    found: &T,
    expected: &T,
) -> Outcome<()> {
    if found == expected {
        return Ok(());
    }
    Err(format!("wrong answer: {what} is {found:?}, and should be {expected:?}").into())
}

/// What a ratio should be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    AtLeast(f64),
    AtMost(f64),
}

impl Target {
    pub(crate) fn is_met(self, ratio: f64) -> bool {
        match self {
            Self::AtLeast(limit) => ratio >= limit,
            Self::AtMost(limit) => ratio <= limit,
        }
    }
}

/// What the figures of a line count.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Unit {
    Seconds,
    Bytes,
    /// Neither: the line has a ratio alone.
    None,
}

/// One comparison.
#[derive(Debug)]
pub(crate) struct Line {
    /// What was measured.
    pub(crate) what: String,
    /// What it is compared with.
    pub(crate) yardstick: String,
    pub(crate) unit: Unit,
    pub(crate) ours: f64,
    pub(crate) theirs: f64,
    pub(crate) ratio: f64,
    /// Least and greatest ratio of one round.
    pub(crate) spread: Option<(f64, f64)>,
    pub(crate) target: Option<Target>,
    /// Bytes that a measured time is for.
    pub(crate) volume: Option<u64>,
}

impl Line {
    /// Compares speeds: a ratio of 2 is twice as fast as the yardstick.
    pub(crate) fn speed(what: impl Into<String>, yardstick: &str, pair: &Pair) -> Self {
        Self::of(what.into(), yardstick, pair, |ours, theirs| theirs / ours)
    }

    /// Compares times: a ratio of 2 takes twice as long as the yardstick.
    pub(crate) fn time(what: impl Into<String>, yardstick: &str, pair: &Pair) -> Self {
        Self::of(what.into(), yardstick, pair, |ours, theirs| ours / theirs)
    }

    fn of(what: String, yardstick: &str, pair: &Pair, ratio: fn(f64, f64) -> f64) -> Self {
        let ours = median(seconds(&pair.ours));
        let theirs = median(seconds(&pair.theirs));
        let rounds = seconds(&pair.ours)
            .zip(seconds(&pair.theirs))
            .map(|(a, b)| ratio(a, b));
        let spread = rounds.fold((f64::INFINITY, 0.0_f64), |(least, greatest), ratio| {
            (least.min(ratio), greatest.max(ratio))
        });
        Self {
            what,
            yardstick: yardstick.to_owned(),
            unit: Unit::Seconds,
            ours,
            theirs,
            ratio: ratio(ours, theirs),
            spread: Some(spread),
            target: None,
            volume: None,
        }
    }

    /// Compares sizes: a ratio of 2 is twice as large as the yardstick.
    pub(crate) fn size(what: impl Into<String>, yardstick: &str, ours: f64, theirs: f64) -> Self {
        Self {
            unit: Unit::Bytes,
            ..Self::ratio(what, yardstick, ours / theirs)
        }
        .with_figures(ours, theirs)
    }

    /// A ratio that sums others up.
    pub(crate) fn ratio(what: impl Into<String>, yardstick: &str, ratio: f64) -> Self {
        Self {
            what: what.into(),
            yardstick: yardstick.to_owned(),
            unit: Unit::None,
            ours: 0.0,
            theirs: 0.0,
            ratio,
            spread: None,
            target: None,
            volume: None,
        }
    }

    fn with_figures(mut self, ours: f64, theirs: f64) -> Self {
        self.ours = ours;
        self.theirs = theirs;
        self
    }

    pub(crate) fn with_target(mut self, target: Target) -> Self {
        self.target = Some(target);
        self
    }

    /// How many bytes the times are for, so that they can be told as a rate.
    pub(crate) fn for_bytes(mut self, bytes: u64) -> Self {
        self.volume = Some(bytes);
        self
    }
}

fn seconds(times: &[Duration]) -> impl Iterator<Item = f64> {
    times.iter().map(Duration::as_secs_f64)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = values.get(middle).copied().unwrap_or(f64::NAN);
    if values.len() % 2 == 1 {
        return upper;
    }
    let lower = middle
        .checked_sub(1)
        .and_then(|index| values.get(index))
        .copied();
    f64::midpoint(lower.unwrap_or(f64::NAN), upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_the_two_in_the_middle() {
        assert_eq!(median([9.0, 1.0, 2.0].into_iter()), 2.0);
        assert_eq!(median([4.0, 1.0, 9.0, 2.0].into_iter()), 3.0);
        assert!(median([].into_iter()).is_nan());
    }

    #[test]
    fn a_speed_grows_and_a_time_shrinks_when_we_are_faster() {
        let twice_as_fast = || {
            interleave(
                3,
                || Ok(Duration::from_secs(1)),
                || Ok(Duration::from_secs(2)),
            )
            .unwrap()
        };
        let speed = Line::speed("", "", &twice_as_fast());
        let time = Line::time("", "", &twice_as_fast());
        assert_eq!((speed.ratio, time.ratio), (2.0, 0.5));
        assert_eq!(time.spread, Some((0.5, 0.5)));
    }

    #[test]
    fn the_first_run_of_each_side_is_not_counted() {
        let mut runs = 0;
        let ours = || {
            runs += 1;
            Ok(Duration::from_secs(if runs == 1 { 1_000 } else { 1 }))
        };
        let pair = interleave(1, ours, || Ok(Duration::from_secs(1))).unwrap();
        assert_eq!(Line::time("", "", &pair).ours, 1.0);
    }
}
