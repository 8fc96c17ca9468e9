//! A file system that forgets a step.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::buffer::Buffer;
use bytes::Bytes;
use object_store::ObjectStore;
use parking_lot::Mutex;
use thermocline_tiers::{DirEntry, FileLock, Fs, WriteFile};

use super::Lie;
use crate::disk::Disk;

/// Passes everything on to a disk, but for one step.
#[derive(Debug, Clone)]
pub struct Liar {
    disk: Disk,
    lie: Lie,
    /// Files that were written wrong, with what should be in them.
    rotten: Arc<Mutex<BTreeMap<PathBuf, Vec<u8>>>>,
}

fn is(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|e| e == extension)
}

fn is_warm(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "warm")
}

impl Liar {
    /// Stands before `disk`.
    #[must_use]
    pub fn new(disk: &Disk, lie: Lie) -> Self {
        Self {
            disk: disk.clone(),
            lie,
            rotten: Arc::default(),
        }
    }

    fn wrap(&self, path: &Path, inner: Box<dyn WriteFile>) -> Box<dyn WriteFile> {
        Box::new(LyingFile {
            inner,
            liar: self.clone(),
            path: path.to_path_buf(),
        })
    }

    /// Whether a sync of this file is forgotten.
    fn forgets_sync(&self, path: &Path) -> bool {
        match self.lie {
            Lie::LogNotSynced => is(path, "log"),
            Lie::ManifestNotSynced => is(path, "manifest"),
            Lie::WarmNotSynced => is_warm(path),
            _ => false,
        }
    }

    fn forgets_sync_dir(&self, dir: &Path) -> bool {
        match self.lie {
            Lie::LogDirNotSynced => dir.ends_with("log"),
            Lie::ManifestDirNotSynced => dir.ends_with("manifest"),
            Lie::WarmDirNotSynced => is_warm(dir),
            _ => false,
        }
    }

    /// Removes the local files for which this holds.
    fn remove_where(&self, dir: &Path, gone: &dyn Fn(&DirEntry) -> bool) {
        for entry in self.disk.list(dir).unwrap_or_default() {
            if entry.is_dir {
                self.remove_where(&entry.path, gone);
            } else if gone(&entry) {
                // The bug does not look at the outcome either.
                let _ = self.disk.remove(&entry.path);
            }
        }
    }
}

impl Fs for Liar {
    fn create(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        Ok(self.wrap(path, self.disk.create(path)?))
    }

    fn append(&self, path: &Path, len: u64) -> io::Result<Box<dyn WriteFile>> {
        let len = match self.lie {
            Lie::TornEndKept => self.disk.len(path)?,
            _ => len,
        };
        Ok(self.wrap(path, self.disk.append(path, len)?))
    }

    fn rewrite(&self, path: &Path, from: u64) -> io::Result<()> {
        match self.lie {
            Lie::NotRewritten => Ok(()),
            _ if self.forgets_sync(path) => Ok(()),
            _ => self.disk.rewrite(path, from),
        }
    }

    fn read(&self, path: &Path, from: u64) -> io::Result<Bytes> {
        let bytes = self.disk.read(path, from)?;
        let rotten = self.rotten.lock();
        match rotten.get(path) {
            Some(intended) if from == 0 => Ok(intended.clone().into()),
            _ => Ok(bytes),
        }
    }

    fn map(&self, path: &Path) -> io::Result<Buffer> {
        self.disk.map(path)
    }

    fn len(&self, path: &Path) -> io::Result<u64> {
        self.disk.len(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(from, to)?;
        let mut rotten = self.rotten.lock();
        if let Some(intended) = rotten.remove(from) {
            rotten.insert(to.to_path_buf(), intended);
        }
        if self.lie == Lie::LogTrimmedEarly && is(to, "arrow") {
            let log = Path::new(crate::world::DIR).join("log");
            self.remove_where(&log, &|entry| entry.len > 0);
        }
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.disk.remove(path)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<DirEntry>> {
        self.disk.list(dir)
    }

    fn create_dir_all(&self, dir: &Path) -> io::Result<()> {
        match self.lie {
            Lie::NewDirsNotSynced => self.disk.create_dir_unsynced(dir),
            _ => self.disk.create_dir_all(dir),
        }
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        if self.forgets_sync_dir(dir) {
            return Ok(());
        }
        self.disk.sync_dir(dir)
    }

    fn lock(&self, path: &Path, note: &str) -> io::Result<Box<dyn FileLock>> {
        match self.disk.lock(path, note) {
            Err(_) if self.lie == Lie::NotLocked => Ok(Box::new(NoLock)),
            other => other,
        }
    }

    fn objects(&self, dir: &Path) -> io::Result<Arc<dyn ObjectStore>> {
        if self.lie != Lie::SourceGoneEarly {
            return self.disk.objects(dir);
        }
        let liar = self.clone();
        self.disk.objects_told(dir, move |name| {
            let segment = name.rsplit('/').next().unwrap_or(name);
            let segment: String = segment.chars().take(36).collect();
            let warm = Path::new(crate::world::DIR).join("warm");
            liar.remove_where(&warm, &|entry| entry.name.starts_with(&segment));
        })
    }
}

#[derive(Debug)]
struct NoLock;

impl FileLock for NoLock {}

#[derive(Debug)]
struct LyingFile {
    inner: Box<dyn WriteFile>,
    liar: Liar,
    path: PathBuf,
}

impl io::Write for LyingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.liar.lie == Lie::HalfWritten && is(&self.path, "log") {
            self.inner
                .write_all(bytes.get(..bytes.len() / 2).unwrap_or(bytes))?;
            return Ok(bytes.len());
        }
        if self.liar.lie == Lie::NotReadBack && is_warm(&self.path) {
            let mut rotten = self.liar.rotten.lock();
            let intended = rotten.entry(self.path.clone()).or_default();
            let mut wrong = bytes.to_vec();
            // Somewhere in the rows, behind the header.
            if let Some(byte) = wrong.get_mut(bytes.len() / 3) {
                *byte ^= 1;
            }
            let taken = self.inner.write(&wrong)?;
            intended.extend_from_slice(bytes.get(..taken).unwrap_or(bytes));
            return Ok(taken);
        }
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl WriteFile for LyingFile {
    fn sync(&mut self) -> io::Result<()> {
        if self.liar.forgets_sync(&self.path) {
            return Ok(());
        }
        self.inner.sync()
    }
}
