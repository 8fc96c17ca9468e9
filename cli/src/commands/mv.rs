//! `move`: bring segments to a tier by hand.

use std::path::PathBuf;

use thermocline::{SegmentId, Selection, Tier};

use super::open;
use crate::failure::Outcome;
use crate::output::{Console, plural};

/// Bring segments of a table to a tier
///
/// To a colder tier, the segment's durable copy moves. To a warmer one it gets a second, faster copy
/// and keeps its home.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("which").required(true))]
pub(crate) struct Args {
    /// Directory of the store
    dir: PathBuf,

    /// The table
    #[arg(long, value_name = "T")]
    table: String,

    /// The segments of one partition, by its path as `segments` prints it
    #[arg(long, value_name = "P", group = "which")]
    partition: Option<String>,

    /// One segment, by its id
    #[arg(long, value_name = "S", group = "which")]
    segment: Option<SegmentId>,

    /// All segments of the table
    #[arg(long, group = "which")]
    all: bool,

    /// Where to: hot, warm or cold
    #[arg(long, value_name = "TIER")]
    to: Tier,
}

pub(crate) async fn run(args: Args, console: Console) -> Outcome {
    let which = match (args.partition, args.segment) {
        (Some(partition), _) => Selection::Partition(partition),
        (_, Some(segment)) => Selection::Segment(segment),
        _ => Selection::All,
    };
    let store = open::writer(&args.dir).await?;
    let work = async { Ok(store.table(&args.table)?.move_to(&which, args.to).await?) }.await;
    let report = open::close(store, work).await?;

    let mut text = String::new();
    for done in &report.done {
        let rows = plural(done.rows, "row");
        text.push_str(&format!(
            "{}  {}  {}, {rows}\n",
            done.table, done.segment, done.action
        ));
    }
    for skipped in &report.skipped {
        text.push_str(&format!("skipped {}: {}\n", skipped.segment, skipped.why));
    }
    if report.done.is_empty() && report.skipped.is_empty() {
        text.push_str(&format!(
            "Nothing to move: all of it is {} already.\n",
            args.to
        ));
    }
    if args.to == Tier::Hot {
        text.push_str(
            "Hot copies are in the memory of the process that makes them, and so are gone again \
             now; move to warm for copies that stay.\n",
        );
    }
    Ok(console.print(&text)?)
}
