//! `export`: one table, or some of its rows, as a file.

use std::path::PathBuf;

use futures::StreamExt;
use thermocline::{Sql, SqlQuery};
use tokio::time::Instant;

use super::open;
use super::place::{PlaceArgs, Target};
use crate::failure::{Failure, Outcome};
use crate::output::rows::{self, Format};
use crate::output::{Console, plural, seconds};

/// Write the rows of a table to a file, out of a store or out of cold tables alone
///
/// At a URL, and with --as-of, only cold rows are seen. Types are those of SQL.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Directory of the store, or where cold tables are: s3://bucket/prefix, a folder, ..
    from: PathBuf,

    /// The table
    #[arg(long, value_name = "T")]
    table: String,

    /// Only rows for which this SQL condition is true, for example "carrier = 'UA'"
    #[arg(long = "where", value_name = "CONDITION")]
    condition: Option<String>,

    /// The file, which appears when it is complete
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,

    /// How to write the rows [default: what the name of -o says]
    #[arg(long, short)]
    format: Option<Format>,

    #[command(flatten)]
    place: PlaceArgs,
}

pub(crate) async fn run(args: Args, console: Console) -> Outcome {
    let format = args
        .format
        .or_else(|| Format::of_path(&args.output))
        .ok_or_else(|| {
            Failure::usage(format!(
                "cannot tell the format of {} from its name",
                args.output.display()
            ))
            .hint("say it with --format csv, json, parquet, arrow or table")
        })?;
    let name = args.table.replace('"', "\"\"");
    // The condition may end in a comment.
    let condition = args.condition.as_ref();
    let condition = condition.map_or_else(String::new, |c| format!(" WHERE (\n{c}\n)"));
    let query = format!("SELECT * FROM \"{name}\"{condition}");
    match args.place.target(&args.from).await? {
        Target::Store(dir) => {
            let reader = open::reader(&dir).await?;
            write(reader.sql(&query), &args, format, console).await
        }
        Target::Place(place) => {
            let pinned = args.place.pin_one(&place, &args.table).await?;
            write(pinned.sql(&query), &args, format, console).await
        }
    }
}

async fn write(query: SqlQuery<'_>, args: &Args, format: Format, console: Console) -> Outcome {
    let started = Instant::now();
    let mut stream = query.await?;
    let schema = stream.schema();
    let mut sink = rows::sink(format, Some(&args.output), &schema, console, usize::MAX)?;
    let mut count = 0;
    while let Some(batch) = stream.next().await {
        let batch = batch?;
        count += u64::try_from(batch.num_rows()).unwrap_or(u64::MAX);
        sink.write(&batch)?;
    }
    sink.finish()?;
    console.note(&format!(
        "{} in {}",
        plural(count, "row"),
        seconds(started.elapsed())
    ));
    Ok(())
}
