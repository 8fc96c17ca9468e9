//! Appending with a `Memory` receipt.

use std::hint::black_box;
use std::time::Duration;

use arrow::array::RecordBatch;
use thermocline::{Durability, Settings, Store};

use crate::context::{Context, ROUNDS};
use crate::harness::{Line, Outcome, Target, interleave, same, timed};
use crate::orders::{self, ROW_BYTES, Totals};

const BATCH_ROWS: u64 = 16_384;

/// More bytes than a last-level cache holds, in batches that no cache holds together either.
pub(super) fn run(context: &Context) -> Outcome<Vec<Line>> {
    let batches = orders::batches(context.size(64, 512), BATCH_ROWS)?;
    let expected = Totals::of(&batches);
    let bytes = expected.rows * ROW_BYTES;
    let ours = || context.block_on(append(context, &batches, &expected));

    let mut there = vec![
        0_u8;
        batches
            .iter()
            .flat_map(orders::buffers)
            .map(<[u8]>::len)
            .sum()
    ];
    let copy = interleave(ROUNDS, ours, || copy(&batches, &mut there))?;
    drop(there);
    let fresh = interleave(ROUNDS, ours, || copy_to_fresh_memory(&batches))?;
    Ok(vec![
        Line::speed("append, Memory", "memcpy into the same memory", &copy)
            .for_bytes(bytes)
            .with_target(Target::AtLeast(0.5)),
        Line::speed("append, Memory", "memcpy into new memory", &fresh).for_bytes(bytes),
    ])
}

async fn append(
    context: &Context,
    batches: &[RecordBatch],
    expected: &Totals,
) -> Outcome<Duration> {
    let dir = context.fresh_dir()?;
    // By default a writer waits for the disk when 32 MiB are queued; this is about memory.
    let settings = Settings::default().with_log_queue_bytes(usize::MAX);
    let store = Store::builder(dir.path())
        .create_if_missing()
        .settings(settings)
        .open()
        .await?;
    let table = orders::create_table(&store).await?;
    let started = tokio::time::Instant::now();
    for batch in batches {
        table.append_with(batch.clone(), Durability::Memory).await?;
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

fn copy(batches: &[RecordBatch], there: &mut [u8]) -> Outcome<Duration> {
    let ((), took) = timed(|| {
        let mut rest = &mut *there;
        for bytes in batches.iter().flat_map(orders::buffers) {
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

/// What an append must do at least: nobody has the memory ready that it needs.
fn copy_to_fresh_memory(batches: &[RecordBatch]) -> Outcome<Duration> {
    let (copies, took) = timed(|| {
        Ok(batches
            .iter()
            .flat_map(orders::buffers)
            .map(<[u8]>::to_vec)
            .collect::<Vec<_>>())
    })?;
    black_box(&copies);
    Ok(took)
}
