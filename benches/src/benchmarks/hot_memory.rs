//! Memory that rows take.

use thermocline::Store;

use crate::allocation::Count;
use crate::context::Context;
use crate::harness::{Line, Outcome, Target, same};
use crate::orders::{self, ROW_BYTES};

/// What the process holds for each row, sealed or not, whether it came in a batch or alone.
pub(super) fn run(context: &Context) -> Outcome<Vec<Line>> {
    let rows = context.size(200_000, 2_000_000);
    let batches = context.block_on(measure(context, rows, 10_000))?;
    let single = context.block_on(measure(context, context.size(20_000, 200_000), 1))?;
    let line = |what, bytes| Line::size(what, "62 bytes", bytes, ROW_BYTES as f64);
    let target = Target::AtMost(1.15);
    Ok(vec![
        line("a sealed row", batches.sealed).with_target(target),
        line("an open row, appended in batches", batches.open),
        line("an open row, appended alone", single.open),
        line("a sealed row, appended alone", single.sealed),
    ])
}

/// Bytes a row.
struct Held {
    open: f64,
    sealed: f64,
}

async fn measure(context: &Context, rows: u64, batch_rows: u64) -> Outcome<Held> {
    use thermocline::Durability::Memory;

    let dir = context.fresh_dir()?;
    let store = Store::builder(dir.path().join("store"))
        .create_new()
        .background(false)
        .open();
    let store = store.await?;
    let table = orders::create_table(&store).await?;
    // What a first write and a first seal leave behind is not of the rows.
    table.append(orders::batch(0, 1)?).await?;
    table.seal().await?;

    let count = Count::start();
    for first in (0..rows).step_by(usize::try_from(batch_rows)?) {
        table
            .append_with(orders::batch(first, batch_rows)?, Memory)
            .await?;
    }
    // Frames that wait for the log are no rows in memory.
    store.flush().await?;
    let open = count.held();
    table.seal().await?;
    let sealed = count.held();
    drop(count);

    same(
        "the number of rows",
        &orders::scan(&store.snapshot())?.rows,
        &(rows + 1),
    )?;
    store.close().await?;
    let each = |bytes: i64| bytes as f64 / rows as f64;
    Ok(Held {
        open: each(open),
        sealed: each(sealed),
    })
}
