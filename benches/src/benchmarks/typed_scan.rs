//! Reading a few columns of many.

use std::hint::black_box;
use std::time::Duration;

use thermocline::soa::SoaEnum;

use crate::context::{Context, ROUNDS};
use crate::harness::{Line, Outcome, interleave, same, timed};
use crate::typed_orders::{Order, OrderSoA, Status, orders};

/// Rows that each side reads in one measurement, over and over if there are fewer.
const ROWS: usize = 10_000_000;

/// Filters and sums over columns, against the same over a `Vec` of structs.
pub(super) fn run(context: &Context) -> Outcome<Vec<Line>> {
    let mut lines = Vec::new();
    for count in [
        context.size(10_000, 100_000),
        context.size(100_000, 10_000_000),
    ] {
        let rows = orders(count);
        let columns: OrderSoA = rows.iter().copied().collect();
        let times = ROWS.min(context.size(100_000, ROWS)) / rows.len();
        let quantities = (
            rows.iter().map(|row| u64::from(row.quantity)).sum::<u64>(),
            columns
                .iter()
                .map(|row| u64::from(row.quantity))
                .sum::<u64>(),
        );
        same("the sum over views", &quantities.1, &quantities.0)?;
        let sum = interleave(
            ROUNDS,
            || repeated(times, &quantities.0, || sum(black_box(&columns))),
            || repeated(times, &quantities.0, || plain_sum(black_box(&rows))),
        )?;
        // In the same order, floats have the same sum, bit for bit.
        let revenue = plain_filter(&rows);
        let filter = interleave(
            ROUNDS,
            || repeated(times, &revenue, || filter(black_box(&columns))),
            || repeated(times, &revenue, || plain_filter(black_box(&rows))),
        )?;
        let speed = |what, pair| Line::speed(format!("{what}, {count} rows"), "Vec<Order>", pair);
        lines.push(speed("sum of a column", &sum));
        lines.push(speed("filter on one column, sum of another", &filter));
    }
    Ok(lines)
}

fn repeated<T: PartialEq + std::fmt::Debug>(
    times: usize,
    expected: &T,
    question: impl Fn() -> T,
) -> Outcome<Duration> {
    let (answer, took) = timed(|| {
        for _ in 1..times {
            black_box(question());
        }
        Ok(question())
    })?;
    same("the answer", &answer, expected)?;
    Ok(took)
}

fn sum(columns: &OrderSoA) -> u64 {
    columns
        .quantity_raw_array()
        .iter()
        .map(|&quantity| u64::from(quantity))
        .sum()
}

fn plain_sum(rows: &[Order]) -> u64 {
    rows.iter().map(|row| u64::from(row.quantity)).sum()
}

fn filter(columns: &OrderSoA) -> u64 {
    let shipped = Status::Shipped.code();
    let amounts = columns.total_amount_raw_array();
    let rows = columns.status_raw_array().iter().zip(amounts);
    let total = rows
        .filter(|(status, _)| **status == shipped)
        .map(|(_, amount)| amount);
    total.sum::<f64>().to_bits()
}

fn plain_filter(rows: &[Order]) -> u64 {
    let shipped = rows.iter().filter(|row| row.status == Status::Shipped);
    shipped.map(|row| row.total_amount).sum::<f64>().to_bits()
}
