//! Scanning warm files.

use std::path::Path;
use std::time::Duration;

use arrow::buffer::Buffer;
use arrow::ipc::convert::try_fb_to_schema;
use arrow::ipc::reader::{FileDecoder, read_footer_length};
use arrow::ipc::root_as_footer;
use thermocline::{Durability, Env, Selection, Store, Tier};

use crate::context::{Context, ROUNDS};
use crate::harness::{Line, Outcome, Target, interleave, same, timed};
use crate::orders::{self, ROW_BYTES, Totals};

const BATCH_ROWS: u64 = 65_536;

/// Sums every column. Arrow's own reader decodes the same mapped files without looking at
/// checksums.
pub(super) fn run(context: &Context) -> Outcome<Vec<Line>> {
    let dir = context.fresh_dir()?;
    let count = context.size(16, 128);
    let (expected, files) = context.block_on(fill(dir.path(), count))?;
    let maps = files
        .iter()
        .map(|file| Ok(Env::real().fs.map(&dir.path().join(file))?));
    let maps = maps.collect::<Outcome<Vec<_>>>()?;
    let plain = || plain(&maps, &expected);
    let bytes = expected.rows * ROW_BYTES;

    // A store that is opened anew has verified nothing.
    let first = interleave(ROUNDS, || first(context, dir.path(), &expected), plain)?;
    let store = context.block_on(Store::builder(dir.path()).background(false).open())?;
    let again = interleave(ROUNDS, || scan(&store, &expected), plain)?;
    context.block_on(store.close())?;
    let yardstick = "arrow's reader, unchecked";
    Ok(vec![
        Line::time("scan again", yardstick, &again)
            .for_bytes(bytes)
            .with_target(Target::AtMost(1.03)),
        Line::time("first scan after open", yardstick, &first).for_bytes(bytes),
    ])
}

async fn fill(dir: &Path, count: u64) -> Outcome<(Totals, Vec<String>)> {
    let store = Store::builder(dir)
        .create_if_missing()
        .background(false)
        .open()
        .await?;
    let table = orders::create_table(&store).await?;
    for index in 0..count {
        let batch = orders::batch(index * BATCH_ROWS, BATCH_ROWS)?;
        table.append_with(batch, Durability::Memory).await?;
        store.step().await?;
    }
    table.move_to(&Selection::All, Tier::Warm).await?;
    let files = table
        .segments()?
        .into_iter()
        .filter_map(|segment| segment.path)
        .collect();
    let totals = orders::scan(&store.snapshot())?;
    let expected: Totals = Totals::of(&orders::batches(count, BATCH_ROWS)?);
    same(
        "the table",
        &(totals.rows, totals.integers),
        &(expected.rows, expected.integers),
    )?;
    store.close().await?;
    Ok((totals, files))
}

fn first(context: &Context, dir: &Path, expected: &Totals) -> Outcome<Duration> {
    let store = context.block_on(Store::builder(dir).background(false).open())?;
    let took = scan(&store, expected)?;
    context.block_on(store.close())?;
    Ok(took)
}

fn scan(store: &Store, expected: &Totals) -> Outcome<Duration> {
    let (found, took) = timed(|| orders::scan(&store.snapshot()))?;
    same("the table", &found, expected)?;
    Ok(took)
}

fn plain(files: &[Buffer], expected: &Totals) -> Outcome<Duration> {
    let (found, took) = timed(|| {
        let mut totals = Totals::default();
        for file in files {
            read(file, &mut totals)?;
        }
        Ok(totals)
    })?;
    same("the same without checksums", &found, expected)?;
    Ok(took)
}

/// The blocks of a file, used where they lie in memory.
fn read(file: &Buffer, totals: &mut Totals) -> Outcome<()> {
    let (rest, tail) = file
        .split_last_chunk::<10>()
        .ok_or("a warm file is too short")?;
    let start = rest.len().checked_sub(read_footer_length(*tail)?);
    let footer = start
        .and_then(|start| rest.get(start..))
        .ok_or("a warm file is too short")?;
    let footer = root_as_footer(footer).map_err(|error| error.to_string())?;
    let schema = try_fb_to_schema(footer.schema().ok_or("a warm file has no schema")?)?;
    let decoder = FileDecoder::new(schema.into(), footer.version());
    for block in footer.recordBatches().into_iter().flatten() {
        let len = usize::try_from(block.bodyLength())? + usize::try_from(block.metaDataLength())?;
        let data = file.slice_with_length(usize::try_from(block.offset())?, len);
        if let Some(batch) = decoder.read_record_batch(block, &data)? {
            totals.add(&batch);
        }
    }
    Ok(())
}
