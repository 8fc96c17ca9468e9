//! `explain`: why a segment is where it is.

use std::path::PathBuf;

use thermocline::SegmentId;

use super::open;
use crate::failure::Outcome;
use crate::output::Console;

/// Say which rule holds a segment where it is, and what would move it
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Directory of the store
    dir: PathBuf,

    /// The segment, by its id as `segments` prints it
    segment: SegmentId,

    /// Print an object
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args, console: Console) -> Outcome {
    let store = open::writer(&args.dir).await?;
    let work = async { Ok(store.explain(args.segment)?) }.await;
    let explanation = open::close(store, work).await?;
    if args.json {
        let json = serde_json::to_string_pretty(&explanation)?;
        return Ok(console.print(&format!("{json}\n"))?);
    }
    Ok(console.print(&explanation.to_string())?)
}
