//! Columns to Arrow and back.

use std::hint::black_box;
use std::time::Duration;

use arrow::array::RecordBatch;
use thermocline::SoA;
use thermocline::soa::ToArrow;

use crate::context::{Context, ROUNDS};
use crate::harness::{Line, Outcome, Target, interleave, same, timed};
use crate::orders::{ROW_BYTES, buffers};
use crate::typed_orders::{OrderSoA, orders};

/// How often each side of the small comparison does it, so that there is something to measure.
const TIMES: u32 = 200;

/// Numbers only: nothing has to be looked at.
#[derive(Debug, Clone, PartialEq, SoA)]
struct Reading {
    station: u64,
    taken: i64,
    celsius: f64,
    quality: u8,
}

/// A million orders or ten take as long as a thousand: their memory changes hands. Only the codes of
/// enums are read on the way back, because a batch may come from anywhere.
pub(super) fn run(context: &Context) -> Outcome<Vec<Line>> {
    let (small, large) = (
        context.size(1_000, 100_000),
        context.size(100_000, 10_000_000),
    );
    let mut lines = Vec::new();
    for rows in [small, large] {
        let columns = OrderSoA::from_iter(orders(rows));
        let batch = columns.to_record_batch()?;
        let mut there = vec![0_u8; buffers(&batch).map(<[u8]>::len).sum()];
        let pair = interleave(
            ROUNDS,
            || there_and_back(&columns),
            || copy(&batch, &mut there),
        )?;
        let what = format!("{rows} orders to Arrow and back");
        lines.push(Line::time(what, "memcpy of their bytes", &pair).for_bytes(rows * ROW_BYTES));
    }
    let [few, many] = [small, large].map(|rows| {
        let row = |n: u64| Reading {
            station: n % 100,
            taken: n.cast_signed(),
            celsius: n as f64,
            quality: 1,
        };
        (0..rows).map(row).collect::<ReadingSoA>()
    });
    let pair = interleave(ROUNDS, || again_and_again(&many), || again_and_again(&few))?;
    let what = format!("{large} rows of numbers to Arrow and back");
    let line = Line::time(what, &format!("{small} rows of numbers"), &pair);
    lines.push(line.with_target(Target::AtMost(1.5)));
    Ok(lines)
}

fn there_and_back(columns: &OrderSoA) -> Outcome<Duration> {
    let (back, took) = timed(|| {
        let batch = columns.to_record_batch()?;
        Ok(OrderSoA::try_from(black_box(batch))?)
    })?;
    same("the number of rows", &back.len(), &columns.len())?;
    let place = |columns: &OrderSoA| columns.order_id_raw_array().as_ptr();
    same("the place of a column", &place(&back), &place(columns))?;
    same(
        "the last row",
        &back.view(back.len() - 1),
        &columns.view(columns.len() - 1),
    )?;
    Ok(took)
}

fn again_and_again(columns: &ReadingSoA) -> Outcome<Duration> {
    let (back, took) = timed(|| {
        let mut back = columns.clone();
        for _ in 0..TIMES {
            back = ReadingSoA::try_from(black_box(back.to_record_batch()?))?;
        }
        Ok(back)
    })?;
    same("the number of rows", &back.len(), &columns.len())?;
    same(
        "the last row",
        &back.view(back.len() - 1),
        &columns.view(columns.len() - 1),
    )?;
    Ok(took)
}

fn copy(batch: &RecordBatch, there: &mut [u8]) -> Outcome<Duration> {
    let ((), took) = timed(|| {
        let mut rest = &mut *there;
        for bytes in buffers(batch) {
            let (now, then) = rest
                .split_at_mut_checked(bytes.len())
                .ok_or("the copy is too long")?;
            now.copy_from_slice(bytes);
            rest = then;
        }
        Ok(())
    })?;
    black_box(&there);
    Ok(took)
}
