//! `tour`: what the store can do, on real flights.

use std::path::PathBuf;

use super::cold::ColdArgs;
use crate::failure::{Failure, Outcome};
use crate::output::Console;

/// See it all in half a minute: 336,776 real flights through three tiers
///
/// Opens a new store, ingests a year of flights under small budgets, asks questions over all tiers
/// at once, kills a writer and counts what is left, and brings a cold month back. Needs no network
/// and no files.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Keep the store in this directory (a temporary one otherwise, removed at the end)
    #[arg(long, value_name = "D")]
    dir: Option<PathBuf>,

    #[command(flatten)]
    cold: ColdArgs,

    /// Print everything as one object instead
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args, console: Console) -> Outcome {
    if args.cold.is_given() && args.dir.is_none() {
        return Err(Failure::usage(
            "--cold needs --dir: what is put there outlives a temporary store",
        ));
    }
    crate::tour::run(args.dir, &args.cold, args.json, console).await
}
