//! The long campaign, in slices: it may be interrupted at any time, and goes on where the
//! totals stand.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::failure::{Failure, Outcome};
use crate::totals::{IMAGES, KILLS, SECONDS, SEEDS, Totals};
use crate::{campaign, fuzz, kill, power, simulation};

/// What one slice tries, on all cores: some ten seconds each.
const SLICE_SEEDS: u64 = 500;
const SLICE_HISTORIES: u64 = 50;
const HISTORY_IMAGES: usize = 100;
const SLICE_STORES: u64 = 2;
const SLICE_SECONDS: u64 = 10;

/// One kind of trial, with the part of it that is done.
type Part = (f64, fn(&mut Totals, &Trial<'_>) -> Outcome);

/// What the trials need.
#[derive(Debug, Clone, Copy)]
pub struct Trial<'a> {
    /// The binary of this package.
    pub program: &'a Path,
    /// Inputs of the fuzz targets.
    pub corpora: &'a Path,
}

/// Tries on until all counts are reached or the time is over, and keeps the totals in `file`. `tell`
/// hears of each slice.
///
/// # Errors
/// When a promise is broken. The totals then hold what was right before.
pub fn run(
    trial: &Trial<'_>,
    file: &Path,
    length: Duration,
    mut tell: impl FnMut(&Totals),
) -> Outcome {
    let started = now();
    let mut totals = Totals::load(file)?;
    while started.elapsed() < length {
        let least = parts(&totals)
            .into_iter()
            .min_by(|a, b| a.0.total_cmp(&b.0));
        let Some((done, slice)) = least else { break };
        if done >= 1.0 {
            break;
        }
        slice(&mut totals, trial)?;
        totals.store(file)?;
        tell(&totals);
    }
    Ok(())
}

fn parts(totals: &Totals) -> [Part; 4] {
    let part = |done: u64, of: u64| done as f64 / of as f64;
    let names = fuzz::TARGETS.map(|target| target.name);
    [
        (part(totals.seeds, SEEDS), simulate),
        (part(totals.images, IMAGES), cut_power),
        (part(totals.kills, KILLS), kill_children),
        (part(totals.least_fuzzed(&names), SECONDS), mutate),
    ]
}

fn simulate(totals: &mut Totals, _: &Trial<'_>) -> Outcome {
    let seeds = totals.seeds..totals.seeds + SLICE_SEEDS;
    campaign::seeds(
        "simulate",
        seeds.clone(),
        |seed| {
            let (report, outcome) = simulation::run(seed, simulation::Options::default());
            outcome.map(|()| report)
        },
        |_, report| {
            totals.calls += report.deeds as u64;
            totals.power_cuts += report.power_cuts as u64;
            totals.failed_calls += report.faults as u64;
        },
    )?;
    totals.seeds = seeds.end;
    Ok(())
}

fn cut_power(totals: &mut Totals, _: &Trial<'_>) -> Outcome {
    let seeds = totals.histories..totals.histories + SLICE_HISTORIES;
    campaign::seeds(
        &format!("power-cut --images {HISTORY_IMAGES}"),
        seeds.clone(),
        |seed| power::run(seed, HISTORY_IMAGES),
        |_, report| totals.images += report.images as u64,
    )?;
    totals.histories = seeds.end;
    Ok(())
}

fn kill_children(totals: &mut Totals, trial: &Trial<'_>) -> Outcome {
    let seeds = totals.killed_stores..totals.killed_stores + SLICE_STORES;
    campaign::seeds(
        "kill",
        seeds.clone(),
        |seed| kill::run(trial.program, seed),
        |_, report| {
            totals.kills += report.kills;
            totals.receipts += report.receipts;
        },
    )?;
    totals.killed_stores = seeds.end;
    Ok(())
}

fn mutate(totals: &mut Totals, trial: &Trial<'_>) -> Outcome {
    let (before, fuzzed) = (totals.fuzz.clone(), &mut totals.fuzz);
    let seconds = |target: &fuzz::Target| before.get(target.name).map_or(0, |done| done.seconds);
    let targets = fuzz::TARGETS.iter();
    let targets: Vec<_> = targets.filter(|target| seconds(target) < SECONDS).collect();
    campaign::all(
        0..targets.len() as u64,
        |number| {
            let target = usize::try_from(number).ok().and_then(|n| targets.get(n));
            let target = target.ok_or_else(|| Failure::new("there is no such target"))?;
            // Another seed each time.
            let seed = seconds(target);
            let length = Duration::from_secs(SLICE_SECONDS);
            let runs = fuzz::hunt(target, trial.corpora, seed, length)?;
            Ok((target.name, runs))
        },
        |_, (name, runs)| {
            let fuzzed = fuzzed.entry(name.to_owned()).or_default();
            fuzzed.seconds += SLICE_SECONDS;
            fuzzed.mutations += runs;
        },
    )
}

#[expect(clippy::disallowed_methods, reason = "how long this program has run")]
fn now() -> Instant {
    Instant::now()
}
