//! The queries of TPC-H over a store, by what they read of the two large tables.
//!
//! Dates are drawn as the specification says (TPC-H 3.0.1, clause 2.4, "Substitution Parameters"), and the
//! queries of a round are in random order, as in its throughput test. A predicate on dates prunes months;
//! what the specification joins by key is read whole.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use thermocline_testing::Random;
use thermocline_tiers::{Predicate, TableOptions};
use tpchgen::generators::{LineItemGenerator, OrderGenerator};
use tpchgen_arrow::{LineItemArrow, OrderArrow};

use super::{between, compare, scan, world};
use crate::world::{HOUR, World};

const SCALE: f64 = 0.01;
const ROUNDS: usize = 12;

/// Days from 1970-01-01 to the first of a month, by Howard Hinnant, "chrono-compatible low-level date
/// algorithms". Months may run past 12.
fn month(year: i64, month: i64) -> i64 {
    let (year, month) = (year + (month - 1) / 12, (month - 1) % 12 + 1);
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The rows of a table, of these columns.
fn whole(batches: impl Iterator<Item = RecordBatch>, columns: &[&str]) -> RecordBatch {
    let batches: Vec<_> = batches
        .map(|batch| {
            let at = columns
                .iter()
                .map(|name| batch.schema().index_of(name).unwrap());
            batch.project(&at.collect::<Vec<_>>()).unwrap()
        })
        .collect();
    let schema: SchemaRef = Arc::clone(&batches[0].schema());
    concat_batches(&schema, &batches).unwrap()
}

async fn load(world: &World, name: &str, rows: RecordBatch, date: &str) {
    let options = TableOptions::new(rows.schema())
        .partition_by(format!("month({date})").parse().unwrap())
        .sort_by([date]);
    let table = world.store.create_table(name, options).await.unwrap();
    table.append(rows).await.unwrap();
    table.seal().await.unwrap();
}

/// What one query reads: of `lineitem`, and of `orders`.
fn reads(query: usize, random: &mut Random) -> (Option<Predicate>, Option<Predicate>) {
    let mut below = |n: usize| i64::try_from(random.below(n)).unwrap();
    let all = || Some(Predicate::True);
    let ship = |from, to| Some(between("l_shipdate", from, to));
    let ordered = |from, to| Some(between("o_orderdate", from, to));
    match query {
        1 => {
            let last = month(1998, 12) - 60 - below(61);
            (Some(Predicate::lt("l_shipdate", last + 1)), None)
        }
        3 => {
            let day = month(1995, 3) + below(31);
            let late = Predicate::gt("l_shipdate", day);
            (Some(late), Some(Predicate::lt("o_orderdate", day)))
        }
        4 => {
            let first = 1 + below(58);
            (all(), ordered(month(1993, first), month(1993, first + 3)))
        }
        5 => {
            let year = 1993 + below(5);
            (all(), ordered(month(year, 1), month(year + 1, 1)))
        }
        6 | 20 => {
            let year = 1993 + below(5);
            (ship(month(year, 1), month(year + 1, 1)), None)
        }
        7 => (ship(month(1995, 1), month(1997, 1)), all()),
        8 => (all(), ordered(month(1995, 1), month(1997, 1))),
        10 => {
            let first = 2 + below(24);
            (all(), ordered(month(1993, first), month(1993, first + 3)))
        }
        12 => {
            let year = 1993 + below(5);
            let received = between("l_receiptdate", month(year, 1), month(year + 1, 1));
            (Some(received), all())
        }
        14 => {
            let first = 1 + below(60);
            (ship(month(1993, first), month(1993, first + 1)), None)
        }
        15 => {
            let first = 1 + below(58);
            (ship(month(1993, first), month(1993, first + 3)), None)
        }
        13 | 22 => (None, all()),
        17 | 19 => (all(), None),
        9 | 18 | 21 => (all(), all()),
        // Parts and suppliers alone.
        _ => (None, None),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rounds_of_the_queries_are_what_is_checked_in() {
    assert_eq!(
        (month(1970, 1), month(1992, 1), month(1993, 13)),
        (0, 8_035, 8_766)
    );
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), 22).await;
    let lines = LineItemArrow::new(LineItemGenerator::new(SCALE, 1, 1));
    let dates = ["l_shipdate", "l_commitdate", "l_receiptdate"];
    let numbers = [
        "l_orderkey",
        "l_partkey",
        "l_suppkey",
        "l_quantity",
        "l_extendedprice",
    ];
    let columns = [&numbers[..], &dates[..]].concat();
    load(
        &world,
        "lineitem",
        whole(lines.map(Result::unwrap), &columns),
        "l_shipdate",
    )
    .await;
    let orders = OrderArrow::new(OrderGenerator::new(SCALE, 1, 1));
    let columns = ["o_orderkey", "o_custkey", "o_totalprice", "o_orderdate"];
    load(
        &world,
        "orders",
        whole(orders.map(Result::unwrap), &columns),
        "o_orderdate",
    )
    .await;
    // 60,175 and 15,000 rows have scale 0.01, by the specification's clause 4.2.5.
    assert_eq!(scan(&world, "lineitem", Predicate::True).await, 60_175);
    assert_eq!(scan(&world, "orders", Predicate::True).await, 15_000);

    world.store.start_trace().await.unwrap();
    let mut random = Random::new(1992);
    for _ in 0..ROUNDS {
        let mut order: Vec<usize> = (1..=22).collect();
        for last in (1..order.len()).rev() {
            order.swap(last, random.below(last + 1));
        }
        for query in order {
            world.pass(HOUR);
            let (lines, orders) = reads(query, &mut random);
            if let Some(predicate) = lines {
                scan(&world, "lineitem", predicate).await;
            }
            if let Some(predicate) = orders {
                scan(&world, "orders", predicate).await;
            }
        }
    }
    compare(&world, "recorded-tpch").await;
}
