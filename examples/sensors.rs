//! Four months of twelve sensors, under rules by age: a week in memory, a month in mapped files, a
//! quarter in Parquet, and then forgotten. The clock is the example's own, so that it takes seconds.
//!
//! `cargo run --release --example sensors`

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use thermocline::persistence::TypedTable;
use thermocline::prelude::*;
use thermocline::{AgeRule, Clock, Env, SystemClock, TableRules, Timestamp};

const SENSORS: u16 = 12;
const DAYS: i64 = 120;
const MINUTE: i64 = 60_000_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// 2025-03-01T00:00:00Z, in microseconds.
const START: i64 = 1_740_787_200_000_000;

#[derive(Debug, Clone, PartialEq, SoA)]
struct Reading {
    #[soa(timestamp(us))]
    taken: i64,
    sensor: u16,
    /// Sensor 7 fails now and then.
    celsius: Option<f64>,
}

/// A sensor's last week beside all that is still known of it.
#[derive(Debug, Clone, PartialEq, SoA)]
struct Summary {
    sensor: u16,
    readings: u32,
    failed: u32,
    last_week: f64,
    all: f64,
}

/// Wall-clock time that goes when it is told to.
#[derive(Debug)]
struct Calendar {
    now: AtomicI64,
    real: SystemClock,
}

impl Clock for Calendar {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::Relaxed))
    }

    fn elapsed(&self) -> Duration {
        self.real.elapsed()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir()?;
    let calendar = Arc::new(Calendar {
        now: AtomicI64::new(START),
        real: SystemClock::new(),
    });
    let mut env = Env::real();
    env.clock = Arc::clone(&calendar) as _;
    // Steps are made by hand, one a day.
    let store = Store::builder(dir.path().join("sensors"))
        .create_new()
        .background(false)
        .env(env)
        .open()
        .await?;

    let day = Duration::from_secs(86_400);
    let rules = TableRules::default()
        .with_hot_to_warm(AgeRule::event_time(7 * day))
        .with_warm_to_cold(AgeRule::event_time(30 * day))
        .with_retention(AgeRule::event_time(90 * day));
    let readings: TypedTable<ReadingSoA> = store
        .typed_with("readings", |options| {
            options
                .partition_by("day(taken)".parse().unwrap_or_default())
                .sort_by(["sensor", "taken"])
                .event_time("taken")
                .rules(rules)
        })
        .await?;

    println!("Every letter is a day: h in memory, w in a mapped file, c in Parquet, · forgotten\n");
    for number in 0..DAYS {
        readings.append(&day_of_readings(number)).await?;
        readings.table().seal().await?;
        calendar
            .now
            .store(START + (number + 1) * DAY, Ordering::Relaxed);
        if number == 45 {
            // The plan says what is about to happen, and why, before it does.
            for planned in &store.plan().moves {
                println!("           {planned}");
            }
        }
        store.step().await?;
        if (number + 1) % 15 == 0 {
            println!("  day {:3}  {}", number + 1, line(&readings, number + 1)?);
        }
    }

    println!();
    for (tier, stats) in &store.stats().tiers {
        println!(
            "  {:5} {:3} days {:7} readings {:6.1} B each",
            tier.to_string(),
            stats.segments,
            stats.rows,
            stats.bytes as f64 / stats.rows.max(1) as f64,
        );
    }

    // Conditions on columns go down to files, blocks and pages, in every tier.
    let hot = Predicate::gt("celsius", 31.0).and(Predicate::ne("sensor", 7));
    let found = readings.scan(&hot).await?;
    println!("\n  {} readings above 31 °C", found.len());

    let now = START + DAYS * DAY;
    let summary: SummarySoA = store
        .sql(
            "SELECT sensor, count(*) AS readings, count(*) - count(celsius) AS failed, \
               avg(celsius) FILTER (WHERE taken >= make_timestamp($1)) AS last_week, \
               avg(celsius) AS all \
             FROM readings GROUP BY sensor ORDER BY sensor",
        )
        .bind(now - 7 * DAY)
        .rows()
        .await?;
    println!("\n  sensor  readings  failed  last week  all");
    for row in &summary {
        println!(
            "  {:6} {:9} {:7} {:7.1} °C {:4.1} °C",
            row.sensor, row.readings, row.failed, row.last_week, row.all
        );
    }
    // Ninety days are kept, whole days at a time.
    let oldest = readings.load().await?.iter().map(|row| row.taken).min();
    assert_eq!(oldest, Some(now - 90 * DAY));
    store.close().await?;
    Ok(())
}

/// Where each day is.
fn line(
    readings: &TypedTable<ReadingSoA>,
    days: i64,
) -> Result<String, Box<dyn std::error::Error>> {
    let segments = readings.table().segments()?;
    let forgotten = usize::try_from(days)?.saturating_sub(segments.len());
    let mut places: Vec<_> = segments
        .iter()
        .map(|segment| {
            let letter = match segment.tier {
                Tier::Hot => 'h',
                Tier::Warm => 'w',
                Tier::Cold => 'c',
            };
            (segment.partition.to_string(), letter)
        })
        .collect();
    places.sort();
    Ok(std::iter::repeat_n('·', forgotten)
        .chain(places.into_iter().map(|(_, letter)| letter))
        .collect())
}

/// A reading of every sensor every ten minutes of a day.
fn day_of_readings(day: i64) -> ReadingSoA {
    let mut readings = ReadingSoA::with_capacity(144 * usize::from(SENSORS));
    for slot in 0..144 {
        let taken = START + day * DAY + slot * 10 * MINUTE;
        for sensor in 0..SENSORS {
            let season = 12.0 - 8.0 * ((day + 60) as f64 / 365.0 * std::f64::consts::TAU).cos();
            let hour = (slot as f64 / 144.0 - 0.625) * std::f64::consts::TAU;
            let celsius = season + 5.0 * hour.cos() + f64::from(sensor);
            let fails = sensor == 7 && (slot + day) % 11 == 0;
            readings.push(Reading {
                taken,
                sensor,
                celsius: (!fails).then_some((celsius * 10.0).round() / 10.0),
            });
        }
    }
    readings
}
