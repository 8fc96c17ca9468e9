//! `ls`: the cold tables of a place.

use std::path::PathBuf;

use serde::Serialize;
use thermocline::{Archive, ArchivedPartition, ArchivedTable};

use super::place::{PlaceArgs, tell_versions};
use crate::failure::{Failure, Outcome};
use crate::output::{Align, Console, Grid, bytes, count};

/// List the cold tables at a URL or in a folder, without a store
///
/// Each folder there with a Delta log is a table, whoever wrote it. Reads the log only.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The place: s3://bucket/prefix, a folder, .., or the one table there
    url: PathBuf,

    /// List the partitions of this table
    #[arg(long, value_name = "T")]
    table: Option<String>,

    /// Print an array of objects
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Serialize)]
struct TableLine {
    table: String,
    version: Option<u64>,
    /// `None` when a writer did not say how many it wrote.
    rows: Option<u64>,
    files: usize,
    bytes: u64,
    /// `None` when another program made the table.
    partition_by: Option<String>,
    /// The store that owns it, if one does.
    store: Option<String>,
    columns: Vec<Column>,
    /// Why it cannot be read.
    problem: Option<String>,
}

#[derive(Debug, Serialize)]
struct Column {
    name: String,
    #[serde(rename = "type")]
    data_type: String,
    nullable: bool,
}

pub(crate) async fn run(args: Args, console: Console) -> Outcome {
    let url = args
        .url
        .to_str()
        .ok_or_else(|| Failure::usage("the place has a name that is no text"))?;
    let place = args.place.open(url).await?;
    match &args.table {
        Some(table) => partitions(&args, &place, table, console).await,
        None => tables(&args, &place, console).await,
    }
}

async fn tables(args: &Args, place: &Archive, console: Console) -> Outcome {
    let found = place.tables(args.place.at()).await?;
    let lines: Vec<_> = found
        .into_iter()
        .map(|(name, table)| match table {
            Ok(table) => describe(&table),
            Err(error) => TableLine {
                table: name,
                version: None,
                rows: None,
                files: 0,
                bytes: 0,
                partition_by: None,
                store: None,
                columns: Vec::new(),
                problem: Some(error.to_string()),
            },
        })
        .collect();
    if args.json {
        return Ok(console.print(&format!("{}\n", serde_json::to_string_pretty(&lines)?))?);
    }
    if lines.is_empty() {
        let text = format!(
            "There are no tables in {}; `thermocline archive` makes one.\n",
            place.place()
        );
        return Ok(console.print(&text)?);
    }
    let columns = [
        ("table", Align::Left),
        ("version", Align::Right),
        ("rows", Align::Right),
        ("files", Align::Right),
        ("bytes", Align::Right),
        ("columns", Align::Right),
        ("partitions", Align::Left),
    ];
    let mut grid = Grid::new(&columns, console.paint());
    let mut problems = String::new();
    for line in lines {
        if let Some(problem) = line.problem {
            problems.push_str(&format!("{}: {problem}\n", line.table));
            continue;
        }
        grid.row([
            line.table,
            line.version.map_or_else(String::new, |v| v.to_string()),
            rows(line.rows),
            line.files.to_string(),
            bytes(line.bytes),
            line.columns.len().to_string(),
            match line.partition_by.as_deref() {
                None => "as in the log".to_owned(),
                Some("") => "-".to_owned(),
                Some(by) => by.to_owned(),
            },
        ]);
    }
    Ok(console.print(&format!("{}{problems}", grid.render("")))?)
}

fn describe(table: &ArchivedTable) -> TableLine {
    let columns = table.schema().fields().iter().map(|field| Column {
        name: field.name().clone(),
        data_type: field.data_type().to_string(),
        nullable: field.is_nullable(),
    });
    TableLine {
        table: table.name().to_owned(),
        version: Some(table.version()),
        rows: table.rows(),
        files: table.files(),
        bytes: table.bytes(),
        partition_by: table.partition_by().map(ToString::to_string),
        store: table.owner().map(str::to_owned),
        columns: columns.collect(),
        problem: None,
    }
}

async fn partitions(args: &Args, place: &Archive, table: &str, console: Console) -> Outcome {
    let table = place.table(table, args.place.at()).await?;
    let partitions: Vec<ArchivedPartition> = table.partitions()?;
    if args.json {
        return Ok(console.print(&format!("{}\n", serde_json::to_string_pretty(&partitions)?))?);
    }
    tell_versions(place, std::slice::from_ref(&table));
    let columns = [
        ("partition", Align::Left),
        ("rows", Align::Right),
        ("files", Align::Right),
        ("bytes", Align::Right),
    ];
    let mut grid = Grid::new(&columns, console.paint());
    for partition in partitions {
        grid.row([
            partition.partition,
            rows(partition.rows),
            partition.files.to_string(),
            bytes(partition.bytes),
        ]);
    }
    Ok(console.print(&grid.render(""))?)
}

fn rows(rows: Option<u64>) -> String {
    rows.map_or_else(|| "?".to_owned(), count)
}
