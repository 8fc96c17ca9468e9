//! `segments`: every segment and where it is.

use std::path::PathBuf;

use thermocline::{SegmentInfo, Snapshot, TableSnapshot};

use super::open;
use crate::failure::{Failure, Outcome};
use crate::output::{Align, Console, Grid, bytes, count, plural};

/// List the segments: tier, home, copies, partition, size
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Directory of the store
    dir: PathBuf,

    /// Only those of one table
    #[arg(long, value_name = "T")]
    table: Option<String>,

    /// Print an array of objects
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args, console: Console) -> Outcome {
    let snapshot = open::snapshot(&args.dir).await?;
    let tables = chosen(&snapshot, args.table.as_deref())?;
    let mut segments: Vec<SegmentInfo> = tables.iter().flat_map(|table| table.segments()).collect();
    segments.sort_by(|a, b| {
        (&a.table, &a.partition, a.segment).cmp(&(&b.table, &b.partition, b.segment))
    });
    if args.json {
        return Ok(console.print(&format!("{}\n", serde_json::to_string_pretty(&segments)?))?);
    }
    let mut text = render(&segments, console);
    for table in tables.iter().filter(|table| table.open_rows() > 0) {
        text.push_str(&format!(
            "{}: {} in the log, in no segment yet\n",
            table.name(),
            plural(table.open_rows(), "row")
        ));
    }
    Ok(console.print(&text)?)
}

fn chosen<'a>(snapshot: &'a Snapshot, name: Option<&str>) -> Outcome<Vec<&'a TableSnapshot>> {
    let Some(name) = name else {
        return Ok(snapshot.tables().collect());
    };
    match snapshot.table(name) {
        Some(table) => Ok(vec![table]),
        None => {
            let names: Vec<_> = snapshot.tables().map(TableSnapshot::name).collect();
            Err(Failure::new(format!("there is no table `{name}`"))
                .hint(format!("the store has: {}", names.join(", "))))
        }
    }
}

fn render(segments: &[SegmentInfo], console: Console) -> String {
    if segments.is_empty() {
        return String::new();
    }
    let columns = [
        ("table", Align::Left),
        ("partition", Align::Left),
        ("tier", Align::Left),
        ("home", Align::Left),
        ("copies", Align::Left),
        ("rows", Align::Right),
        ("bytes", Align::Right),
        ("segment", Align::Left),
    ];
    let mut grid = Grid::new(&columns, console.paint());
    for segment in segments {
        let copies: Vec<_> = segment.copies.iter().map(ToString::to_string).collect();
        grid.row([
            segment.table.clone(),
            if segment.partition.is_empty() {
                "-".to_owned()
            } else {
                segment.partition.clone()
            },
            segment.tier.to_string(),
            segment.home.to_string(),
            if copies.is_empty() {
                "-".to_owned()
            } else {
                copies.join(",")
            },
            count(segment.rows),
            bytes(segment.bytes),
            segment.segment.to_string(),
        ]);
    }
    grid.render("")
}
