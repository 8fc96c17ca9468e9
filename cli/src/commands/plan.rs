//! `plan`: what the policy would move now, and why.

use std::path::PathBuf;

use thermocline::Plan;

use super::open;
use crate::failure::Outcome;
use crate::output::{Align, Console, Grid, bytes};

/// Show the moves that the policy wants now, each with its reason (nothing is moved)
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Directory of the store
    dir: PathBuf,

    /// Print the plan as an object: moves, unmet budgets, bytes before and after
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args, console: Console) -> Outcome {
    let store = open::writer(&args.dir).await?;
    let sealed = open::seal_all(&store).await;
    let plan = store.plan();
    open::close(store, sealed).await?;
    if args.json {
        return Ok(console.print(&format!("{}\n", serde_json::to_string_pretty(&plan)?))?);
    }
    Ok(console.print(&render(&plan, console))?)
}

/// The moves as a table, and what the tiers hold before and after them.
pub(super) fn render(plan: &Plan, console: Console) -> String {
    let mut text = String::new();
    if plan.is_empty() {
        text.push_str("Nothing to move: every segment is where the policy wants it.\n");
    } else {
        let columns = [
            ("table", Align::Left),
            ("partition", Align::Left),
            ("move", Align::Left),
            ("bytes", Align::Right),
            ("because", Align::Left),
        ];
        let mut grid = Grid::new(&columns, console.paint());
        for m in &plan.moves {
            grid.row([
                m.table.clone(),
                if m.partition.is_empty() {
                    "-".to_owned()
                } else {
                    m.partition.clone()
                },
                m.action.to_string(),
                bytes(m.bytes),
                m.reason.to_string(),
            ]);
        }
        text.push_str(&grid.render(""));
        let tiers = [
            ("hot", plan.before.hot, plan.after.hot),
            ("warm", plan.before.warm, plan.after.warm),
            ("cold", plan.before.cold, plan.after.cold),
        ];
        for (tier, before, after) in tiers {
            text.push_str(&format!(
                "{tier:<5} {:>10} → {}\n",
                bytes(before),
                bytes(after)
            ));
        }
    }
    for unmet in &plan.unmet {
        text.push_str(&format!("note: {unmet}\n"));
    }
    text
}
