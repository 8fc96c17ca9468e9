//! One file a command.

pub(crate) mod apply;
pub(crate) mod archive;
pub(crate) mod backup;
mod cold;
pub(crate) mod completions;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod ingest;
pub(crate) mod ls;
pub(crate) mod marks;
pub(crate) mod mv;
mod open;
mod place;
pub(crate) mod plan;
pub(crate) mod policy;
pub(crate) mod repair;
pub(crate) mod restore;
pub(crate) mod segments;
pub(crate) mod simulate;
pub(crate) mod sql;
pub(crate) mod tables;
pub(crate) mod tour;
pub(crate) mod trace;
pub(crate) mod verify;

pub(crate) use cold::ColdArgs;

use crate::args::Command;
use crate::failure::Outcome;
use crate::output::Console;

/// Runs the command that was given.
pub(crate) async fn run(command: Command, console: Console) -> Outcome {
    match command {
        Command::Tour(args) => tour::run(args, console).await,
        Command::Ingest(args) => ingest::run(args, console).await,
        Command::Sql(args) => sql::run(args, console).await,
        Command::Archive(args) => archive::run(args, console).await,
        Command::Ls(args) => ls::run(args, console).await,
        Command::Export(args) => export::run(args, console).await,
        Command::Tables(args) => tables::run(args, console).await,
        Command::Segments(args) => segments::run(args, console).await,
        Command::Policy(args) => policy::run(args, console).await,
        Command::Plan(args) => plan::run(args, console).await,
        Command::Apply(args) => apply::run(args, console).await,
        Command::Explain(args) => explain::run(args, console).await,
        Command::Pin(args) => marks::pin(args, console).await,
        Command::Unpin(args) => marks::unpin(args, console).await,
        Command::Hold(args) => marks::hold(args, console).await,
        Command::Release(args) => marks::release(args, console).await,
        Command::Trace(args) => trace::run(args, console).await,
        Command::Move(args) => mv::run(args, console).await,
        Command::Verify(args) => verify::run(args, console).await,
        Command::Simulate(args) => simulate::run(args, console).await,
        Command::Repair(args) => repair::run(args, console).await,
        Command::Backup(args) => backup::run(args, console).await,
        Command::Restore(args) => restore::run(args, console).await,
        Command::Completions(args) => completions::run(&args, console),
        Command::TourWriter(args) => crate::tour::run_writer(args, console).await,
    }
}
