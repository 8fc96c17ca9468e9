//! `archive`: files straight into a cold table.

mod feed;
mod job;

use std::num::NonZero;
use std::path::PathBuf;
use std::thread::available_parallelism;

use arrow::datatypes::SchemaRef;
use serde::Serialize;
use thermocline::{
    Archive, ArchiveOptions, ArchiveReport, Archiver, At, ErrorKind, ParquetOptions, PartitionBy,
};
use tokio::time::Instant;

use super::cold::ColdOption;
use super::ingest::load::open_source;
use crate::failure::{Failure, Outcome};
use crate::input::{InputFormat, ReadOptions, Source};
use crate::output::{Console, bytes, count, plural, seconds};
use crate::values::ByteSize;
use feed::Feed;

/// Memory for rows, where none is named.
const MEMORY: ByteSize = ByteSize(512 << 20);

/// Less leaves nothing for a chunk.
const LEAST_MEMORY: u64 = 4 << 20;

/// A chunk is held, put together, sorted and encoded, each in memory of its own.
const COPIES: u64 = 4;

/// Meanwhile rows of the next one are read, up to one part of a chunk in so many.
const AHEAD: u64 = 4;

/// Put files straight into a cold table, without a store: CSV, Parquet, Arrow IPC, JSON lines
///
/// The table is a Delta Lake table of Parquet files, made when it is missing. Files of any size
/// go through bounded memory, in chunks that are committed one by one. Interrupting is safe: the
/// same command goes on where the table stands, and archives nothing twice.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where to: s3://bucket/prefix, a folder, .. Credentials come from the environment, such as
    /// AWS_ACCESS_KEY_ID
    #[arg(long, value_name = "URL")]
    to: String,

    /// The table, a folder there
    #[arg(long, value_name = "T")]
    table: String,

    /// Group rows, for example "month(time_hour), carrier" (new tables): a column, or year, month,
    /// day, hour, bucket(n, ..) or truncate(w, ..) of one
    #[arg(long, value_name = "EXPR")]
    partition_by: Option<PartitionBy>,

    /// Sort the rows of each file by these columns
    #[arg(long, value_name = "C,..", value_delimiter = ',')]
    sort_by: Vec<String>,

    /// What files are to be
    #[arg(long, value_enum, default_value_t = Profile::Fast)]
    profile: Profile,

    /// The name of the job, whose rows are archived once [default: made of the files' places, sizes
    /// and times of change]
    #[arg(long, value_name = "NAME")]
    job: Option<String>,

    /// Memory for rows, for example 2GiB; more makes larger files
    #[arg(long, value_name = "SIZE", default_value_t = MEMORY)]
    memory: ByteSize,

    /// An option of the object store, such as endpoint, region or allow_http
    #[arg(long = "option", value_name = "KEY=VALUE")]
    options: Vec<ColdOption>,

    /// The files' format, where their names don't tell
    #[arg(long, value_name = "FORMAT")]
    input_format: Option<InputFormat>,

    /// CSV: what means null, beside an empty field, for example NA
    #[arg(long, value_name = "TEXT")]
    null: Option<String>,

    /// CSV and JSON: rows that choose the columns' types of a new table; 0 looks at all rows, and
    /// holds them in memory meanwhile
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    sample_rows: usize,

    /// Print the result as an object
    #[arg(long)]
    json: bool,

    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// What files are to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Profile {
    /// Written fast
    Fast,
    /// As small as can be, for more time
    Small,
}

impl Profile {
    fn files(self) -> ParquetOptions {
        let files = match self {
            Self::Fast => ParquetOptions::fast(),
            Self::Small => ParquetOptions::small(),
        };
        files.with_threads(available_parallelism().map_or(1, NonZero::get))
    }
}

/// What of the memory is for what.
#[derive(Debug, Clone, Copy)]
struct Shares {
    chunk: u64,
    ahead: u64,
}

impl Shares {
    /// All of it: the copies of a chunk, and what is read ahead beside them.
    fn of(memory: ByteSize) -> Self {
        let ahead = memory.0 / (COPIES * AHEAD + 1);
        Self {
            chunk: ahead * AHEAD,
            ahead,
        }
    }
}

#[derive(Debug, Serialize)]
struct Done<'a> {
    table: &'a str,
    to: &'a str,
    job: &'a str,
    #[serde(flatten)]
    report: &'a ArchiveReport,
    seconds: f64,
}

