//! Half a year of a time series, and the reports on it.
//!
//! Every day brings its rows, more on working days. A dashboard shows the last day every three hours. A
//! report of each night compares yesterday with a week before; on Mondays one looks at four weeks, on the
//! first of a month one at the month and the one before. Somebody looks up days of his own choice, mostly
//! recent ones, and once a month everything is exported.

use thermocline_testing::Random;
use thermocline_tiers::{Predicate, TableOptions};

use super::{between, compare, scan, world};
use crate::world::{DAY, HOUR, START, World, minutes};

const DAYS: i64 = 180;
/// Lengths of the months of 2024.
const MONTHS: [i64; 6] = [31, 29, 31, 30, 31, 30];

async fn days(world: &World, from: i64, to: i64) -> usize {
    scan(
        world,
        "series",
        between("at", START + from.max(0) * DAY, START + to * DAY),
    )
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_year_of_reports_is_what_is_checked_in() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), 11).await;
    let options = TableOptions::new(minutes(0, 1).schema())
        .partition_by("day(at)".parse().unwrap())
        .event_time("at");
    let table = world.store.create_table("series", options).await.unwrap();
    world.store.start_trace().await.unwrap();
    let mut random = Random::new(2024);
    let mut firsts = Vec::new();
    let mut first = 0;
    for length in MONTHS {
        firsts.push((first, length));
        first += length;
    }
    for day in 0..DAYS {
        let begins = START + day * DAY;
        for hour in [1, 4, 7, 10, 13, 16, 19, 22] {
            world.set(begins + hour * HOUR);
            days(&world, day - 1, day).await;
        }
        if random.one_in(2) {
            world.set(begins + 15 * HOUR);
            // Most look back a few days, few look back months.
            let back = 1 + (1 << random.below(8)) + random.below(4) as i64;
            let length = 1 + random.below(3) as i64;
            days(&world, day - back, day - back + length).await;
        }
        // The day is over: 2024-01-01 was a Monday.
        world.set(begins + DAY);
        let rows = if day % 7 < 5 { 1_300 } else { 400 };
        let rows = rows + random.below(140) as i64;
        table.append(minutes(begins, rows)).await.unwrap();
        table.seal().await.unwrap();
        world.pass(HOUR / 2);
        assert_eq!(days(&world, day, day + 1).await as i64, rows);
        days(&world, day - 7, day - 6).await;
        if day % 7 == 6 {
            days(&world, day - 27, day + 1).await;
        }
        let ended = firsts
            .iter()
            .position(|(first, length)| first + length == day + 1);
        if let Some(month) = ended {
            let (begin, _) = firsts[month.saturating_sub(1)];
            days(&world, begin, day + 1).await;
            world.pass(HOUR);
            scan(&world, "series", Predicate::True).await;
        }
    }
    compare(&world, "recorded-reports").await;
}
