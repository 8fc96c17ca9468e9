//! `backup`: copy a store.

use std::path::PathBuf;

use super::open;
use crate::failure::Outcome;
use crate::output::Console;

/// Copy the store, as of now, into a new directory
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Directory of the store
    dir: PathBuf,

    /// The directory to make; it must not exist, or be empty
    to: PathBuf,
}

pub(crate) async fn run(args: Args, console: Console) -> Outcome {
    let store = open::writer(&args.dir).await?;
    let work = async { Ok(store.backup(&args.to).await?) }.await;
    let report = open::close(store, work).await?;
    super::restore::print("Backed up", &report, &args.to, console)
}
