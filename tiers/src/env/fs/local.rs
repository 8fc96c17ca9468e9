//! The machine's own file system.
#![expect(clippy::disallowed_methods, reason = "this is the seam")]

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::ptr::NonNull;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use arrow::buffer::Buffer;
use bytes::Bytes;
use memmap2::Mmap;
use thermocline_policy::Timestamp;

use super::{DirEntry, FileLock, Fs, WriteFile, long};

/// The machine's own file system.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalFs;

impl Fs for LocalFs {
    fn create(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        let file = OpenOptions::new().write(true).create_new(true).open(path)?;
        Ok(Box::new(LocalFile(file)))
    }

    fn append(&self, path: &Path, len: u64) -> io::Result<Box<dyn WriteFile>> {
        let mut file = OpenOptions::new().write(true).open(path)?;
        file.set_len(len)?;
        file.seek(SeekFrom::Start(len))?;
        Ok(Box::new(LocalFile(file)))
    }

    fn rewrite(&self, path: &Path, from: u64) -> io::Result<()> {
        let mut file = OpenOptions::new().read(true).write(true).open(path)?;
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        file.seek(SeekFrom::Start(from))?;
        file.write_all(&bytes)?;
        file.sync_all()
    }

    fn read(&self, path: &Path, from: u64) -> io::Result<Bytes> {
        let mut file = File::open(path)?;
        let len = file.metadata()?.len().saturating_sub(from);
        if len >= long::LEAST {
            return long::read(&file, from, len);
        }
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes.into())
    }

    fn map(&self, path: &Path) -> io::Result<Buffer> {
        let file = File::open(path)?;
        if file.metadata()?.len() == 0 {
            return Ok(Buffer::from(Vec::<u8>::new()));
        }
        // SAFETY: segment files are private to the store, written aside and
        // renamed into place, and never changed afterwards. A foreign process
        // that truncates one breaks that contract and is outside the promise.
        let map = Arc::new(unsafe { Mmap::map(&file)? });
        let len = map.len();
        let start = NonNull::new(map.as_ptr().cast_mut())
            .ok_or_else(|| io::Error::other("the kernel mapped a file at address zero"))?;
        // SAFETY: `start` and `len` describe exactly the mapping, which `map`
        // keeps alive for as long as the buffer or a slice of it lives, and
        // which is only read.
        Ok(unsafe { Buffer::from_custom_allocation(start, len, map) })
    }

    fn len(&self, path: &Path) -> io::Result<u64> {
        Ok(fs::metadata(path)?.len())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<DirEntry>> {
        let entries = match fs::read_dir(dir) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry?;
            let meta = match entry.metadata() {
                // Removed between the listing and the look: not there.
                Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                other => other?,
            };
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let modified = meta
                .modified()
                .ok()
                .and_then(|at| at.duration_since(UNIX_EPOCH).ok())
                .and_then(|since| i64::try_from(since.as_micros()).ok())
                .map(Timestamp);
            let len = if meta.is_dir() { 0 } else { meta.len() };
            found.push(DirEntry {
                path: entry.path(),
                name,
                is_dir: meta.is_dir(),
                len,
                modified,
            });
        }
        Ok(found)
    }

    fn create_dir_all(&self, dir: &Path) -> io::Result<()> {
        let parent = dir.parent().filter(|p| !p.as_os_str().is_empty());
        if dir.is_dir() {
            // Whoever made it may have ended before it synced. Without the right to
            // read the directory above, its making is somebody else's business.
            return match parent.map_or(Ok(()), |parent| self.sync_dir(parent)) {
                Err(e) if e.kind() == io::ErrorKind::PermissionDenied => Ok(()),
                other => other,
            };
        }
        if let Some(parent) = parent {
            self.create_dir_all(parent)?;
        }
        match fs::create_dir(dir) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists && dir.is_dir() => Ok(()),
            Err(e) => Err(e),
            Ok(()) => parent.map_or(Ok(()), |p| self.sync_dir(p)),
        }
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }

    fn lock(&self, path: &Path, note: &str) -> io::Result<Box<dyn FileLock>> {
        let mut lock = LocalLock::take(path)?;
        lock.0.set_len(0)?;
        lock.0.write_all(note.as_bytes())?;
        Ok(Box::new(lock))
    }
}

#[derive(Debug)]
struct LocalFile(File);

impl Write for LocalFile {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.write(buf)
    }

    fn write_vectored(&mut self, bufs: &[io::IoSlice<'_>]) -> io::Result<usize> {
        self.0.write_vectored(bufs)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl WriteFile for LocalFile {
    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }
}

/// A file that is locked.
#[derive(Debug)]
struct LocalLock(File);

impl LocalLock {
    fn take(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
            Err(TryLockError::Error(e)) => Err(e),
        }
    }
}

impl Drop for LocalLock {
    fn drop(&mut self) {
        // Closing the file is not enough: a process that is just being started has it open too,
        // until its program begins.
        let _ = self.0.unlock();
    }
}

impl FileLock for LocalLock {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_free_as_soon_as_it_is_dropped_whoever_has_its_file_open() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("LOCK");
        let lock = LocalLock::take(&path).unwrap();
        // As a fork has it, before it becomes another program.
        let _forked = lock.0.try_clone().unwrap();
        assert!(LocalLock::take(&path).is_err());
        drop(lock);
        LocalLock::take(&path).unwrap();
    }
}
