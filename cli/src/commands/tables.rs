//! `tables`: what is in the store.

use std::path::PathBuf;

use serde::Serialize;
use thermocline::{TableSnapshot, Tier};

use super::open;
use crate::failure::Outcome;
use crate::output::{Align, Console, Grid, bytes, count};

/// List the tables, with their rows in each tier
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Directory of the store
    dir: PathBuf,

    /// Print an array of objects
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct TableLine {
    table: String,
    rows: u64,
    segments: usize,
    /// Rows whose fastest copy is there. Rows in no segment yet are hot.
    hot_rows: u64,
    warm_rows: u64,
    cold_rows: u64,
    /// Bytes of the segments' durable copies.
    bytes: u64,
    columns: Vec<Column>,
}

#[derive(Debug, Serialize)]
struct Column {
    name: String,
    #[serde(rename = "type")]
    data_type: String,
    nullable: bool,
}

pub(crate) async fn run(args: Args, console: Console) -> Outcome {
    let snapshot = open::snapshot(&args.dir).await?;
    let lines: Vec<_> = snapshot.tables().map(describe).collect();
    if args.json {
        return Ok(console.print(&format!("{}\n", serde_json::to_string_pretty(&lines)?))?);
    }
    if lines.is_empty() {
        return Ok(console.print("The store has no tables yet; `thermocline ingest` makes one.\n")?);
    }
    let columns = [
        ("table", Align::Left),
        ("rows", Align::Right),
        ("hot", Align::Right),
        ("warm", Align::Right),
        ("cold", Align::Right),
        ("segments", Align::Right),
        ("bytes", Align::Right),
        ("columns", Align::Right),
    ];
    let mut grid = Grid::new(&columns, console.paint());
    for line in lines {
        grid.row([
            line.table,
            count(line.rows),
            count(line.hot_rows),
            count(line.warm_rows),
            count(line.cold_rows),
            line.segments.to_string(),
            bytes(line.bytes),
            line.columns.len().to_string(),
        ]);
    }
    Ok(console.print(&grid.render(""))?)
}

fn describe(table: &TableSnapshot) -> TableLine {
    let segments = table.segments();
    let rows_in = |tier: Tier| {
        segments
            .iter()
            .filter(|s| s.tier == tier)
            .map(|s| s.rows)
            .sum::<u64>()
    };
    let columns = table.schema().fields().iter().map(|field| Column {
        name: field.name().clone(),
        data_type: field.data_type().to_string(),
        nullable: field.is_nullable(),
    });
    TableLine {
        table: table.name().to_owned(),
        rows: table.rows(),
        segments: segments.len(),
        hot_rows: rows_in(Tier::Hot) + table.open_rows(),
        warm_rows: rows_in(Tier::Warm),
        cold_rows: rows_in(Tier::Cold),
        bytes: segments.iter().map(|segment| segment.bytes).sum(),
        columns: columns.collect(),
    }
}
