//! Any bytes read as a log: no frame past the end, and a reader that stands still
//! at damage.

use bytes::Bytes;
use thermocline_formats::{Compression, FrameReader, PreparedFrame, find_acknowledged_after};

use super::{Target, seed};
use crate::failure::{Outcome, ensure};

pub(super) const TARGET: Target = Target {
    name: "frames",
    run,
    seeds,
};

fn run(data: &[u8]) -> Outcome {
    let data = Bytes::copy_from_slice(data);
    let mut reader = FrameReader::new(data.clone());
    let mut lsn = 0;
    loop {
        match reader.next_frame() {
            Ok(Some(frame)) => {
                ensure(
                    frame.offset < frame.end && frame.end <= data.len() as u64,
                    || format!("a frame from {} to {}", frame.offset, frame.end),
                )?;
                lsn = frame.lsn;
            }
            Ok(None) => return Ok(()),
            Err(damage) => {
                ensure(reader.next_frame() == Err(damage), || {
                    "the reader went on behind damage".to_owned()
                })?;
                let proof = find_acknowledged_after(&data, damage.offset, lsn);
                return ensure(
                    proof.is_none_or(|p| p.offset >= damage.offset && p.durable > lsn),
                    || "a proof that proves nothing".to_owned(),
                );
            }
        }
    }
}

fn seeds() -> Outcome<Vec<Vec<u8>>> {
    let mut seeds = Vec::new();
    for compression in [Compression::None, Compression::Lz4] {
        let mut log = Vec::new();
        for lsn in 1..=4_u64 {
            let payload = vec![7; 40 * usize::try_from(lsn).map_err(seed)?];
            let frame = PreparedFrame::new(3, payload, compression).map_err(seed)?;
            frame.seal(lsn, lsn - 1).write_to(&mut log).map_err(seed)?;
        }
        seeds.push(log);
    }
    Ok(seeds)
}
