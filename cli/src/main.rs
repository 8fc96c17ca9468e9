//! The `thermocline` command: ingest, query, move and verify a tiered columnar store.
//!
//! Every command works on a directory. Those that only look (`sql`, `tables`, `segments`) open it
//! as readers and run beside a writer; the others are the writer while they run.

mod args;
mod commands;
mod failure;
mod files;
mod input;
mod output;
mod tour;
mod values;

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use failure::{Failure, Outcome};
use output::Console;

/// Names the directives of the log on standard error, for example `info` or `thermocline_tiers=debug`.
const LOG_VARIABLE: &str = "THERMOCLINE_LOG";

/// What is logged when nothing was asked for. The library for Delta Lake logs every error that it
/// returns, also where a table that is missing is just what was asked.
const LOG_DEFAULT: &str = "error,delta_kernel=off";

/// How long an interrupted command may go on with what cannot be stopped half-way.
const LONGEST_GOODBYE: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let cli = args::Cli::parse();
    match start(cli) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read our output has seen enough of it.
        Err(_) if output::broken_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            // Without standard error there is nobody left to tell; the exit code still does.
            let _untold = writeln!(std::io::stderr(), "thermocline: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn start(cli: args::Cli) -> Outcome {
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_env(LOG_VARIABLE).unwrap_or_else(|_| EnvFilter::new(LOG_DEFAULT)),
        )
        .with_writer(std::io::stderr)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::new(format!("cannot start the worker threads: {e}")))?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = commands::run(cli.command, Console::detect()) => outcome,
            // What was begun is dropped, and with it its temporary files.
            Ok(()) = tokio::signal::ctrl_c() => Err(Failure::interrupted()),
        }
    });
    runtime.shutdown_timeout(LONGEST_GOODBYE);
    outcome
}
