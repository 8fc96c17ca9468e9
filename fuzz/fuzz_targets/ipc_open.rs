//! Any bytes opened and read as a warm segment: no panic.
#![no_main]

use arrow::buffer::Buffer;
use libfuzzer_sys::fuzz_target;
use thermocline_formats::IpcSegment;

fuzz_target!(|data: &[u8]| {
    if let Ok(segment) = IpcSegment::open(Buffer::from(data), None) {
        let rows: u64 = (0..segment.blocks())
            .filter_map(|block| segment.block_rows(block))
            .sum();
        assert_eq!(rows, segment.rows());
        for block in 0..segment.blocks() {
            if let Ok(batch) = segment.read_block(block) {
                assert_eq!(Some(batch.num_rows() as u64), segment.block_rows(block));
            }
        }
    }
});
