//! Runs the reliability machinery at any length, and replays a seed.

use std::ops::Range;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use thermocline_reliability::{Outcome, campaign, inject, planted, power, simulation};

#[derive(Debug, Parser)]
#[command(about = "Tries to make a store lose rows")]
struct Command {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Clients that do anything, with crashes, from a seed.
    Simulate {
        #[command(flatten)]
        seeds: Seeds,
    },
    /// Every call of a scenario fails, in every way.
    Inject {
        #[command(flatten)]
        seeds: Seeds,
        /// Only every so many sites.
        #[arg(long, default_value_t = 1)]
        nth: usize,
    },
    /// Planted bugs are looked for until they are found.
    Planted {
        /// Seeds for each bug.
        #[arg(long, default_value_t = 1000)]
        seeds: u64,
    },
    /// Many power cuts of the history of each seed.
    PowerCut {
        #[command(flatten)]
        seeds: Seeds,
        /// Images for each seed.
        #[arg(long, default_value_t = 100)]
        images: usize,
    },
}

#[derive(Debug, Args)]
struct Seeds {
    /// One seed, with everything that happens.
    #[arg(long)]
    seed: Option<u64>,
    /// A range of seeds, such as `0..20000`.
    #[arg(long, value_parser = range, default_value = "0..1000")]
    seeds: Range<u64>,
}

fn range(text: &str) -> Result<Range<u64>, String> {
    let parsed = text
        .split_once("..")
        .and_then(|(start, end)| Some(start.parse().ok()?..end.parse().ok()?));
    parsed.ok_or_else(|| format!("`{text}` is no range; write for example `0..1000`"))
}

impl Seeds {
    fn range(&self) -> Range<u64> {
        match self.seed {
            Some(seed) => seed..seed + 1,
            None => self.seeds.clone(),
        }
    }
}

fn main() -> ExitCode {
    let outcome = match Command::parse().what {
        What::Simulate { seeds } => simulate(&seeds),
        What::Inject { seeds, nth } => fail_calls(&seeds, nth),
        What::Planted { seeds } => find_planted(seeds),
        What::PowerCut { seeds, images } => cut_power(&seeds, images),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn simulate(seeds: &Seeds) -> Outcome {
    let (mut runs, mut deeds, mut steps, mut cuts, mut faults) = (0_usize, 0, 0, 0, 0);
    let tell = seeds.seed.is_some();
    let outcome = campaign::seeds(
        "simulate",
        seeds.range(),
        |seed| {
            let (report, outcome) = simulation::run(seed, simulation::Options::default());
            if tell {
                for line in &report.story {
                    println!("{line}");
                }
                println!("trace {:016x}", report.trace);
            }
            outcome.map(|()| report)
        },
        |_, report| {
            runs += 1;
            deeds += report.deeds;
            steps += report.steps;
            cuts += report.power_cuts;
            faults += report.faults;
        },
    );
    println!(
        "{runs} seeds, {deeds} calls of clients, {steps} steps of the disk, {cuts} power cuts, {faults} failed calls"
    );
    outcome
}

fn fail_calls(seeds: &Seeds, nth: usize) -> Outcome {
    let mut total = inject::Report::default();
    let outcome = campaign::seeds(
        &format!("inject --nth {nth}"),
        seeds.range(),
        |seed| inject::run(seed, nth),
        |_, report| {
            total.runs += report.runs;
            for (site, times) in report.failed {
                *total.failed.entry(site).or_default() += times;
            }
        },
    );
    println!("{} runs", total.runs);
    for ((call, fault), times) in &total.failed {
        println!("{call:?} failed with {fault:?} {times} times");
    }
    outcome
}

fn find_planted(seeds: u64) -> Outcome {
    let mut missed = Ok(());
    for lie in planted::Lie::ALL {
        match planted::hunt(lie, seeds) {
            Ok((tried, failure)) => println!("{lie:?}: found by seed {}: {failure}", tried - 1),
            Err(failure) => {
                println!("{failure}");
                missed = Err(failure);
            }
        }
    }
    missed
}

fn cut_power(seeds: &Seeds, images: usize) -> Outcome {
    let mut total = power::Report::default();
    let outcome = campaign::seeds(
        &format!("power-cut --images {images}"),
        seeds.range(),
        |seed| power::run(seed, images),
        |_, report| {
            total.images += report.images;
            total.steps += report.steps;
            total.writes += report.writes;
        },
    );
    println!(
        "{} images of {} steps, {} writes found again",
        total.images, total.steps, total.writes
    );
    outcome
}
