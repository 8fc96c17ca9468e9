//! `restore`: make a store of a backup, or of cold tables.

mod cold;

use std::path::{Path, PathBuf};

use thermocline::{BackupReport, Store};

use super::place::{PlaceArgs, Target};
use crate::failure::Outcome;
use crate::output::{Console, bytes, plural};

/// Make a store out of a backup, and verify it; or out of cold tables alone
///
/// Out of cold tables, the store gets their rows as they are in one version, and nothing of what
/// a store had in its faster tiers.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Directory of the backup, or where cold tables are: s3://bucket/prefix, a folder, ..
    from: PathBuf,

    /// Directory of the new store; it must not exist, or be empty
    dir: PathBuf,

    #[command(flatten)]
    place: PlaceArgs,
}

pub(crate) async fn run(args: Args, console: Console) -> Outcome {
    if let Target::Place(place) = args.place.target(&args.from).await? {
        return cold::restore(&args, &place, console).await;
    }
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
