//! Benchmarks of Thermocline, as ratios against something measured in the same run.
//!
//! `cargo run --release -p thermocline-benches -- [--quick] [--json] [NAMES…]`; `docs/benchmarks.md`
//! says what each one measures. A missed target is reported; a wrong answer ends the run with 1.

mod allocation;
mod benchmarks;
mod context;
mod duck;
mod harness;
mod orders;
mod remote;
mod report;
mod tpch;
mod typed_orders;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use clap::builder::PossibleValuesParser;

use crate::benchmarks::ALL;
use crate::context::Context;
use crate::harness::Outcome;
use crate::report::Report;

#[global_allocator]
static COUNTED: allocation::Counted = allocation::Counted;

/// Measures Thermocline against something measured in the same run.
#[derive(Debug, Parser)]
#[command(name = "thermocline-benches")]
struct Args {
    /// Small sizes: shows that everything runs and answers rightly; the ratios mean little.
    #[arg(long)]
    quick: bool,
    /// Prints JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// Directory to work in; it decides which disk is measured.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Which benchmarks to run; all of them without a name.
    #[arg(value_parser = PossibleValuesParser::new(ALL.iter().map(|benchmark| benchmark.name)))]
    names: Vec<String>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Outcome<()> {
    let context = Context::new(args.quick, args.dir.as_deref())?;
    let mut report = Report::new(args.quick);
    let outcome = measure(args, &context, &mut report);
    // What was measured before a failure is worth seeing too.
    if args.json {
        report.print_json()?;
    } else {
        report.print_table();
    }
    outcome
}

fn measure(args: &Args, context: &Context, report: &mut Report) -> Outcome<()> {
    for benchmark in ALL {
        if !args.names.is_empty() && !args.names.iter().any(|name| name == benchmark.name) {
            continue;
        }
        eprintln!("{}: {}", benchmark.name, benchmark.what);
        let lines =
            (benchmark.run)(context).map_err(|error| format!("{}: {error}", benchmark.name))?;
        report.add(benchmark.name, lines);
    }
    Ok(())
}
