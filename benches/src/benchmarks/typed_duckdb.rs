//! Typed rows into a DuckDB table.

use std::time::Duration;

use thermocline::persistence::{DuckDBPersistence, SoAPersistence};

use crate::context::{Context, ROUNDS};
use crate::harness::{Line, Outcome, interleave, same, timed};
use crate::orders::ROW_BYTES;
use crate::typed_orders::{OrderSoA, orders};

/// Columns of structs appended to a table in memory, against DuckDB copying as many rows from one
/// of its tables into another.
pub(super) fn run(context: &Context) -> Outcome<Vec<Line>> {
    let rows = context.size(100_000, 5_000_000);
    let columns = OrderSoA::from_iter(orders(rows));
    let mut lines = Vec::new();
    let source = filled(context, &columns)?;
    let pair = interleave(
        ROUNDS,
        || append(context, &columns),
        || copy(context, &source, rows),
    )?;
    let what = format!("DuckDBPersistence::append of {rows} orders");
    let line = Line::speed(what, "INSERT … SELECT, table to table", &pair);
    lines.push(line.for_bytes(rows * ROW_BYTES));
    Ok(lines)
}

fn filled(context: &Context, columns: &OrderSoA) -> Outcome<DuckDBPersistence<OrderSoA>> {
    let mut set = DuckDBPersistence::new(None, "orders")?;
    context.block_on(set.save(columns))?;
    Ok(set)
}

fn append(context: &Context, columns: &OrderSoA) -> Outcome<Duration> {
    let mut set = DuckDBPersistence::<OrderSoA>::new(None, "orders")?;
    let ((), took) = timed(|| Ok(context.block_on(set.append(columns))?))?;
    let count = context.block_on(set.count())?;
    same("the number of rows", &count, &columns.len())?;
    Ok(took)
}

fn copy(context: &Context, set: &DuckDBPersistence<OrderSoA>, rows: u64) -> Outcome<Duration> {
    let run = |sql: &str| context.block_on(set.sql(sql).execute());
    run("CREATE OR REPLACE TABLE other AS FROM orders LIMIT 0")?;
    let (copied, took) = timed(|| Ok(run("INSERT INTO other FROM orders")?))?;
    same("the number of rows", &(copied as u64), &rows)?;
    Ok(took)
}
