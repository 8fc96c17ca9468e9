//! Appending with a `Disk` receipt.

use std::time::Duration;

use arrow::array::RecordBatch;
use thermocline::{Env, Store};

use crate::context::{Context, ROUNDS};
use crate::harness::{Line, Outcome, Target, interleave, same, timed};
use crate::orders::{self, ROW_BYTES, Totals};

const BATCH_ROWS: u64 = 16_384;

/// One writer; each batch is on the disk before the next one is written.
pub(super) fn run(context: &Context) -> Outcome<Vec<Line>> {
    let batches = orders::batches(context.size(16, 128), BATCH_ROWS)?;
    let expected = Totals::of(&batches);
    let raw: Vec<Vec<u8>> = batches
        .iter()
        .map(|batch| orders::buffers(batch).collect::<Vec<_>>().concat())
        .collect();
    let pair = interleave(
        ROUNDS,
        || context.block_on(append(context, &batches, &expected)),
        || write(context, &raw),
    )?;
    Ok(vec![
        Line::speed("append, Disk, 1 MB batches", "write and fdatasync", &pair)
            .for_bytes(expected.rows * ROW_BYTES)
            .with_target(Target::AtLeast(0.8)),
    ])
}

async fn append(
    context: &Context,
    batches: &[RecordBatch],
    expected: &Totals,
) -> Outcome<Duration> {
    let dir = context.fresh_dir()?;
    let store = Store::create(dir.path().join("store")).await?;
    let table = orders::create_table(&store).await?;
    let started = tokio::time::Instant::now();
    for batch in batches {
        table.append(batch.clone()).await?;
    }
    let took = started.elapsed();
    let found = orders::scan(&store.snapshot())?;
    same(
        "the table",
        &(found.rows, found.integers),
        &(expected.rows, expected.integers),
    )?;
    store.close().await?;
    Ok(took)
}

fn write(context: &Context, batches: &[Vec<u8>]) -> Outcome<Duration> {
    let dir = context.fresh_dir()?;
    let mut file = Env::real().fs.create(&dir.path().join("raw"))?;
    let ((), took) = timed(|| {
        for bytes in batches {
            file.write_all(bytes)?;
            file.sync()?;
        }
        Ok(())
    })?;
    Ok(took)
}
