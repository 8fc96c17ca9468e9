//! One sensor's year in a new store: append, let the policy place it, ask, look.
//!
//! `cargo run --release --example quickstart`

use std::sync::Arc;

use thermocline::arrow::array::{ArrayRef, Float64Array, RecordBatch, TimestampMicrosecondArray};
use thermocline::arrow::util::pretty::pretty_format_batches;
use thermocline::prelude::*;

const HOUR: i64 = 3_600_000_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir()?;
    let store = Store::create(dir.path().join("sensors")).await?;

    // Memory may hold 32 KiB and warm files 64 KiB; everything older becomes Parquet.
    let policy = Policy::default()
        .with_hot_budget(Budget::of(32 << 10))
        .with_warm_budget(Budget::of(64 << 10));
    store.set_policy(policy).await?;

    // A table's rows are grouped by month, and know which column says when they happened.
    let options = TableOptions::new(month(0)?.schema())
        .partition_by("month(taken)".parse()?)
        .event_time("taken");
    let readings = store.create_table("readings", options).await?;
    for m in 0..12 {
        // Returns when the rows are on disk; `append_with(.., Durability::Memory)` does not wait.
        readings.append(month(m)?).await?;
    }

    // The background mover would get to it within a moment; `step` does one round now.
    store.step().await?;
    for segment in readings.segments()? {
        println!(
            "{:24} {:5} {:4} rows",
            segment.partition,
            segment.tier.to_string(),
            segment.rows
        );
    }

    // One query over memory, mapped files and Parquet, as of one moment.
    let warmest = store
        .sql(
            "SELECT monthname(taken) AS month, round(avg(celsius), 1) AS mean FROM readings \
              WHERE celsius > ? GROUP BY month ORDER BY mean DESC LIMIT 3",
        )
        .bind(10.0)
        .collect()
        .await?;
    println!("{}", pretty_format_batches(&warmest)?);

    // Bring January back: its home stays cold, a warm copy makes it fast.
    let january = Selection::Partition("taken_month=2025-01".to_owned());
    let report = readings.move_to(&january, Tier::Warm).await?;
    println!("moved {} rows", report.rows());

    store.close().await?;
    Ok(())
}

/// Thirty days of hourly readings, from 1 January 2025 on.
fn month(n: i64) -> Result<RecordBatch, Box<dyn std::error::Error>> {
    let first = 1_735_689_600_000_000 + n * 30 * 24 * HOUR;
    let taken: Vec<i64> = (0..30 * 24).map(|hour| first + hour * HOUR).collect();
    let year = std::f64::consts::TAU / 12.0;
    let celsius = taken.iter().enumerate().map(|(hour, _)| {
        12.0 - 10.0 * (n as f64 * year).cos()
            + 4.0 * (hour as f64 / 24.0 * std::f64::consts::TAU).sin()
    });
    let columns: [(&str, ArrayRef); 2] = [
        (
            "taken",
            Arc::new(TimestampMicrosecondArray::from(taken.clone())),
        ),
        ("celsius", Arc::new(Float64Array::from_iter_values(celsius))),
    ];
    Ok(RecordBatch::try_from_iter(columns)?)
}
