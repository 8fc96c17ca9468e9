//! The command line.

use clap::{Parser, Subcommand};

use crate::commands::{
    apply, archive, backup, completions, explain, export, ingest, ls, marks, mv, plan, policy,
    repair, restore, segments, simulate, sql, tables, tour, trace, verify,
};

/// Columnar data in the cheapest place that is still fast enough.
///
/// A store is a directory. New rows are in memory (hot), cool into memory-mapped Arrow files (warm)
/// and then into Parquet (cold); one SQL sees all of it.
#[derive(Debug, Parser)]
#[command(
    name = "thermocline",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
#[command(
    after_help = "Start with `thermocline tour`. Exit codes: 0 success, 1 failure, 2 bad usage."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Tour(tour::Args),
    Ingest(ingest::Args),
    Sql(sql::Args),
    Tables(tables::Args),
    Archive(archive::Args),
    Ls(ls::Args),
    Export(export::Args),
    Segments(segments::Args),
    Policy(policy::Args),
    Plan(plan::Args),
    Apply(apply::Args),
    Explain(explain::Args),
    Pin(marks::PinArgs),
    Unpin(marks::UnpinArgs),
    Hold(marks::HoldArgs),
    Release(marks::ReleaseArgs),
    Trace(trace::Args),
    #[command(name = "move")]
    Move(mv::Args),
    Verify(verify::Args),
    Simulate(simulate::Args),
    Repair(repair::Args),
    Backup(backup::Args),
    Restore(restore::Args),
    Completions(completions::Args),
    #[command(hide = true)]
    TourWriter(crate::tour::WriterArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }
}
