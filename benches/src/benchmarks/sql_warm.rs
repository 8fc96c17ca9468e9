//! TPC-H over warm files.

use thermocline::Tier;

use crate::context::Context;
use crate::harness::{Line, Outcome, Target};
use crate::tpch::race;

/// The tables of DuckDB are in a file of its own, and in its memory as far as it keeps them there.
pub(super) fn run(context: &Context) -> Outcome<Vec<Line>> {
    let tpch = context.tpch()?;
    context.block_on(tpch.move_to(Tier::Warm))?;
    race(
        context,
        tpch,
        &tpch.native,
        "DuckDB's own tables",
        Some(Target::AtMost(1.5)),
    )
}
