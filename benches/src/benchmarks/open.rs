//! Opening a store.

use std::path::Path;
use std::time::Duration;

use thermocline::{Selection, Store, TableOptions, Tier};

use crate::context::{Context, ROUNDS};
use crate::harness::{Line, Outcome, Target, interleave, same};
use crate::orders;

/// Rows of a segment; opening looks at none of them.
const SEGMENT_ROWS: u64 = 10;

/// The same store with a hundred times the warm segments, their files in the page cache.
pub(super) fn run(context: &Context) -> Outcome<Vec<Line>> {
    let few = context.size(5, 30);
    let many = few * 100;
    let (few_dir, many_dir) = (context.fresh_dir()?, context.fresh_dir()?);
    context.block_on(fill(few_dir.path(), few))?;
    context.block_on(fill(many_dir.path(), many))?;
    let pair = interleave(
        ROUNDS,
        || context.block_on(open(many_dir.path(), many)),
        || context.block_on(open(few_dir.path(), few)),
    )?;
    Ok(vec![
        Line::time(
            format!("{many} segments"),
            &format!("{few} segments"),
            &pair,
        )
        .with_target(Target::AtMost(10.0)),
    ])
}

async fn fill(dir: &Path, segments: u64) -> Outcome<()> {
    let store = Store::builder(dir)
        .create_if_missing()
        .background(false)
        .open()
        .await?;
    let rows = orders::batch(0, segments * SEGMENT_ROWS)?;
    // An order each second: a partition for each 10,000,000 µs.
    let options = TableOptions::new(rows.schema())
        .partition_by("truncate(10000000, order_timestamp)".parse()?);
    let table = store.create_table(orders::TABLE, options).await?;
    table.append(rows).await?;
    table.move_to(&Selection::All, Tier::Warm).await?;
    same(
        "the number of segments",
        &(table.segments()?.len() as u64),
        &segments,
    )?;
    store.close().await?;
    Ok(())
}

async fn open(dir: &Path, segments: u64) -> Outcome<Duration> {
    let started = tokio::time::Instant::now();
    let store = Store::builder(dir).background(false).open().await?;
    let took = started.elapsed();
    let table = store.table(orders::TABLE)?;
    same(
        "the number of segments",
        &(table.segments()?.len() as u64),
        &segments,
    )?;
    store.close().await?;
    Ok(took)
}
