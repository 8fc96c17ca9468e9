//! `completions`: scripts for shells.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::failure::Outcome;
use crate::output::Console;

/// Print a completion script for a shell
///
/// For example `thermocline completions bash > ~/.local/share/bash-completion/completions/thermocline`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(args: &Args, console: Console) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(
        args.shell,
        &mut crate::args::Cli::command(),
        "thermocline",
        &mut script,
    );
    Ok(console.print(&String::from_utf8_lossy(&script))?)
}
