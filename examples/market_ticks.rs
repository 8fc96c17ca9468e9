//! A market's ticks, as fast as four feeds can bring them, in three tiers, with SQL over all of it
//! while they come in.
//!
//! `cargo run --release --example market_ticks [millions of ticks]`

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use thermocline::persistence::{PersistenceError, TypedTable};
use thermocline::prelude::*;
use tokio::time::{Instant, sleep};

const SYMBOLS: [&str; 8] = [
    "ACME", "BOLT", "CYAN", "DUNE", "ECHO", "FLUX", "GRIT", "HALO",
];
const FEEDS: usize = 4;
/// Ticks that a feed hands over at once.
const BATCH: usize = 50_000;

#[derive(Debug, Clone, PartialEq, SoA)]
struct Tick {
    #[soa(timestamp(us))]
    traded: i64,
    #[soa(dictionary)]
    symbol: String,
    price: f64,
    size: u32,
}

/// What a symbol did, over all ticks so far.
#[derive(Debug, Clone, PartialEq, SoA)]
struct Candle {
    symbol: String,
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    volume: u64,
}

const CANDLES: &str = "SELECT symbol, arg_min(price, traded) AS open, max(price) AS high, \
     min(price) AS low, arg_max(price, traded) AS close, sum(size) AS volume \
     FROM ticks GROUP BY symbol ORDER BY symbol";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let millions: usize = match std::env::args().nth(1) {
        Some(text) => text.parse()?,
        None => 4,
    };
    let batches = millions * 1_000_000 / BATCH;
    let dir = tempfile::tempdir()?;
    // Small segments, so that a few seconds of ticks already spread over the tiers.
    let store = Store::builder(dir.path().join("market"))
        .create_new()
        .settings(Settings::default().with_seal_rows(250_000))
        .open()
        .await?;

    // 32 MiB in memory, 48 MiB in mapped files, the rest in Parquet. The mover runs by itself.
    let policy = Policy::default()
        .with_hot_budget(Budget::of(32 << 20))
        .with_warm_budget(Budget::of(48 << 20));
    store.set_policy(policy).await?;
    let ticks: TypedTable<TickSoA> = store
        .typed_with("ticks", |options| {
            options.sort_by(["symbol", "traded"]).event_time("traded")
        })
        .await?;

    let started = Instant::now();
    let next = Arc::new(AtomicUsize::new(0));
    let feeds: Vec<_> = (0..FEEDS)
        .map(|_| {
            let (ticks, next) = (ticks.clone(), Arc::clone(&next));
            tokio::spawn(async move {
                loop {
                    let batch = next.fetch_add(1, Ordering::Relaxed);
                    if batch >= batches {
                        return Ok::<_, PersistenceError>(());
                    }
                    // Returns when the ticks are on disk; the feeds share the disk's syncs.
                    ticks.append(&feed(batch)).await?;
                }
            })
        })
        .collect();

    let watcher = tokio::spawn(watch(store.clone(), started));
    for feed in feeds {
        feed.await??;
    }
    let took = started.elapsed().as_secs_f64();
    watcher.abort();

    let rows = ticks.count()?;
    assert_eq!(rows, batches * BATCH);
    println!(
        "\n{} ticks on disk in {took:.2} s: {:.1} million a second, generated, moved and watched",
        grouped(rows as u64),
        rows as f64 / took / 1e6,
    );

    store.step().await?;
    println!("\n  tier  segments        rows   bytes a tick");
    for (tier, stats) in &store.stats().tiers {
        println!(
            "  {:5} {:8} {:>11} {:14.1}",
            tier.to_string(),
            stats.segments,
            grouped(stats.rows),
            stats.bytes as f64 / stats.rows.max(1) as f64,
        );
    }

    println!("\n  symbol     open     high      low    close        volume");
    let candles: CandleSoA = store.sql(CANDLES).rows().await?;
    for candle in &candles {
        println!(
            "  {:6} {:8.2} {:8.2} {:8.2} {:8.2} {:>13}",
            candle.symbol,
            candle.open,
            candle.high,
            candle.low,
            candle.close,
            grouped(candle.volume),
        );
    }
    let volume: u64 = candles.iter().map(|candle| candle.volume).sum();
    assert_eq!(
        volume,
        (0..batches).map(|batch| shares(&feed(batch))).sum::<u64>()
    );
    store.close().await?;
    Ok(())
}

/// Asks again and again while the ticks come in. Every answer is of one moment.
async fn watch(store: Store, started: Instant) -> Result<Infallible, PersistenceError> {
    loop {
        sleep(Duration::from_millis(400)).await;
        let candles: CandleSoA = store.sql(CANDLES).rows().await?;
        let snapshot = store.snapshot();
        let (Some(table), Some(first)) = (snapshot.table("ticks"), candles.iter().next()) else {
            continue;
        };
        let tiers: Vec<_> = table.tiers().iter().map(Tier::to_string).collect();
        println!(
            "  {:5.2} s {:>11} ticks in {:15} {} at {:7.2} (high {:.2}, low {:.2})",
            started.elapsed().as_secs_f64(),
            grouped(table.rows()),
            tiers.join(", "),
            first.symbol,
            first.close,
            first.high,
            first.low,
        );
    }
}

/// Batch number `batch` of the market: each symbol walks about a price of its own.
fn feed(batch: usize) -> TickSoA {
    let mut seed = batch as u64 + 1;
    let mut random = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    // 9 June 2025, 09:30 in New York; a tick every fifty microseconds.
    let first = 1_749_475_800_000_000 + (batch * BATCH) as i64 * 50;
    (0..BATCH)
        .map(|tick| {
            let symbol = (random() % 8) as usize;
            let traded = first + tick as i64 * 50;
            let wave = (traded % 60_000_000) as f64 / 60_000_000.0 * std::f64::consts::TAU;
            let middle = 40.0 * (symbol + 1) as f64;
            let noise = (random() % 1000) as f64 / 1000.0 - 0.5;
            Tick {
                traded,
                symbol: SYMBOLS.get(symbol).copied().unwrap_or("ACME").to_owned(),
                price: ((middle * (1.0 + 0.02 * wave.sin()) + noise) * 100.0).round() / 100.0,
                size: 1 + (random() % 500) as u32,
            }
        })
        .collect()
}

/// The shares that changed hands in a batch.
fn shares(ticks: &TickSoA) -> u64 {
    ticks
        .size_raw_array()
        .iter()
        .map(|size| u64::from(*size))
        .sum()
}

/// A number with commas.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
