//! Any manifest: the store opens or says what is wrong.

use thermocline_formats::{Compression, FrameReader, PreparedFrame};

use super::log::{framed, open_with, own};
use super::{Target, seed};
use crate::failure::Outcome;

pub(super) const TARGET: Target = Target {
    name: "manifest_open",
    run,
    seeds,
};

/// Frame kinds of a checkpoint and of a commit.
const CHECKPOINT: u8 = 1;
const COMMIT: u8 = 2;

fn run(data: &[u8]) -> Outcome {
    let Some((form, data)) = data.split_first() else {
        return Ok(());
    };
    let manifest = match form % 2 {
        0 => data.to_vec(),
        _ => checkpoint_first(&framed(data, COMMIT, 1)?)?,
    };
    open_with(".manifest", manifest).map(|_| ())
}

/// Gives the frames the kinds and numbers that a manifest has: a checkpoint of
/// version 0, then the commits.
fn checkpoint_first(frames: &[u8]) -> Outcome<Vec<u8>> {
    let mut reader = FrameReader::new(frames.to_vec().into());
    let mut manifest = Vec::new();
    let mut version = 0_u64;
    while let Ok(Some(frame)) = reader.next_frame() {
        let kind = if version == 0 { CHECKPOINT } else { COMMIT };
        let frame = PreparedFrame::new(kind, frame.payload, Compression::None).map_err(seed)?;
        let sealed = frame.seal(version, version.saturating_sub(1));
        sealed.write_to(&mut manifest).map_err(seed)?;
        version += 1;
    }
    Ok(manifest)
}

fn seeds() -> Outcome<Vec<Vec<u8>>> {
    own(".manifest")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::targets::log::check_payloads;

    #[test]
    fn a_manifest_of_payloads_is_opened() {
        check_payloads(".manifest", |payloads| {
            checkpoint_first(&framed(payloads, COMMIT, 1)?)
        });
    }
}
