//! The disk as the engine's file system.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::buffer::Buffer;
use bytes::Bytes;
use object_store::ObjectStore;
use thermocline_tiers::{DirEntry, FileLock, Fs, WriteFile};

use super::history::to_usize;
use super::{Call, Disk, Fault, FileId, Objects, Op, answer};

impl Fs for Disk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        let mut inner = self.inner.lock();
        let fault = inner.enter(Call::Create, path)?;
        inner.live.check_parent(path)?;
        if inner.live.file(path).is_ok() || inner.live.is_dir(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let file = inner.live.next_file();
        inner.done(Op::Create(path.to_path_buf(), file));
        answer(self.open(file, path, 0), fault)
    }

    fn append(&self, path: &Path, len: u64) -> io::Result<Box<dyn WriteFile>> {
        let mut inner = self.inner.lock();
        let fault = inner.enter(Call::Append, path)?;
        let file = inner.live.file(path)?;
        // Also when it is so long already: a cut whose sync failed may be undone on the disk.
        inner.done(Op::SetLen(file, len));
        answer(self.open(file, path, len), fault)
    }

    fn rewrite(&self, path: &Path, from: u64) -> io::Result<()> {
        let mut inner = self.inner.lock();
        inner.enter(Call::Read, path)?;
        let file = inner.live.file(path)?;
        let bytes = Bytes::copy_from_slice(
            inner
                .live
                .bytes(file)
                .get(to_usize(from)..)
                .unwrap_or_default(),
        );
        inner.enter(Call::Write, path)?;
        if !bytes.is_empty() {
            inner.done(Op::Write {
                file,
                at: from,
                bytes,
            });
        }
        let entered = inner.enter(Call::Sync, path);
        inner.done(match &entered {
            Ok(_) => Op::SyncFile(file),
            Err(_) => Op::SyncFailed(file),
        });
        entered.map(|_| ())
    }

    fn read(&self, path: &Path, from: u64) -> io::Result<Bytes> {
        let mut inner = self.inner.lock();
        inner.enter(Call::Read, path)?;
        let file = inner.live.file(path)?;
        let bytes = inner.live.bytes(file);
        Ok(Bytes::copy_from_slice(
            bytes.get(to_usize(from)..).unwrap_or_default(),
        ))
    }

    fn map(&self, path: &Path) -> io::Result<Buffer> {
        let mut inner = self.inner.lock();
        inner.enter(Call::Map, path)?;
        let file = inner.live.file(path)?;
        // A copy, because segment files are never changed. It is aligned as
        // Arrow wants it.
        Ok(Buffer::from_slice_ref(inner.live.bytes(file)))
    }

    fn len(&self, path: &Path) -> io::Result<u64> {
        let mut inner = self.inner.lock();
        inner.enter(Call::Len, path)?;
        let file = inner.live.file(path)?;
        Ok(inner.live.bytes(file).len() as u64)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut inner = self.inner.lock();
        let fault = inner.enter(Call::Rename, to)?;
        inner.live.file(from)?;
        if from.parent() != to.parent() {
            return Err(io::Error::other(
                "only names within one directory are moved on this disk",
            ));
        }
        inner.done(Op::Rename {
            from: from.to_path_buf(),
            to: to.to_path_buf(),
        });
        answer((), fault)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut inner = self.inner.lock();
        let fault = inner.enter(Call::Remove, path)?;
        inner.live.file(path)?;
        inner.done(Op::Remove(path.to_path_buf()));
        answer((), fault)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<DirEntry>> {
        let mut inner = self.inner.lock();
        inner.enter(Call::List, dir)?;
        let mut found = inner.live.list(dir);
        // In no particular order, and not always in the same.
        let mut shuffled = Vec::with_capacity(found.len());
        while !found.is_empty() {
            let next = inner.random.below(found.len());
            shuffled.push(found.swap_remove(next));
        }
        let entries = shuffled.into_iter().filter_map(|(path, len, is_dir)| {
            let name = path.file_name()?.to_str()?.to_owned();
            Some(DirEntry {
                path,
                name,
                is_dir,
                len,
                modified: None,
            })
        });
        Ok(entries.collect())
    }

    fn create_dir_all(&self, dir: &Path) -> io::Result<()> {
        if self.inner.lock().live.is_dir(dir) {
            return dir.parent().map_or(Ok(()), |parent| self.sync_dir(parent));
        }
        let mut missing: Vec<PathBuf> = Vec::new();
        let mut next = Some(dir);
        while let Some(path) = next {
            if self.inner.lock().live.is_dir(path) {
                // As the machine's own does.
                path.parent()
                    .map_or(Ok(()), |parent| self.sync_dir(parent))?;
                break;
            }
            missing.push(path.to_path_buf());
            next = path.parent();
        }
        for path in missing.into_iter().rev() {
            let mut inner = self.inner.lock();
            let fault = inner.enter(Call::MakeDir, &path)?;
            inner.done(Op::MakeDir(path.clone()));
            answer((), fault)?;
            if let Some(parent) = path.parent() {
                let fault = inner.enter(Call::SyncDir, parent)?;
                inner.done(Op::SyncDir(parent.to_path_buf()));
                answer((), fault)?;
            }
        }
        Ok(())
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut inner = self.inner.lock();
        let fault = inner.enter(Call::SyncDir, dir)?;
        if !inner.live.is_dir(dir) {
            return Err(io::ErrorKind::NotFound.into());
        }
        inner.done(Op::SyncDir(dir.to_path_buf()));
        answer((), fault)
    }

    fn lock(&self, path: &Path, _note: &str) -> io::Result<Box<dyn FileLock>> {
        let mut inner = self.inner.lock();
        inner.enter(Call::Lock, path)?;
        inner.live.check_parent(path)?;
        if inner.live.file(path).is_err() {
            let file = inner.live.next_file();
            inner.done(Op::Create(path.to_path_buf(), file));
        }
        if !inner.live.locked.insert(path.to_path_buf()) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(Held {
            disk: self.clone(),
            path: path.to_path_buf(),
        }))
    }

    fn objects(&self, dir: &Path) -> io::Result<Arc<dyn ObjectStore>> {
        Ok(Arc::new(Objects::new(self, dir)))
    }
}

