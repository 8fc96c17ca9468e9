//! Reading the log, at opening and while another process writes it.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use thermocline_formats::{FrameReader, find_acknowledged_after};

use super::{EXTENSION, Record};
use crate::env::Fs;
use crate::error::{Error, ErrorKind, Result};
use crate::lsn::Lsn;
use crate::numbered;

/// A place in the log, moving towards its end.
#[derive(Debug, Clone)]
pub(crate) struct LogTail {
    /// The number that the next record must have.
    next: Lsn,
    /// The file read last and the bytes of it that are good.
    at: Option<(Lsn, u64)>,
    /// The bytes of that file that a later frame calls durable.
    settled: Settled,
}

/// How far the file that is read is known to be durable.
#[derive(Debug, Clone, Default)]
struct Settled {
    bytes: u64,
    /// Ends of the frames that are not known to be, with their numbers.
    open: std::collections::VecDeque<(u64, u64)>,
}

impl Settled {
    fn frame(&mut self, lsn: u64, end: u64, durable: u64) {
        self.open.push_back((lsn, end));
        while let Some((_, end)) = self.open.pop_front_if(|(lsn, _)| *lsn <= durable) {
            self.bytes = end;
        }
    }
}

/// What there was to read.
#[derive(Debug)]
pub(crate) enum Poll {
    /// Records that follow without a gap.
    Records(Vec<Record>),
    /// The records wanted are no longer there: a newer manifest covers them.
    Trimmed,
    /// There is no log file. Only a store that never had a table may be without.
    Missing,
}

impl LogTail {
    /// Starts at `start`.
    pub(crate) fn new(start: Lsn) -> Self {
        Self {
            next: start,
            at: None,
            settled: Settled::default(),
        }
    }

    /// The number that the next record will have.
    pub(crate) fn next(&self) -> Lsn {
        self.next
    }

    /// Reads what is new.
    pub(crate) fn poll(&mut self, fs: &dyn Fs, dir: &Path) -> Result<Poll> {
        let files = numbered::list(fs, dir, EXTENSION)?;
        if files.is_empty() {
            return Ok(Poll::Missing);
        }
        let mut records = Vec::new();
        for (index, (first, path, len)) in files.iter().enumerate() {
            let last_file = index + 1 == files.len();
            let first = Lsn(*first);
            let next_first = files.get(index + 1).map(|(n, _, _)| Lsn(*n));
            // All of this file is before what is wanted.
            if next_first.is_some_and(|n| n <= self.next) && self.at.is_none_or(|(f, _)| f != first)
            {
                continue;
            }
            if first > self.next {
                return Ok(Poll::Trimmed);
            }
            let from = self
                .at
                .filter(|(f, _)| *f == first)
                .map_or(0, |(_, offset)| offset);
            if self.at.is_some_and(|(f, _)| f > first) || from == *len {
                continue;
            }
            let bytes = match fs.read(path, from) {
                Ok(bytes) => bytes,
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Poll::Trimmed),
                Err(e) => return Err(Error::io(path, "read", e)),
            };
            self.read_file(path, first, from, &bytes, last_file, &mut records)?;
        }
        Ok(Poll::Records(records))
    }

    fn read_file(
        &mut self,
        path: &Path,
        first: Lsn,
        from: u64,
        bytes: &Bytes,
        last_file: bool,
        records: &mut Vec<Record>,
    ) -> Result<()> {
        let name = path.display();
        let mut frames = FrameReader::new(bytes.clone());
        let mut expected = if from == 0 { first } else { self.next };
        let mut end = 0;
        if from == 0 {
            self.settled = Settled::default();
        }
        loop {
            match frames.next_frame() {
                Ok(None) => break,
                Ok(Some(frame)) => {
                    if frame.lsn != expected.0 {
                        return Err(Error::corrupt(
                            &name,
                            format!("write {} stands where {expected} belongs", frame.lsn),
                        ));
                    }
                    end = frame.end;
                    self.settled
                        .frame(frame.lsn, from + frame.end, frame.durable);
                    expected = expected.next();
                    if frame.lsn >= self.next.0 {
                        self.next = expected;
                        records.push(Record::parse(frame)?);
                    }
                }
                Err(damage) if damage.is_newer_version() => {
                    return Err(Error::new(
                        ErrorKind::NewerVersion,
                        format!(
                            "`{name}` was written by a newer version: {damage}; upgrade Thermocline"
                        ),
                    ));
                }
                // A new file is begun only when the one before is whole and synced,
                // and a frame says how far the log was synced when it was written.
                // So these two cases are damage; anything else is the torn end of a
                // write that nobody has a receipt for.
                Err(damage) => {
                    let good = expected.previous().0;
                    if !last_file || find_acknowledged_after(bytes, damage.offset, good).is_some() {
                        return Err(Error::corrupt(
                            &name,
                            format!("{damage}, and writes behind it were acknowledged"),
                        ));
                    }
                    break;
                }
            }
        }
        self.at = Some((first, from + end));
        Ok(())
    }

    /// How many bytes of the file read last are known to be durable.
    pub(crate) fn settled(&self) -> u64 {
        self.settled.bytes
    }

    /// The files as they must be for the writer to go on: first LSN, path and
    /// good bytes. The last file may be cut.
    pub(crate) fn files(&self, fs: &dyn Fs, dir: &Path) -> Result<Vec<(Lsn, PathBuf, u64)>> {
        let files = numbered::list(fs, dir, EXTENSION)?;
        Ok(files
            .into_iter()
            .map(|(first, path, len)| {
                let good = self
                    .at
                    .filter(|(f, _)| f.0 == first)
                    .map_or(len, |(_, good)| good);
                (Lsn(first), path, good)
            })
            .collect())
    }
}
