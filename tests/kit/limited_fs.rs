//! A disk that runs full.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use thermocline::arrow::buffer::Buffer;
use thermocline::{DirEntry, FileLock, Fs, LocalFs, WriteFile};

/// The machine's disk with a limit on the bytes that may still be written.
#[derive(Debug, Clone)]
pub struct LimitedFs {
    inner: LocalFs,
    left: Arc<AtomicI64>,
}

impl LimitedFs {
    pub fn new(bytes: i64) -> Self {
        Self {
            inner: LocalFs,
            left: Arc::new(AtomicI64::new(bytes)),
        }
    }

    /// Frees this much space.
    pub fn free(&self, bytes: i64) {
        self.left.fetch_add(bytes, Ordering::SeqCst);
    }

    fn limited(&self, file: Box<dyn WriteFile>) -> Box<dyn WriteFile> {
        Box::new(LimitedFile {
            inner: file,
            left: Arc::clone(&self.left),
        })
    }
}

#[derive(Debug)]
struct LimitedFile {
    inner: Box<dyn WriteFile>,
    left: Arc<AtomicI64>,
}

impl io::Write for LimitedFile {
    /// Writes what there is room for, as a real disk does; nothing is an error.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let left = usize::try_from(self.left.load(Ordering::SeqCst)).unwrap_or(0);
        let bytes = &bytes[..bytes.len().min(left)];
        if left == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let written = self.inner.write(bytes)?;
        self.left
            .fetch_sub(i64::try_from(written).unwrap(), Ordering::SeqCst);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl WriteFile for LimitedFile {
    fn sync(&mut self) -> io::Result<()> {
        self.inner.sync()
    }
}

impl Fs for LimitedFs {
    fn create(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        Ok(self.limited(self.inner.create(path)?))
    }
    fn append(&self, path: &Path, len: u64) -> io::Result<Box<dyn WriteFile>> {
        Ok(self.limited(self.inner.append(path, len)?))
    }
    fn read(&self, path: &Path, from: u64) -> io::Result<Bytes> {
        self.inner.read(path, from)
    }
    fn rewrite(&self, path: &Path, from: u64) -> io::Result<()> {
        self.inner.rewrite(path, from)
    }
    fn map(&self, path: &Path) -> io::Result<Buffer> {
        self.inner.map(path)
    }
    fn len(&self, path: &Path) -> io::Result<u64> {
        self.inner.len(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.inner.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.inner.remove(path)
    }
    fn list(&self, dir: &Path) -> io::Result<Vec<DirEntry>> {
        self.inner.list(dir)
    }
    fn create_dir_all(&self, dir: &Path) -> io::Result<()> {
        self.inner.create_dir_all(dir)
    }
    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.inner.sync_dir(dir)
    }
    fn lock(&self, path: &Path, note: &str) -> io::Result<Box<dyn FileLock>> {
        self.inner.lock(path, note)
    }
}
