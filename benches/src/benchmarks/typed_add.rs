//! Adding typed rows.

use std::hint::black_box;
use std::time::Duration;

use crate::context::{Context, ROUNDS};
use crate::harness::{Line, Outcome, interleave, same, timed};
use crate::orders::ROW_BYTES;
use crate::typed_orders::{Order, OrderShards, OrderSoA, OrderStore, orders};

/// Rows that are added together.
const BATCH: usize = 10_000;

/// To columns, to a store with its index, and to one for several threads; against pushing the same
/// structs to a `Vec`.
pub(super) fn run(context: &Context) -> Outcome<Vec<Line>> {
    let rows = orders(context.size(100_000, 2_000_000));
    let bytes = rows.len() as u64 * ROW_BYTES;
    let against = |ours: &dyn Fn(&[Order]) -> Outcome<Duration>, what: &str| {
        let pair = interleave(ROUNDS, || ours(&rows), || plain(&rows))?;
        Outcome::Ok(Line::speed(what, "push to Vec<Order>", &pair).for_bytes(bytes))
    };
    Ok(vec![
        against(&columns, "OrderSoA::push")?,
        against(&single, "OrderStore::add")?,
        against(&batches, "OrderStore::add_batch of 10,000")?,
        against(&sharded_single, "OrderShards::add, one thread")?,
        against(
            &sharded_batches,
            "OrderShards::add_batch of 10,000, one thread",
        )?,
    ])
}

fn plain(rows: &[Order]) -> Outcome<Duration> {
    let (added, took) = timed(|| {
        let mut added = Vec::new();
        for row in rows {
            added.push(*black_box(row));
        }
        Ok(added)
    })?;
    same(
        "the number of rows in the Vec",
        &black_box(added).len(),
        &rows.len(),
    )?;
    Ok(took)
}

fn columns(rows: &[Order]) -> Outcome<Duration> {
    let (added, took) = timed(|| {
        let mut added = OrderSoA::new();
        for row in rows {
            added.push(*black_box(row));
        }
        Ok(added)
    })?;
    check(&[added], rows)?;
    Ok(took)
}

fn single(rows: &[Order]) -> Outcome<Duration> {
    let (store, took) = timed(|| {
        let mut store = OrderStore::new();
        for row in rows {
            store.add(*black_box(row));
        }
        Ok(store)
    })?;
    check(&[store.into_kernel()], rows)?;
    Ok(took)
}

fn batches(rows: &[Order]) -> Outcome<Duration> {
    let (store, took) = timed(|| {
        let mut store = OrderStore::new();
        for batch in rows.chunks(BATCH) {
            black_box(store.add_batch(batch.iter().copied()));
        }
        Ok(store)
    })?;
    check(&[store.into_kernel()], rows)?;
    Ok(took)
}

fn sharded_single(rows: &[Order]) -> Outcome<Duration> {
    let (store, took) = timed(|| {
        let store = OrderShards::new();
        for row in rows {
            store.add(*black_box(row));
        }
        Ok(store)
    })?;
    check(&store.kernels(), rows)?;
    Ok(took)
}

fn sharded_batches(rows: &[Order]) -> Outcome<Duration> {
    let (store, took) = timed(|| {
        let store = OrderShards::new();
        for batch in rows.chunks(BATCH) {
            black_box(store.add_batch(batch.iter().copied()));
        }
        Ok(store)
    })?;
    check(&store.kernels(), rows)?;
    Ok(took)
}

/// The rows that were added, in any order.
fn check(found: &[OrderSoA], expected: &[Order]) -> Outcome<()> {
    let mut count = 0;
    for row in found.iter().flatten() {
        let id = usize::try_from(row.order_id)?;
        same("a row", &Some(&row.to_owned()), &expected.get(id))?;
        count += 1;
    }
    same("the number of rows", &count, &expected.len())
}
