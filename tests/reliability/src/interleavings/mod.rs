//! How the steps of the small concurrent protocols can interleave.
//!
//! The engine's own files are compiled here once more, with other primitives beneath them
//! (`sync`), so that a scheduler decides before every step who goes on. One scheduler decides at
//! random, two others (probabilistic concurrency testing: Burckhardt et al., *A Randomized Scheduler
//! with Probabilistic Guarantees of Finding Bugs*, ASPLOS 2010) look for bugs that need one or two
//! changes at the right moments. Whoever waits for ever is found, too.

mod collection;
mod garbage;
mod group_commit;
mod log;
mod sync;

use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, MaxSteps, Runner};

use crate::failure::Outcome;

/// Runs of each part for one seed, by each scheduler.
const RUNS: usize = 100;

/// The parts, by name.
const PARTS: [(&str, fn()); 2] = [
    ("group commit", group_commit::run),
    ("collection", collection::run),
];

/// Tries interleavings of every part; returns how many. The same seed tries the same ones.
///
/// # Errors
/// When a part broke a promise, or somebody waits for ever.
pub fn run(seed: u64) -> Outcome<usize> {
    let mut runs = 0;
    for (name, part) in PARTS {
        let tried = crate::campaign::caught(|| {
            Ok(under(RandomScheduler::new_from_seed(seed, RUNS), part)
                + under(PctScheduler::new_from_seed(seed, 2, RUNS), part)
                + under(PctScheduler::new_from_seed(seed, 3, RUNS), part))
        });
        runs += tried.map_err(|failure| failure.at(name))?;
    }
    Ok(runs)
}

fn under(scheduler: impl Scheduler + 'static, part: fn()) -> usize {
    let mut config = Config::new();
    config.stack_size = 256 << 10;
    // Far more than any run takes that gets somewhere.
    config.max_steps = MaxSteps::FailAfter(20_000);
    // A wrong order of memory is not what is looked for.
    config.silence_warnings = true;
    Runner::new(scheduler, config).run(part)
}
