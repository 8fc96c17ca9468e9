//! Writing the manifest.

use std::path::PathBuf;
use std::sync::Arc;

use thermocline_formats::{Compression, PreparedFrame};

use super::load::Loaded;
use super::{CHECKPOINT, COMMIT, EXTENSION, Edit, State};
use crate::env::{Env, WriteFile};
use crate::error::{Error, Result};
use crate::numbered;

/// The open end of the manifest. There is one in the writing process.
#[derive(Debug)]
pub(crate) struct ManifestWriter {
    env: Env,
    dir: PathBuf,
    /// Commits may take this much room beside a small checkpoint.
    file_bytes: u64,
    file: Box<dyn WriteFile>,
    number: u64,
    checkpoint_bytes: u64,
    commit_bytes: u64,
    state: Arc<State>,
    /// Set by a failure that leaves the end of the file unknown.
    broken: bool,
    closed: bool,
    /// Why no new file was begun behind the last commit.
    failed_roll: Option<Error>,
}

impl ManifestWriter {
    /// The manifest of a new store.
    pub(crate) fn create(env: &Env, dir: PathBuf, file_bytes: u64, state: State) -> Result<Self> {
        let number = 1;
        let (file, checkpoint_bytes) = write_checkpoint(env, &dir, number, &state)?;
        let state = Arc::new(state);
        let env = env.clone();
        Ok(Self {
            env,
            dir,
            file_bytes,
            file,
            number,
            checkpoint_bytes,
            commit_bytes: 0,
            state,
            broken: false,
            closed: false,
            failed_roll: None,
        })
    }

    /// Goes on where `loaded` ends, cutting off a torn commit.
    pub(crate) fn resume(
        env: &Env,
        dir: PathBuf,
        file_bytes: u64,
        loaded: &Loaded,
    ) -> Result<Self> {
        let number = loaded.position.number;
        let path = numbered::path(&dir, number, EXTENSION);
        // The process before may have ended in a failure, before it synced.
        env.fs
            .sync_dir(&dir)
            .map_err(|e| Error::io(&dir, "sync", e))?;
        env.fs
            .rewrite(&path, loaded.last_commit)
            .map_err(|e| Error::io(&path, "write", e))?;
        let file = env
            .fs
            .append(&path, loaded.position.offset)
            .map_err(|e| Error::io(&path, "open", e))?;
        let state = Arc::clone(&loaded.state);
        let mut writer = Self {
            env: env.clone(),
            dir,
            file_bytes,
            file,
            number,
            checkpoint_bytes: loaded.checkpoint_bytes,
            commit_bytes: loaded
                .position
                .offset
                .saturating_sub(loaded.checkpoint_bytes),
            state,
            broken: false,
            closed: false,
            failed_roll: None,
        };
        // What was cut off must stay off, whatever happens next.
        writer
            .file
            .sync()
            .map_err(|e| Error::io(&path, "sync", e))?;
        writer.remove_before(number)?;
        Ok(writer)
    }

    /// The newest state.
    pub(crate) fn state(&self) -> &Arc<State> {
        &self.state
    }

    /// Makes `edits` durable and true, together. After an error none of them is
    /// true, and the writer may have to be opened anew.
    pub(crate) fn commit(&mut self, edits: &[Edit]) -> Result<Arc<State>> {
        if self.closed {
            return Err(Error::closed());
        }
        if self.broken {
            return Err(Error::new(
                crate::ErrorKind::Poisoned,
                "an earlier manifest commit failed half-way; close the store and open it again",
            ));
        }
        let mut next = State::clone(&self.state);
        next.apply(edits)?;
        let payload = rmp_serde::to_vec_named(edits).map_err(Error::bug)?;
        // Commits are strictly ordered: each is synced before the next is written.
        let frame = PreparedFrame::new(COMMIT, payload, Compression::Lz4)?
            .seal(next.version, self.state.version);
        let path = numbered::path(&self.dir, self.number, EXTENSION);
        let written = frame.write_to(&mut self.file);
        if let Err(error) = written {
            return Err(self.take_back(&path, error));
        }
        if let Err(error) = self.file.sync() {
            self.broken = true;
            return Err(Error::io(&path, "sync", error).with_kind(crate::ErrorKind::Poisoned));
        }
        self.commit_bytes += frame.len() as u64;
        self.state = Arc::new(next);
        if self.commit_bytes > self.file_bytes.max(self.checkpoint_bytes) {
            // The commit counts already; a failed roll is tried again with the next.
            self.failed_roll = self.roll().err();
        }
        Ok(Arc::clone(&self.state))
    }

    /// Why no new file could be begun behind the last commit; told once.
    pub(crate) fn take_failed_roll(&mut self) -> Option<Error> {
        self.failed_roll.take()
    }

    /// Takes no more commits.
    pub(crate) fn close(&mut self) {
        self.closed = true;
    }

    /// Cuts off a commit that was not written whole, so that the next can follow.
    fn take_back(&mut self, path: &std::path::Path, error: std::io::Error) -> Error {
        match self
            .env
            .fs
            .append(path, self.checkpoint_bytes + self.commit_bytes)
        {
            Ok(file) => {
                self.file = file;
                Error::io(path, "write", error)
            }
            // Perhaps it is there all the same.
            Err(_) => {
                self.broken = true;
                Error::io(path, "write", error).with_kind(crate::ErrorKind::Poisoned)
            }
        }
    }

    /// Starts a new file with a checkpoint.
    fn roll(&mut self) -> Result<()> {
        let number = self.number + 1;
        let written = write_checkpoint(&self.env, &self.dir, number, &self.state);
        let (file, bytes) = match written {
            Ok(written) => written,
            Err(error) => {
                // Left there, it would hide the commits that go on in this file.
                self.broken = self.take_away(number).is_err();
                return Err(error);
            }
        };
        self.file = file;
        self.number = number;
        self.checkpoint_bytes = bytes;
        self.commit_bytes = 0;
        // The file before stays for a reader that has just listed the directory.
        self.remove_before(number - 1)
    }

    /// Removes a file that may have got its name, for good.
    fn take_away(&self, number: u64) -> std::io::Result<()> {
        let path = numbered::path(&self.dir, number, EXTENSION);
        match self.env.fs.remove(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        self.env.fs.sync_dir(&self.dir)
    }

    fn remove_before(&self, number: u64) -> Result<()> {
        for (old, path, _) in numbered::list(self.env.fs.as_ref(), &self.dir, EXTENSION)? {
            if old < number {
                self.env
                    .fs
                    .remove(&path)
                    .map_err(|e| Error::io(&path, "remove", e))?;
            }
        }
        Ok(())
    }
}

/// Writes a manifest file that holds only `state`; also what a backup starts with.
fn write_checkpoint(
    env: &Env,
    dir: &std::path::Path,
    number: u64,
    state: &State,
) -> Result<(Box<dyn WriteFile>, u64)> {
    let path = numbered::path(dir, number, EXTENSION);
    let payload = rmp_serde::to_vec_named(state).map_err(Error::bug)?;
    let frame = PreparedFrame::new(CHECKPOINT, payload, Compression::Lz4)?
        .seal(state.version, state.version);
    env.write_atomically(&path, |mut file| {
        frame
            .write_to(&mut file)
            .map_err(|e| Error::io(&path, "write", e))
    })?;
    let bytes = frame.len() as u64;
    let file = env
        .fs
        .append(&path, bytes)
        .map_err(|e| Error::io(&path, "open", e))?;
    Ok((file, bytes))
}
