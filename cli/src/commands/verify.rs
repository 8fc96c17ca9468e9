//! `verify`: read every byte back.

use std::path::{Path, PathBuf};

use serde::Serialize;
use thermocline::{ErrorKind, Problem, VerifyReport};

use super::open;
use crate::failure::{Failure, Outcome};
use crate::output::{Console, Paint, plural};

/// Read every byte of every segment and compare it with what was written
///
/// Also works beside a running writer. The exit code is 1 if there is damage.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Directory of the store
    dir: PathBuf,

    /// Print an object: ok, tables, segments, rows, problems
    #[arg(long)]
    json: bool,
}

/// What is printed when the store cannot even be opened: the same shape as a report.
#[derive(Debug, Serialize)]
struct Unreadable {
    ok: bool,
    tables: u64,
    segments: u64,
    rows: u64,
    files: u64,
    problems: [What; 1],
}

#[derive(Debug, Serialize)]
struct What {
    what: String,
}

pub(crate) async fn run(args: Args, console: Console) -> Outcome {
    let report = match verify(&args.dir).await {
        Ok(report) => report,
        Err(error) => {
            if args.json && matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::NewerVersion) {
                let problems = [What {
                    what: error.to_string(),
                }];
                let report = Unreadable {
                    ok: false,
                    tables: 0,
                    segments: 0,
                    rows: 0,
                    files: 0,
                    problems,
                };
                console.print(&format!("{}\n", serde_json::to_string_pretty(&report)?))?;
            }
            return Err(error.into());
        }
    };
    if args.json {
        console.print(&format!("{}\n", serde_json::to_string_pretty(&report)?))?;
    } else {
        console.print(&render(&report, console.paint()))?;
    }
    if report.ok {
        return Ok(());
    }
    let problems = report.problems.len() + report.cold_problems.len();
    let problems = u64::try_from(problems).unwrap_or(u64::MAX);
    Err(Failure::new(format!(
        "{} found in {}",
        plural(problems, "problem"),
        args.dir.display()
    ))
    .hint("restore the damaged files from a backup, or `repair` the store"))
}

async fn verify(dir: &Path) -> thermocline::Result<VerifyReport> {
    open::reader(dir).await?.verify().await
}

fn render(report: &VerifyReport, paint: Paint) -> String {
    let looked_at = format!(
        "{} in {} of {}, {} read back",
        plural(report.rows, "row"),
        plural(report.segments, "segment"),
        plural(report.tables, "table"),
        plural(report.files, "file"),
    );
    if report.ok {
        return format!("{} {looked_at}\n", paint.good("ok"));
    }
    let mut text = format!("{} {looked_at}\n", paint.bad("damaged"));
    for problem in &report.problems {
        text.push_str(&line(problem));
    }
    for problem in &report.cold_problems {
        text.push_str(&format!("  {}: {}\n", problem.table, problem.what));
    }
    text
}

fn line(problem: &Problem) -> String {
    let other = if problem.other_copy_is_good {
        " (another copy of it is intact)"
    } else {
        ""
    };
    format!(
        "  {} {}: {}{other}\n",
        problem.table, problem.path, problem.what
    )
}
