//! The log's files.

use std::collections::VecDeque;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use thermocline_formats::SealedFrame;

use super::EXTENSION;
use crate::env::{Env, WriteFile};
use crate::error::{Error, Result};
use crate::lsn::Lsn;
use crate::numbered;

/// Small frames are gathered up to this many bytes for one write call.
const GATHER_BYTES: usize = 256 << 10;

/// The open end of the log.
#[derive(Debug)]
pub(crate) struct LogWriter {
    env: Env,
    dir: PathBuf,
    /// A new file is begun when the current one has this many bytes.
    file_bytes: u64,
    files: VecDeque<LogFile>,
    /// Open for appending: always the last of `files`.
    open: Option<Box<dyn WriteFile>>,
}

#[derive(Debug)]
struct LogFile {
    first: Lsn,
    path: PathBuf,
    bytes: u64,
}

/// Why a group did not become durable.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nothing of it counts, and the log is as it was: it can be tried again.
    Clean(Error),
    /// What is on the disk is unknown.
    Unknown(Error),
}

impl LogWriter {
    /// The writer behind the files `(first LSN, path, good bytes)`, the last of
    /// which is cut to its good bytes. Its first `settled` bytes are known to be
    /// durable; the rest is made so.
    pub(crate) fn resume(
        env: &Env,
        dir: PathBuf,
        file_bytes: u64,
        files: Vec<(Lsn, PathBuf, u64)>,
        settled: u64,
    ) -> Result<Self> {
        let mut writer = Self {
            env: env.clone(),
            dir,
            file_bytes,
            files: files
                .into_iter()
                .map(|(first, path, bytes)| LogFile { first, path, bytes })
                .collect(),
            open: None,
        };
        // The process before may have ended in a failure, before it synced.
        env.fs
            .sync_dir(&writer.dir)
            .map_err(|e| Error::io(&writer.dir, "sync", e))?;
        if let Some(last) = writer.files.back() {
            let path = &last.path;
            env.fs
                .rewrite(path, settled)
                .map_err(|e| Error::io(path, "write", e))?;
            let mut file = env
                .fs
                .append(path, last.bytes)
                .map_err(|e| Error::io(path, "open", e))?;
            // What was cut off must stay off.
            file.sync().map_err(|e| Error::io(path, "sync", e))?;
            writer.open = Some(file);
        }
        Ok(writer)
    }

    /// Makes the first file of a new log, which goes on at `next`. A log is never
    /// without one, so that a log that was removed is found out.
    pub(crate) fn start(&mut self, next: Lsn) -> Result<()> {
        if self.files.is_empty() {
            self.begin(next)?;
        }
        Ok(())
    }

    /// Writes and syncs a group.
    pub(crate) fn write(&mut self, frames: &VecDeque<(Lsn, SealedFrame)>) -> Result<(), Failure> {
        let Some((first, _)) = frames.front() else {
            return Ok(());
        };
        if self
            .files
            .back()
            .is_none_or(|file| file.bytes >= self.file_bytes)
            || self.open.is_none()
        {
            self.begin(*first).map_err(Failure::Clean)?;
        }
        let (Some(file), Some(open)) = (self.files.back_mut(), self.open.as_mut()) else {
            return Err(Failure::Unknown(Error::bug("the log has no open file")));
        };
        let written = write_all(open, frames);
        let bytes = match written {
            Ok(bytes) => bytes,
            Err(error) => {
                let error = Error::io(&file.path, "write", error);
                // Without the part that was written, the log is as before. The part
                // must not come back when this file is no longer the last.
                let reopened = self.env.fs.append(&file.path, file.bytes);
                let reopened = reopened.and_then(|mut file| file.sync().map(|()| file));
                return Err(match reopened {
                    Ok(reopened) => {
                        self.open = Some(reopened);
                        Failure::Clean(error)
                    }
                    Err(_) => Failure::Unknown(error),
                });
            }
        };
        open.sync()
            .map_err(|e| Failure::Unknown(Error::io(&file.path, "sync", e)))?;
        file.bytes += bytes;
        Ok(())
    }

    fn begin(&mut self, first: Lsn) -> Result<()> {
        let path = numbered::path(&self.dir, first.0, EXTENSION);
        // The new file may be there even if this fails, so nothing may follow in
        // the one before.
        self.open = None;
        // A failed attempt may have left an empty file of this name.
        match self.env.fs.remove(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                return Err(Error::io(&path, "remove", e));
            }
            _ => {}
        }
        let file = self
            .env
            .fs
            .create(&path)
            .map_err(|e| Error::io(&path, "create", e))?;
        self.env
            .fs
            .sync_dir(&self.dir)
            .map_err(|e| Error::io(&self.dir, "sync", e))?;
        self.files.push_back(LogFile {
            first,
            path,
            bytes: 0,
        });
        self.open = Some(file);
        Ok(())
    }

    /// Removes the files that hold nothing from `start` on, given that `durable`
    /// is the last number written.
    ///
    /// One file always stays, if need be a new and empty one: its name says
    /// where the log goes on, so a manifest that fell back to an older state is
    /// found out.
    pub(crate) fn trim(&mut self, start: Lsn, durable: Lsn) -> Result<()> {
        let all_before = self.files.back().is_some_and(|last| last.bytes > 0) && durable < start;
        if all_before {
            self.begin(durable.next())?;
        }
        while self.files.get(1).is_some_and(|next| next.first <= start) {
            if let Some(file) = self.files.pop_front() {
                self.env
                    .fs
                    .remove(&file.path)
                    .map_err(|e| Error::io(&file.path, "remove", e))?;
            }
        }
        Ok(())
    }

    /// Bytes of all files.
    pub(crate) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

fn write_all(
    open: &mut Box<dyn WriteFile>,
    frames: &VecDeque<(Lsn, SealedFrame)>,
) -> io::Result<u64> {
    let mut out = BufWriter::with_capacity(GATHER_BYTES, open);
    let mut bytes = 0;
    for (_, frame) in frames {
        frame.write_to(&mut out)?;
        bytes += frame.len() as u64;
    }
    out.flush()?;
    Ok(bytes)
}
