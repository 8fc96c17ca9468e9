//! Any bytes opened and read as a warm segment.

use arrow::buffer::Buffer;
use thermocline_formats::{IpcOptions, IpcSegment, IpcSegmentWriter};

use super::{Target, seed};
use crate::failure::{Outcome, ensure};
use crate::model::row;

pub(super) const TARGET: Target = Target {
    name: "ipc_open",
    run,
    seeds,
};

fn run(data: &[u8]) -> Outcome {
    let Ok(segment) = IpcSegment::open(Buffer::from(data), None) else {
        return Ok(());
    };
    let rows = (0..segment.blocks()).filter_map(|block| segment.block_rows(block));
    ensure(rows.sum::<u64>() == segment.rows(), || {
        "the blocks have other rows than the segment".to_owned()
    })?;
    for block in 0..segment.blocks() {
        if let Ok(batch) = segment.read_block(block) {
            ensure(
                Some(batch.num_rows() as u64) == segment.block_rows(block),
                || format!("block {block} has {} rows", batch.num_rows()),
            )?;
        }
    }
    Ok(())
}

fn seeds() -> Outcome<Vec<Vec<u8>>> {
    let schema = row::schema("k0");
    let options = IpcOptions::default().with_rows_per_block(4);
    let mut writer = IpcSegmentWriter::try_new(Vec::new(), &schema, &options, &[]).map_err(seed)?;
    writer.write(&row::batch(&schema, 0..10)?).map_err(seed)?;
    Ok(vec![writer.finish().map_err(seed)?.0])
}
