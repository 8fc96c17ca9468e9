//! `pin`, `unpin`, `hold` and `release`: what a person asks for about segments and partitions.

use std::path::PathBuf;

use serde_json::json;
use thermocline::{SegmentId, Selection, Table, Tier};

use super::open;
use crate::failure::Outcome;
use crate::output::{Console, plural};

/// Keep a partition or a segment in a tier
///
/// The policy brings it there, and then moves it no more. Retention still ends it. A pinned partition
/// takes its segments to come along.
#[derive(Debug, clap::Args)]
pub(crate) struct PinArgs {
    #[command(flatten)]
    which: Which,

    /// The tier: hot, warm or cold
    #[arg(long, value_name = "TIER")]
    to: Tier,
}

/// Lift a pin
#[derive(Debug, clap::Args)]
pub(crate) struct UnpinArgs {
    #[command(flatten)]
    which: Which,
}

/// Keep a partition or a segment from being forgotten by retention
#[derive(Debug, clap::Args)]
pub(crate) struct HoldArgs {
    #[command(flatten)]
    which: Which,
}

/// Lift a hold
#[derive(Debug, clap::Args)]
pub(crate) struct ReleaseArgs {
    #[command(flatten)]
    which: Which,
}

/// What is meant.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("which").required(true))]
struct Which {
    /// Directory of the store
    dir: PathBuf,

    /// The table
    #[arg(long, value_name = "T")]
    table: String,

    /// One partition, by its path as `segments` prints it; an empty one for a table without partitions
    #[arg(long, value_name = "P", group = "which")]
    partition: Option<String>,

    /// One segment, by its id
    #[arg(long, value_name = "S", group = "which")]
    segment: Option<SegmentId>,

    /// Print an object
    #[arg(long)]
    json: bool,
}

impl Which {
    fn selection(&self) -> Selection {
        match (self.segment, &self.partition) {
            (Some(segment), _) => Selection::Segment(segment),
            (None, partition) => Selection::Partition(partition.clone().unwrap_or_default()),
        }
    }
}

pub(crate) async fn pin(args: PinArgs, console: Console) -> Outcome {
    let tier = args.to;
    let done = format!("pinned to {tier}");
    mark(args.which, console, &done, async |table, which| {
        table.pin(which, tier).await
    })
    .await
}

pub(crate) async fn unpin(args: UnpinArgs, console: Console) -> Outcome {
    mark(
        args.which,
        console,
        "not pinned any more",
        async |table, which| table.unpin(which).await,
    )
    .await
}

pub(crate) async fn hold(args: HoldArgs, console: Console) -> Outcome {
    mark(args.which, console, "on hold", async |table, which| {
        table.hold(which).await
    })
    .await
}

pub(crate) async fn release(args: ReleaseArgs, console: Console) -> Outcome {
    mark(
        args.which,
        console,
        "not on hold any more",
        async |table, which| table.release(which).await,
    )
    .await
}

async fn mark(
    args: Which,
    console: Console,
    done: &str,
    change: impl AsyncFnOnce(&Table, &Selection) -> thermocline::Result<()>,
) -> Outcome {
    let which = args.selection();
    let store = open::writer(&args.dir).await?;
    let work = async {
        let table = store.table(&args.table)?;
        change(&table, &which).await?;
        Ok(store.plan().moves.len())
    }
    .await;
    let moves = open::close(store, work).await?;
    if args.json {
        let object = json!({
            "table": args.table,
            "partition": args.partition,
            "segment": args.segment,
            "done": done,
            "moves": moves,
        });
        return Ok(console.print(&format!("{}\n", serde_json::to_string_pretty(&object)?))?);
    }
    let mut text = format!("{which} of {} is {done}\n", args.table);
    if moves > 0 {
        let moves = plural(u64::try_from(moves).unwrap_or(u64::MAX), "move");
        text.push_str(&format!("`plan` shows {moves} to do; `apply` makes them\n"));
    }
    Ok(console.print(&text)?)
}
