//! `simulate`: a recorded trace through other policies and budgets.

mod budget;
mod plot;
mod report;
mod trace;

use std::path::{Path, PathBuf};

use thermocline::policy::eviction::EvictionPolicy;
use thermocline::policy::simulate::{Outcome as Replay, Prices, Simulation, Summary, Survey};
use thermocline::policy::trace::TraceFormat;

use self::budget::BudgetSize;
use crate::failure::{Failure, Outcome};
use crate::files;
use crate::output::Console;

/// Replay a trace of accesses through eviction policies and budgets
///
/// Nothing is moved, and no store is needed: it says what would have been missed, moved and paid.
/// The trace is read twice, in memory that grows with its objects; only belady, which has to know
/// the future, takes eight bytes more for each request.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// File with the trace
    #[arg(long, value_name = "FILE")]
    trace: PathBuf,

    /// Its format: csv (lines of time,object,size), oracle-general or thermocline
    #[arg(long, value_name = "FORMAT")]
    format: TraceFormat,

    /// Policies to try [default: all]: lru, s3-fifo, w-tinylfu, gdsf, clock, 2q, arc, sieve, lirs,
    /// lfu, lhd, adaptive, belady
    #[arg(long = "policy", value_name = "POLICY", value_delimiter = ',')]
    policies: Vec<EvictionPolicy>,

    /// Budgets to try: sizes, for example 64MiB, or shares of the bytes of all objects, for example 10%
    #[arg(
        long = "budget",
        value_name = "SIZE",
        value_delimiter = ',',
        required = true
    )]
    budgets: Vec<BudgetSize>,

    /// File with a price list: an object with gib_month, request and gib_read
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,

    /// Write a plot of the byte miss ratios, in SVG
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,

    /// Print an array of objects
    #[arg(long)]
    json: bool,
}

#[expect(clippy::unused_async, reason = "like every command")]
pub(crate) async fn run(args: Args, console: Console) -> Outcome {
    let prices = args.prices.as_deref().map(read_prices).transpose()?;
    let policies = match args.policies.as_slice() {
        [] => EvictionPolicy::ALL.to_vec(),
        given => without_repeats(given),
    };
    let summary = survey(&args, &policies)?;
    let budgets: Vec<u64> = args
        .budgets
        .iter()
        .map(|budget| budget.of(summary.footprint_bytes))
        .collect();
    let budgets = without_repeats(&budgets);
    let replays = replay(&args, &policies, &budgets, prices, &summary)?;
    if let Some(path) = &args.plot {
        plot::write(path, &replays)?;
    }
    if args.json {
        return Ok(console.print(&format!("{}\n", serde_json::to_string_pretty(&replays)?))?);
    }
    Ok(console.print(&report::render(&summary, &replays, console))?)
}

fn survey(args: &Args, policies: &[EvictionPolicy]) -> Outcome<Summary> {
    let mut survey = if policies.iter().any(|policy| policy.needs_future()) {
        Survey::with_future()
    } else {
        Survey::new()
    };
    trace::each(&args.trace, args.format, &mut |request| {
        survey.push(&request);
    })?;
    let summary = survey.finish();
    if summary.requests == 0 {
        return Err(Failure::new(format!(
            "{}: the trace has no requests",
            args.trace.display()
        )));
    }
    Ok(summary)
}

fn replay(
    args: &Args,
    policies: &[EvictionPolicy],
    budgets: &[u64],
    prices: Option<Prices>,
    summary: &Summary,
) -> Outcome<Vec<Replay>> {
    let mut simulation = match prices {
        Some(prices) => Simulation::new().with_prices(prices),
        None => Simulation::new(),
    };
    for budget in budgets {
        for policy in policies {
            simulation
                .add(*policy, *budget, summary)
                .map_err(|e| Failure::new(e.to_string()))?;
        }
    }
    trace::each(&args.trace, args.format, &mut |request| {
        simulation.push(&request);
    })?;
    Ok(simulation.finish())
}

fn read_prices(path: &Path) -> Outcome<Prices> {
    serde_json::from_reader(std::io::BufReader::new(files::open(path)?)).map_err(|e| {
        Failure::new(format!("{}: {e}", path.display()))
            .hint("write for example {\"gib_month\": 0.08, \"request\": 4e-7, \"gib_read\": 0}")
    })
}

/// The values in their order, each once.
fn without_repeats<T: Copy + PartialEq>(values: &[T]) -> Vec<T> {
    let mut kept = Vec::with_capacity(values.len());
    for value in values {
        if !kept.contains(value) {
            kept.push(*value);
        }
    }
    kept
}
