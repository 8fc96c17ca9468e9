//! A year of flights straight into a bucket, and asked there: no store, one Delta Lake table.
//!
//! `cargo run --release --features s3 --example archive_s3 s3://bucket/prefix`
//!
//! Credentials and endpoint come from the environment (`AWS_ACCESS_KEY_ID`,
//! `AWS_SECRET_ACCESS_KEY`, `AWS_ENDPOINT_URL`, ..). `scripts/s3_server start DIR` starts a server
//! for trying, and prints them. Without an argument the place is `$THERMOCLINE_TEST_S3/archive_s3`.

#![expect(clippy::disallowed_methods, reason = "a program reads its own files")]

use std::fs::File;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use thermocline::arrow::util::pretty::pretty_format_batches;
use thermocline::prelude::*;
use thermocline::{Archive, ArchiveOptions, At};

const FLIGHTS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/examples/data/nycflights13/flights.parquet"
);

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let place = match std::env::args().nth(1) {
        Some(place) => place,
        None => std::env::var("THERMOCLINE_TEST_S3").map(|bucket| bucket + "/archive_s3")?,
    };
    let archive = Archive::builder(&place).create_if_missing().open().await?;

    let flights = ParquetRecordBatchReaderBuilder::try_new(File::open(FLIGHTS)?)?;
    let options = ArchiveOptions::new(flights.schema().clone())
        .partition_by("month(time_hour)".parse()?)
        .sort_by(["carrier", "time_hour"]);
    // The rows of a job are archived once, however often it is run or interrupted.
    let mut job = archive.append("flights", "flights-2013", options).await?;
    let mut behind = usize::try_from(job.rows_before())?;
    for batch in flights.build()? {
        let batch = batch?;
        let known = behind.min(batch.num_rows());
        behind -= known;
        job.append(batch.slice(known, batch.num_rows() - known))
            .await?;
    }
    let report = job.finish().await?;
    println!(
        "archived {} rows in {} files of {} bytes; {} were there",
        report.rows, report.files, report.bytes, report.rows_before
    );

    // One version of the table, as every other engine sees it too.
    let pinned = archive.snapshot(At::Newest).await?;
    let carriers = pinned
        .sql(
            "SELECT carrier, count(*) AS flights FROM flights GROUP BY ALL ORDER BY 2 DESC LIMIT 3",
        )
        .collect()
        .await?;
    println!("{}", pretty_format_batches(&carriers)?);

    let flights = archive.table("flights", At::Newest).await?;
    for month in flights.partitions()? {
        println!("{:28} {:7} rows", month.partition, month.rows.unwrap_or(0));
    }
    assert_eq!(flights.rows(), Some(336_776), "every flight, once");
    Ok(())
}
