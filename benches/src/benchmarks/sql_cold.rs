//! TPC-H over cold files on a local disk.

use thermocline::Tier;

use crate::context::Context;
use crate::harness::{Line, Outcome};
use crate::tpch::race;

/// DuckDB reads the very same Parquet files.
pub(super) fn run(context: &Context) -> Outcome<Vec<Line>> {
    let tpch = context.tpch()?;
    context.block_on(tpch.move_to(Tier::Cold))?;
    race(context, tpch, &tpch.files, "DuckDB's read_parquet", None)
}