pub(crate) async fn run(args: Args, console: Console) -> Outcome {
    if args.memory.0 < LEAST_MEMORY {
        return Err(Failure::usage(format!(
            "--memory is too little for anything; give at least {}",
            bytes(LEAST_MEMORY)
        )));
    }
    let started = Instant::now();
    let options = ReadOptions {
        format: args.input_format.map(Into::into),
        null: args.null.clone(),
        sample_rows: args.sample_rows,
        ..ReadOptions::default()
    };
    let job = match &args.job {
        Some(job) => job.clone(),
        None => job::name(&args.table, &args.files)?,
    };
    let (mut archiver, first) = begin(&args, &job, &options).await?;
    let done = archiver.is_done();
    let report = if done {
        archiver.report().clone()
    } else {
        if archiver.rows_before() > 0 {
            console.note(&format!(
                "{} archived before; going on behind them",
                plural(archiver.rows_before(), "row")
            ));
        }
        let outcome = feed(&args, &options, first, &mut archiver, console).await;
        let in_it = archiver.rows_before() + archiver.report().rows;
        outcome.map_err(|failure| {
            failure.also(format!(
                "{} archived; the same command goes on behind them",
                plural(in_it, "row")
            ))
        })?;
        archiver.finish().await?
    };
    let took = started.elapsed();
    if args.json {
        let result = Done {
            table: &args.table,
            to: &args.to,
            job: &job,
            report: &report,
            seconds: took.as_secs_f64(),
        };
        return Ok(console.print(&format!("{}\n", serde_json::to_string_pretty(&result)?))?);
    }
    Ok(console.print(&told(&args, &report, done, took))?)
}

fn told(args: &Args, report: &ArchiveReport, done: bool, took: std::time::Duration) -> String {
    if done && let Some(job) = &args.job {
        return format!(
            "{}: the job {job} is complete, with {}, and none of these files was read; if they are \
             others than it had, give --job another name\n",
            args.table,
            plural(report.rows_before, "row")
        );
    }
    if done {
        return format!(
            "{}: these files are archived already, with {}; to archive them again, give --job \
             another name\n",
            args.table,
            plural(report.rows_before, "row")
        );
    }
    let before = match report.rows_before {
        0 => String::new(),
        rows => format!(", behind {} of earlier runs", count(rows)),
    };
    format!(
        "{}: {} in {} of {} in {} ({} rows/s){before}\nThe table in {} is at version {} now\n",
        args.table,
        plural(report.rows, "row"),
        plural(u64::try_from(report.files).unwrap_or(u64::MAX), "file"),
        bytes(report.bytes),
        seconds(took),
        count(crate::output::rate(report.rows, took)),
        args.to,
        report.version
    )
}

/// The table, and the first file already open: nothing is made for a file that cannot be read.
async fn begin(args: &Args, job: &str, options: &ReadOptions) -> Outcome<(Archiver, Source)> {
    let builder = args.options.iter().fold(
        Archive::builder(&args.to).create_if_missing(),
        |builder, option| builder.option(&option.key, &option.value),
    );
    let first = args
        .files
        .first()
        .ok_or_else(|| Failure::usage("name a file"))?;
    // Before the place is asked, or made.
    crate::files::open(first)?;
    let archive = builder.open().await?;
    let schema: Option<SchemaRef> = match archive.table(&args.table, At::Newest).await {
        Ok(table) => Some(SchemaRef::clone(table.schema())),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    let source = open_source(first, schema, options).await?;
    let mut wanted = ArchiveOptions::new(SchemaRef::clone(source.schema()))
        .sort_by(args.sort_by.iter().cloned())
        .files(args.profile.files())
        .chunk_bytes(Shares::of(args.memory).chunk);
    if let Some(by) = &args.partition_by {
        wanted = wanted.partition_by(by.clone());
    }
    let archiver = archive.append(&args.table, job, wanted).await?;
    Ok((archiver, source))
}

async fn feed(
    args: &Args,
    options: &ReadOptions,
    first: Source,
    archiver: &mut Archiver,
    console: Console,
) -> Outcome {
    let ahead = Shares::of(args.memory).ahead;
    let mut feed = Feed::new(archiver.rows_before(), ahead, console);
    let mut first = Some(first);
    for file in &args.files {
        let source = match first.take() {
            Some(source) => source,
            None => {
                let schema = SchemaRef::clone(archiver.schema());
                open_source(file, Some(schema), options).await?
            }
        };
        feed.file(file, source, archiver).await?;
    }
    if feed.skip > 0 {
        return Err(Failure::new(format!(
            "the job has {} in the table that are not in these files",
            plural(feed.skip, "row")
        ))
        .hint("go on with the files that it began with, or give --job another name"));
    }
    Ok(())
}
