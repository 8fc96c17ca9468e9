//! `restore`: make a store of a backup.

use std::path::{Path, PathBuf};

use thermocline::{BackupReport, Store};

use crate::failure::Outcome;
use crate::output::{Console, bytes, plural};

/// Make a store out of a backup, and verify it
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Directory of the backup
    from: PathBuf,

    /// Directory of the new store; it must not exist, or be empty
    dir: PathBuf,
}

pub(crate) async fn run(args: Args, console: Console) -> Outcome {
    let report = Store::restore(&args.from, &args.dir).await?;
    print("Restored", &report, &args.dir, console)
}

/// Says what was copied; for `backup` too.
pub(super) fn print(done: &str, report: &BackupReport, to: &Path, console: Console) -> Outcome {
    let text = format!(
        "{done} {} of {} in {} ({}) to {}\n",
        plural(report.rows, "row"),
        plural(report.tables, "table"),
        plural(report.files, "file"),
        bytes(report.bytes),
        to.display()
    );
    Ok(console.print(&text)?)
}
