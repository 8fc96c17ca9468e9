//! Any log behind a manifest: the store opens or says what is wrong.
//!
//! An input is the log as it is, or payloads that get good frames, so that what
//! lies behind the checksums is reached too.

use std::path::Path;
use std::sync::OnceLock;

use bytes::Bytes;
use thermocline_formats::{Compression, FrameReader, PreparedFrame};
use thermocline_tiers::ErrorKind;

use super::{Target, seed};
use crate::corrupt::{Kind, Small};
use crate::failure::{Failure, Outcome};
use crate::world::World;

pub(super) const TARGET: Target = Target {
    name: "log_replay",
    run,
    seeds,
};

/// Frame kind of an append.
const APPEND: u8 = 3;

fn run(data: &[u8]) -> Outcome {
    let Some((form, data)) = data.split_first() else {
        return Ok(());
    };
    let log = match form % 2 {
        0 => data.to_vec(),
        _ => framed(".log", [APPEND; 2], data)?,
    };
    open_with(".log", log).map(|_| ())
}

/// Payloads, each after its length in two bytes, as a run of frames in place of the small store's
/// own: the first of one kind, the others of another.
pub(super) fn framed(ending: &str, kinds: [u8; 2], mut data: &[u8]) -> Outcome<Vec<u8>> {
    let [of_first, of_others] = kinds;
    let own = FrameReader::new(newest(ending)?.1).next_frame();
    let own = own.map_err(seed)?.map(|frame| frame.lsn);
    let first = own.ok_or_else(|| seed(format!("the {ending} is empty")))?;
    let mut frames = Vec::new();
    let mut lsn = first;
    while let Some(([low, high], rest)) = data.split_first_chunk::<2>() {
        let len = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
        let (payload, rest) = rest.split_at(len);
        let kind = if lsn == first { of_first } else { of_others };
        let frame = PreparedFrame::new(kind, payload.to_vec(), Compression::None).map_err(seed)?;
        let sealed = frame.seal(lsn, lsn.saturating_sub(1));
        sealed.write_to(&mut frames).map_err(seed)?;
        lsn += 1;
        data = rest;
    }
    Ok(frames)
}

/// The other way round: payloads with their lengths.
pub(super) fn unframed(log: &[u8]) -> Vec<u8> {
    let mut frames = FrameReader::new(log.to_vec().into());
    let mut data = Vec::new();
    while let Ok(Some(frame)) = frames.next_frame() {
        if let Ok(len) = u16::try_from(frame.payload.len()) {
            data.extend_from_slice(&len.to_le_bytes());
            data.extend_from_slice(&frame.payload);
        }
    }
    data
}

/// The small store's newest file with an ending, and its bytes. Older manifests are not read, and
/// only the newest log may have a torn end.
fn newest(ending: &str) -> Outcome<(usize, Bytes)> {
    let files = small()?.files().into_iter().enumerate();
    let newest = files.filter(|(_, (name, _))| name.ends_with(ending)).last();
    let (file, (_, bytes)) = newest.ok_or_else(|| seed(format!("there is no {ending}")))?;
    Ok((file, bytes))
}

/// Opens the small store with other bytes in its newest file with an ending, and reads all of it.
/// Returns how many rows it had, if it could be opened and read.
pub(super) fn open_with(ending: &str, bytes: Vec<u8>) -> Outcome<Option<usize>> {
    let small = small()?;
    let (file, _) = newest(ending)?;
    let mut contents = small.with(file, Some(bytes.into()));
    // It would refuse most logs before they are read.
    contents
        .files
        .remove(&Path::new(crate::world::DIR).join("ENDS"));
    let mut world = World::with(1, contents);
    world.set_settings(small.settings());
    let store = match world.open()? {
        Ok(store) => store,
        Err(error) if error.kind() == ErrorKind::Bug => {
            return Err(Failure::new(format!("the store does not open: {error:?}")));
        }
        Err(_) => return Ok(None),
    };
    // What is read may be anything by now, but it is read or refused.
    match world.read(&store) {
        Ok(seen) => Ok(Some(seen.tables.iter().map(|table| table.rows.len()).sum())),
        Err(failure) if failure.to_string().contains("stuck") => Err(failure),
        Err(_) => Ok(None),
    }
}

/// Made once: every input needs it.
fn small() -> Result<&'static Small, Failure> {
    static SMALL: OnceLock<Result<Small, Failure>> = OnceLock::new();
    SMALL
        .get_or_init(|| Small::make(Kind::Closed))
        .as_ref()
        .map_err(Clone::clone)
}

/// The small store's own file, raw and as payloads.
pub(super) fn own(ending: &str) -> Outcome<Vec<Vec<u8>>> {
    let (_, bytes) = newest(ending)?;
    let raw = [&[0], bytes.as_ref()].concat();
    let payloads = [&[1], unframed(&bytes).as_slice()].concat();
    Ok(vec![raw, payloads])
}

fn seeds() -> Outcome<Vec<Vec<u8>>> {
    own(".log")
}

/// Checks that payloads get frames with which the store opens and has all of its rows, and that it
/// has not all of them without: otherwise nothing behind the checksums would be tried.
#[cfg(test)]
pub(super) fn check_payloads(ending: &str, kinds: [u8; 2]) {
    let small = small().unwrap();
    let tables = small.tables();
    let written = |table: &String| small.written_by(table, 1..=u64::MAX).len();
    let rows: usize = tables.iter().map(written).sum();
    let seeds = own(ending).unwrap();
    let payloads = seeds[1].strip_prefix(&[1]).unwrap();
    let frames = framed(ending, kinds, payloads).unwrap();
    assert_eq!(open_with(ending, frames).unwrap(), Some(rows));
    let without = open_with(ending, Vec::new()).unwrap();
    assert!(without.unwrap_or(0) < rows, "{without:?}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_of_payloads_is_replayed() {
        check_payloads(".log", [APPEND; 2]);
    }
}