impl Disk {
    /// The object store of a directory, which tells of each object that is put.
    pub(crate) fn objects_told(
        &self,
        dir: &Path,
        told: impl Fn(&str) + Send + Sync + 'static,
    ) -> io::Result<Arc<dyn ObjectStore>> {
        Ok(Arc::new(Objects::new(self, dir).telling(Box::new(told))))
    }

    /// Creates a directory and its parents and syncs nothing.
    pub(crate) fn create_dir_unsynced(&self, dir: &Path) -> io::Result<()> {
        let mut inner = self.inner.lock();
        let mut missing: Vec<&Path> = dir.ancestors().collect();
        missing.retain(|path| !inner.live.is_dir(path));
        for path in missing.into_iter().rev() {
            inner.done(Op::MakeDir(path.to_path_buf()));
        }
        Ok(())
    }

    fn open(&self, file: FileId, path: &Path, at: u64) -> Box<dyn WriteFile> {
        Box::new(OpenFile {
            disk: self.clone(),
            file,
            path: path.to_path_buf(),
            at,
        })
    }
}

#[derive(Debug)]
struct OpenFile {
    disk: Disk,
    file: FileId,
    path: PathBuf,
    at: u64,
}

impl io::Write for OpenFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut inner = self.disk.inner.lock();
        let fault = inner.enter(Call::Write, &self.path)?;
        let taken = match fault {
            Some(Fault::Short) => bytes.len().div_ceil(2),
            _ => bytes.len(),
        };
        let bytes = bytes.get(..taken).unwrap_or(bytes);
        inner.done(Op::Write {
            file: self.file,
            at: self.at,
            bytes: Bytes::copy_from_slice(bytes),
        });
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl WriteFile for OpenFile {
    fn sync(&mut self) -> io::Result<()> {
        let mut inner = self.disk.inner.lock();
        let entered = inner.enter(Call::Sync, &self.path);
        inner.done(match &entered {
            Ok(_) => Op::SyncFile(self.file),
            Err(_) => Op::SyncFailed(self.file),
        });
        entered.map(|_| ())
    }
}

/// Lets go when it is dropped.
#[derive(Debug)]
struct Held {
    disk: Disk,
    path: PathBuf,
}

impl FileLock for Held {}

impl Drop for Held {
    fn drop(&mut self) {
        self.disk.inner.lock().live.locked.remove(&self.path);
    }
}
