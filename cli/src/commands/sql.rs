//! `sql`: one query over all tiers.

use std::io::Read;
use std::path::PathBuf;

use futures::StreamExt;
use thermocline::{Sql, SqlQuery};
use tokio::time::Instant;

use super::open;
use super::place::{PlaceArgs, Target};
use crate::failure::{Failure, Outcome};
use crate::output::rows::{self, Flow, Format};
use crate::output::{Console, plural, seconds};

/// Answer a query over all tables and tiers
///
/// Reads the newest durable state, also while another process writes. Queries cannot change the
/// store or reach files. At a URL, and with --as-of, only cold rows are seen, of one version.
///
/// In JSON, integers and decimals have all their digits, NaN and infinities are strings, binary is
/// hexadecimal, and times are ISO 8601 strings.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Directory of the store, or where cold tables are: s3://bucket/prefix, a folder, ..
    dir: PathBuf,

    /// The query; - reads it from standard input
    query: String,

    /// How to print the rows [default: table, or what the name of -o says]
    #[arg(long, short)]
    format: Option<Format>,

    /// Write the rows to a file, which appears when it is complete
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// How many rows a table shows
    #[arg(long, value_name = "N", default_value_t = 1000)]
    max_rows: usize,

    /// Threads to use [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=1024))]
    threads: Option<usize>,

    /// Memory to use at most, for example 2GiB [default: most of the machine's]
    #[arg(long, value_name = "SIZE")]
    memory: Option<crate::values::ByteSize>,

    #[command(flatten)]
    place: PlaceArgs,
}

pub(crate) async fn run(args: Args, console: Console) -> Outcome {
    let named = args.output.as_deref().and_then(Format::of_path);
    let format = args.format.or(named).unwrap_or(Format::Table);
    if format.is_binary() && args.output.is_none() {
        return Err(Failure::usage("this format is not for a terminal").hint("name a file with -o"));
    }
    let query = if args.query == "-" {
        from_stdin()?
    } else {
        args.query.clone()
    };
    match args.place.target(&args.dir).await? {
        Target::Store(dir) => {
            let reader = open::reader(&dir).await?;
            answer(reader.sql(&query), &args, format, console).await?;
            // The policy should know what is read. Where the store can't be written to, it
            // doesn't.
            let _untold = reader.report_accesses().await;
            Ok(())
        }
        Target::Place(place) => {
            let pinned = args.place.pin(&place).await?;
            answer(pinned.sql(&query), &args, format, console).await
        }
    }
}

async fn answer(mut sql: SqlQuery<'_>, args: &Args, format: Format, console: Console) -> Outcome {
    let started = Instant::now();
    if let Some(threads) = args.threads {
        sql = sql.threads(threads);
    }
    if let Some(memory) = args.memory {
        sql = sql.memory_limit(memory.0);
    }
    let mut stream = sql.await?;
    let mut sink = rows::sink(
        format,
        args.output.as_deref(),
        &stream.schema(),
        console,
        args.max_rows,
    )?;
    let mut count = 0;
    while let Some(batch) = stream.next().await {
        let batch = batch?;
        count += u64::try_from(batch.num_rows()).unwrap_or(u64::MAX);
        if sink.write(&batch)? == Flow::Enough {
            break;
        }
    }
    // Stops the query, if not all of it was wanted.
    drop(stream);
    sink.finish()?;
    console.note(&format!(
        "{} in {}",
        plural(count, "row"),
        seconds(started.elapsed())
    ));
    Ok(())
}

fn from_stdin() -> Outcome<String> {
    let mut query = String::new();
    std::io::stdin()
        .read_to_string(&mut query)
        .map_err(|e| Failure::new(format!("cannot read the query from standard input: {e}")))?;
    Ok(query)
}
