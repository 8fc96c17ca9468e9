//! Runs the reliability machinery at any length, and replays a seed.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use thermocline_reliability::corrupt::{self, Kind, Small};
use thermocline_reliability::{
    Failure, Outcome, bounded, campaign, fuzz, history, inject, interleavings, kill, long, planted,
    power, simulation,
};

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
    /// Interleavings of the small concurrent protocols.
    Interleave {
        #[command(flatten)]
        seeds: Seeds,
    },
    /// Planted bugs are looked for until they are found.
    Planted {
        /// Seeds for each bug.
        #[arg(long, default_value_t = 1000)]
        seeds: u64,
    },
    /// Processes that are killed at any moment, on a real disk.
    Kill {
        #[command(flatten)]
        seeds: Seeds,
    },
    /// What `kill` kills.
    #[command(hide = true)]
    Child {
        /// Directory of the store.
        dir: PathBuf,
        #[arg(long)]
        seed: u64,
        /// Number of its first batch.
        #[arg(long)]
        first: usize,
    },
    /// A store that is larger than the memory of its process.
    Bounded,
    /// What `bounded` watches.
    #[command(hide = true)]
    BoundedChild {
        /// Directory of the store.
        dir: PathBuf,
    },
    /// Many threads on one store, and a check of what they saw.
    History {
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Damage to the files of a small store.
    Corrupt {
        /// Only every so many bits.
        #[arg(long, default_value_t = 1)]
        nth: usize,
    },
    /// Mutations of the corpora in `fuzz/corpus`.
    Fuzz {
        /// One target; otherwise all of them.
        #[arg(long)]
        target: Option<String>,
        /// For each target.
        #[arg(long, default_value_t = 30)]
        seconds: u64,
        #[arg(long, default_value_t = 1)]
        seed: u64,
        #[arg(long, default_value = "fuzz/corpus")]
        corpora: PathBuf,
        /// Write the first inputs of the corpora instead.
        #[arg(long)]
        sow: bool,
    },
    /// All of it, in a quarter of an hour.
    Ci {
        /// Only one in so many.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
        one_in: u64,
    },
    /// The counts that are reached once before a version is published. It may be interrupted,
    /// and goes on where the totals stand.
    Long {
        /// Where the totals are.
        #[arg(long, default_value = "tests/reliability/totals.json")]
        totals: PathBuf,
        /// When to stop.
        #[arg(long, default_value_t = 60 * 24)]
        minutes: u64,
        #[arg(long, default_value = "fuzz/corpus")]
        corpora: PathBuf,
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
    let outcome = run(Command::parse().what);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(what: What) -> Outcome {
    match what {
        What::Simulate { seeds } => simulate(&seeds),
        What::Inject { seeds, nth } => fail_calls(&seeds, nth),
        What::Interleave { seeds } => interleave(&seeds),
        What::Planted { seeds } => find_planted(seeds),
        What::PowerCut { seeds, images } => cut_power(&seeds, images),
        What::Kill { seeds } => kill_children(&seeds),
        What::Child { dir, seed, first } => kill::child::run(&dir, seed, first),
        What::Bounded => watch_memory(),
        What::BoundedChild { dir } => bounded::child::run(&dir),
        What::History { seconds, seed } => watch(seed, seconds),
        What::Corrupt { nth } => damage(nth),
        What::Fuzz {
            target,
            seconds,
            seed,
            corpora,
            sow,
        } => {
            let targets = match target {
                Some(name) => vec![fuzz::target(&name).ok_or_else(|| {
                    Failure::new(format!("there is no target `{name}`; leave it out for all"))
                })?],
                None => fuzz::TARGETS.to_vec(),
            };
            if sow {
                for target in targets {
                    let seeds = fuzz::sow(&target, &corpora)?;
                    println!("{}: {seeds} inputs", target.name);
                }
                return Ok(());
            }
            mutate(&targets, &corpora, seed, seconds)
        }
        What::Ci { one_in } => ci(one_in),
        What::Long {
            totals,
            minutes,
            corpora,
        } => {
            let trial = long::Trial {
                program: &own_path()?,
                corpora: &corpora,
            };
            let length = Duration::from_secs(minutes * 60);
            long::run(&trial, &totals, length, |totals| println!("{totals}"))
        }
    }
}

/// All of it, or a part.
fn ci(one_in: u64) -> Outcome {
    let of = |runs: u64| Seeds {
        seed: None,
        seeds: 0..runs.div_ceil(one_in),
    };
    let nth = usize::try_from(one_in).unwrap_or(usize::MAX);
    damage(nth)?;
    fail_calls(&of(1), nth)?;
    interleave(&of(100))?;
    simulate(&of(20_000))?;
    cut_power(&of(300), 100)?;
    kill_children(&of(300_u64.div_ceil(kill::LIVES)))?;
    watch_memory()?;
    watch(1, 30_u64.div_ceil(one_in))?;
    mutate(
        &fuzz::TARGETS,
        Path::new("fuzz/corpus"),
        1,
        30_u64.div_ceil(one_in),
    )
}

fn mutate(targets: &[fuzz::Target], corpora: &Path, seed: u64, seconds: u64) -> Outcome {
    campaign::all(
        0..targets.len() as u64,
        |number| {
            let target = usize::try_from(number).ok().and_then(|n| targets.get(n));
            let target = target.ok_or_else(|| Failure::new("there is no such target"))?;
            let length = Duration::from_secs(seconds);
            let corpus = fuzz::replay(target, corpora)?;
            let runs = fuzz::hunt(target, corpora, seed, length)?;
            Ok((target.name, corpus, runs))
        },
        |_, (name, corpus, runs)| println!("{name}: {corpus} inputs, {runs} mutations"),
    )
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

fn interleave(seeds: &Seeds) -> Outcome {
    let mut runs = 0;
    let outcome = campaign::seeds(
        "interleave",
        seeds.range(),
        interleavings::run,
        |_, tried| runs += tried,
    );
    println!("{runs} interleavings");
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

fn kill_children(seeds: &Seeds) -> Outcome {
    let program = own_path()?;
    let mut total = kill::Report::default();
    let outcome = campaign::seeds(
        "kill",
        seeds.range(),
        |seed| kill::run(&program, seed),
        |_, report| {
            total.kills += report.kills;
            total.receipts += report.receipts;
            total.writes += report.writes;
        },
    );
    println!(
        "{} kills, {} receipts for the disk, {} writes found again",
        total.kills, total.receipts, total.writes
    );
    outcome?;
    match total.receipts {
        0 => Err(Failure::new("no child got a receipt")),
        _ => Ok(()),
    }
}

fn watch_memory() -> Outcome {
    let report = bounded::run(&own_path()?)?;
    println!(
        "{} rows: {} MiB of memory, {} files, {} mapped warm files at most",
        report.rows, report.anonymous, report.files, report.maps
    );
    Ok(())
}

fn own_path() -> Outcome<PathBuf> {
    std::env::current_exe()
        .map_err(|e| Failure::new(format!("this program cannot find itself: {e}")))
}

fn watch(seed: u64, seconds: u64) -> Outcome {
    let report = history::run(seed, Duration::from_secs(seconds))?;
    println!(
        "{} writes, {} snapshots read",
        report.writes, report.snapshots
    );
    Ok(())
}

fn damage(nth: usize) -> Outcome {
    damage_to(Kind::Closed, nth)?;
    damage_to(Kind::Checkpointed, nth)?;
    damage_to(Kind::Killed, nth)
}

fn damage_to(kind: Kind, nth: usize) -> Outcome {
    let small = Small::make(kind)?;
    let verdicts = corrupt::run(&small, nth)?;
    println!(
        "{kind:?}: {} damages to {} files: {verdicts:?}",
        verdicts.values().sum::<usize>(),
        small.files().len()
    );
    Ok(())
}
