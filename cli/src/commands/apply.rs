//! `apply`: carry out what `plan` shows.

use std::path::PathBuf;

use super::{open, plan};
use crate::failure::Outcome;
use crate::output::{Console, plural};

/// Carry out the moves that `plan` shows
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Directory of the store
    dir: PathBuf,

    /// Print an object: what was done and skipped, and how many moves would follow
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args, console: Console) -> Outcome {
    let store = open::writer(&args.dir).await?;
    let work = async {
        open::seal_all(&store).await?;
        let proposed = store.plan();
        let report = store.apply(&proposed).await?;
        if args.json {
            let object = serde_json::json!({
                "done": report.done,
                "skipped": report.skipped,
                "left": store.plan().moves.len(),
            });
            return Ok(format!("{}\n", serde_json::to_string_pretty(&object)?));
        }
        let mut text = plan::render(&proposed, console);
        if !proposed.is_empty() {
            let moved = u64::try_from(report.done.len()).unwrap_or(u64::MAX);
            text.push_str(&format!("{} done\n", plural(moved, "move")));
        }
        for skipped in &report.skipped {
            text.push_str(&format!("skipped {}: {}\n", skipped.segment, skipped.why));
        }
        let left = store.plan().moves.len();
        if left > 0 {
            let left = plural(u64::try_from(left).unwrap_or(u64::MAX), "move");
            text.push_str(&format!(
                "{left} more would follow from here; apply again\n"
            ));
        }
        Ok(text)
    }
    .await;
    let text = open::close(store, work).await?;
    Ok(console.print(&text)?)
}
