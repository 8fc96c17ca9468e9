//! `repair`: do what can be done about damage, and say what is gone.

use std::path::{Path, PathBuf};

use thermocline::{Repair, RepairReport, Repaired};

use super::open;
use crate::failure::{Failure, Outcome};
use crate::output::{Console, Paint, plural};

/// Repair what `verify` finds, and say what is gone
///
/// Damaged copies are dropped and damaged homes written anew, if another copy is intact. Segments
/// without any intact copy are taken out of their table, so that the rest can be read; their files
/// are kept in the directory `damaged` of the store. The exit code is 1 if rows are gone.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Directory of the store
    dir: PathBuf,

    /// Print an object: ok, segments, repairs, rows_lost
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args, console: Console) -> Outcome {
    let report = repair(&args.dir).await?;
    if args.json {
        console.print(&format!("{}\n", serde_json::to_string_pretty(&report)?))?;
    } else {
        console.print(&render(&report, console.paint()))?;
    }
    if report.ok {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{} gone from {}",
        plural(report.rows_lost, "row"),
        args.dir.display()
    ))
    .hint("a backup may have them"))
}

async fn repair(dir: &Path) -> Outcome<RepairReport> {
    let store = open::writer(dir).await?;
    let work = store.repair().await.map_err(Failure::from);
    open::close(store, work).await
}

fn render(report: &RepairReport, paint: Paint) -> String {
    let looked_at = plural(report.segments, "segment");
    if report.repairs.is_empty() {
        return format!("{} nothing to repair in {looked_at}\n", paint.good("ok"));
    }
    let repairs = u64::try_from(report.repairs.len()).unwrap_or(u64::MAX);
    let found = format!("{} in {looked_at}", plural(repairs, "damaged file"));
    let mut text = if report.ok {
        format!("{} {found}, nothing is lost\n", paint.good("repaired"))
    } else {
        let lost = plural(report.rows_lost, "row");
        format!("{} {found}, {lost} lost\n", paint.bad("repaired"))
    };
    for repair in &report.repairs {
        text.push_str(&line(repair));
    }
    text
}

fn line(repair: &Repair) -> String {
    let done = match &repair.done {
        Repaired::CopyDropped => "this copy was dropped; its home is whole".to_owned(),
        Repaired::HomeRebuilt => "written anew from an intact copy".to_owned(),
        Repaired::SetAside {
            rows,
            partition,
            lsns,
            kept,
        } => {
            let partition = match partition.as_str() {
                "" => String::new(),
                path => format!(" of {path}"),
            };
            let kept = match kept {
                Some(path) => format!("; the file is kept as {}", path.display()),
                None => String::new(),
            };
            format!(
                "{}{partition}, from writes {} to {}, gone{kept}",
                plural(*rows, "row"),
                lsns.first,
                lsns.last
            )
        }
        _ => "repaired".to_owned(),
    };
    format!("  {} {}: {done}\n", repair.table, repair.path)
}
