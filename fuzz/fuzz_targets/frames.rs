//! Any bytes read as a log: no panic, no frame past the end, and a reader that stands still at
//! damage.
#![no_main]

use libfuzzer_sys::fuzz_target;
use thermocline_formats::{FrameReader, find_acknowledged_after};

fuzz_target!(|data: &[u8]| {
    let data = bytes::Bytes::copy_from_slice(data);
    let mut reader = FrameReader::new(data.clone());
    let mut lsn = 0;
    loop {
        match reader.next_frame() {
            Ok(Some(frame)) => {
                assert!(frame.offset < frame.end && frame.end <= data.len() as u64);
                lsn = frame.lsn;
            }
            Ok(None) => break,
            Err(damage) => {
                assert_eq!(reader.next_frame(), Err(damage));
                if let Some(proof) = find_acknowledged_after(&data, damage.offset, lsn) {
                    assert!(proof.offset >= damage.offset && proof.durable > lsn);
                }
                break;
            }
        }
    }
});
