//! Any log behind a manifest: the store opens or says what is wrong.
//!
//! An input is the log as it is, or payloads that get good frames, so that what
//! lies behind the checksums is reached too.

use std::path::Path;
use std::sync::OnceLock;

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
        _ => framed(data, APPEND, first_lsn()?)?,
    };
    open_with(".log", log).map(|_| ())
}

/// The first write of the small store's log, which its name says.
fn first_lsn() -> Outcome<u64> {
    let small = small()?;
    let mut files = (0..small.files().len()).map(|file| small.name(file));
    let log = files.find(|name| name.ends_with(".log"));
    let stem = log.as_deref().and_then(|name| Path::new(name).file_stem());
    let first = stem.and_then(|stem| stem.to_str()?.parse().ok());
    first.ok_or_else(|| seed(format!("{log:?} is no log")))
}

/// Payloads, each after its length in two bytes, as a run of frames.
pub(super) fn framed(mut data: &[u8], kind: u8, first: u64) -> Outcome<Vec<u8>> {
    let mut log = Vec::new();
    let mut lsn = first;
    while let Some(([low, high], rest)) = data.split_first_chunk::<2>() {
        let len = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
        let (payload, rest) = rest.split_at(len);
        let frame = PreparedFrame::new(kind, payload.to_vec(), Compression::None).map_err(seed)?;
        frame.seal(lsn, lsn - 1).write_to(&mut log).map_err(seed)?;
        lsn += 1;
        data = rest;
    }
    Ok(log)
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

/// Opens the small store with other bytes in one file, and reads all of it. Returns how many rows
/// it had, if it could be opened and read.
pub(super) fn open_with(ending: &str, bytes: Vec<u8>) -> Outcome<Option<usize>> {
    let small = small()?;
    let file = (0..small.files().len()).find(|file| small.name(*file).ends_with(ending));
    let file = file.ok_or_else(|| seed(format!("there is no {ending}")))?;
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
    let files = small()?.files();
    let own = files.into_iter().find(|(name, _)| name.ends_with(ending));
    let (_, bytes) = own.ok_or_else(|| seed(format!("there is no {ending}")))?;
    let raw = [&[0], bytes.as_ref()].concat();
    let payloads = [&[1], unframed(&bytes).as_slice()].concat();
    Ok(vec![raw, payloads])
}

fn seeds() -> Outcome<Vec<Vec<u8>>> {
    own(".log")
}

/// Checks that payloads get frames with which the store opens and has all of its rows: otherwise
/// nothing behind the checksums would be tried.
#[cfg(test)]
pub(super) fn check_payloads(ending: &str, frames: impl Fn(&[u8]) -> Outcome<Vec<u8>>) {
    let seeds = own(ending).unwrap();
    let payloads = seeds[1].strip_prefix(&[1]).unwrap();
    let rows: usize = small()
        .unwrap()
        .tables()
        .iter()
        .map(|table| small().unwrap().written_by(table, 1..=u64::MAX).len())
        .sum();
    assert_eq!(
        open_with(ending, frames(payloads).unwrap()).unwrap(),
        Some(rows)
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_of_payloads_is_replayed() {
        check_payloads(".log", |payloads| framed(payloads, APPEND, first_lsn()?));
    }
}
