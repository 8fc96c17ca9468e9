//! A change that ends at any of its steps: the set before it or the set after
//! it, whole, and no file that nobody knows.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arrow::buffer::Buffer;
use bytes::Bytes;
use tempfile::TempDir;
use thermocline_tiers::persistence::{ParquetPersistence, SoAPersistence};
use thermocline_tiers::{DirEntry, Env, ErrorKind, FileLock, Fs, LocalFs, WriteFile};

use crate::kit::{Sales, all_files};

/// A disk that fails for good after so many changes, as one whose machine lost
/// its power does.
#[derive(Debug, Clone)]
struct Failing {
    left: Arc<AtomicI64>,
}

impl Failing {
    fn step(&self) -> io::Result<()> {
        if self.left.fetch_sub(1, Ordering::SeqCst) > 0 {
            Ok(())
        } else {
            Err(io::Error::other("the power is off"))
        }
    }
}

#[derive(Debug)]
struct FailingFile {
    inner: Box<dyn WriteFile>,
    disk: Failing,
}

impl io::Write for FailingFile {
    /// Half of the bytes, and then what the disk says.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(error) = self.disk.step() {
            self.inner.write_all(&bytes[..bytes.len() / 2])?;
            return Err(error);
        }
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl WriteFile for FailingFile {
    fn sync(&mut self) -> io::Result<()> {
        self.disk.step()?;
        self.inner.sync()
    }
}

impl Fs for Failing {
    fn create(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        self.step()?;
        Ok(Box::new(FailingFile {
            inner: LocalFs.create(path)?,
            disk: self.clone(),
        }))
    }
    fn append(&self, path: &Path, len: u64) -> io::Result<Box<dyn WriteFile>> {
        self.step()?;
        LocalFs.append(path, len)
    }
    fn rewrite(&self, path: &Path, from: u64) -> io::Result<()> {
        self.step()?;
        LocalFs.rewrite(path, from)
    }
    fn read(&self, path: &Path, from: u64) -> io::Result<Bytes> {
        LocalFs.read(path, from)
    }
    fn map(&self, path: &Path) -> io::Result<Buffer> {
        LocalFs.map(path)
    }
    fn len(&self, path: &Path) -> io::Result<u64> {
        LocalFs.len(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        LocalFs.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        LocalFs.remove(path)
    }
    fn list(&self, dir: &Path) -> io::Result<Vec<DirEntry>> {
        LocalFs.list(dir)
    }
    fn create_dir_all(&self, dir: &Path) -> io::Result<()> {
        self.step()?;
        LocalFs.create_dir_all(dir)
    }
    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.step()?;
        LocalFs.sync_dir(dir)
    }
    fn lock(&self, path: &Path, note: &str) -> io::Result<Box<dyn FileLock>> {
        LocalFs.lock(path, note)
    }
}

fn by_shop(dir: &TempDir) -> ParquetPersistence<Sales> {
    ParquetPersistence::new(dir.path()).with_partition_by("shop".parse().unwrap())
}

/// What is changed, and what the set is afterwards.
#[derive(Debug, Clone, Copy)]
enum Change {
    Save,
    Append,
    Compact,
    Clear,
}

impl Change {
    async fn make(
        self,
        sales: &mut ParquetPersistence<Sales>,
    ) -> Result<(), thermocline_tiers::Error> {
        match self {
            Self::Save => sales.save(&Sales::of(100..130)).await,
            Self::Append => sales.append(&Sales::of(9..30)).await,
            Self::Compact => sales.compact().await,
            Self::Clear => sales.clear().await,
        }
    }

    fn after(self) -> Option<Sales> {
        match self {
            Self::Save => Some(Sales::of(100..130)),
            Self::Append => Some(Sales::of(0..30)),
            Self::Compact => Some(Sales::of(0..9)),
            Self::Clear => None,
        }
    }
}

#[tokio::test]
async fn the_set_is_that_of_before_or_that_of_after() {
    for change in [Change::Save, Change::Append, Change::Compact, Change::Clear] {
        let mut steps = 0;
        loop {
            let dir = TempDir::new().unwrap();
            let mut before = by_shop(&dir);
            before.save(&Sales::of(0..4)).await.unwrap();
            before.append(&Sales::of(4..9)).await.unwrap();

            let disk = Failing {
                left: Arc::new(AtomicI64::new(steps)),
            };
            let env = Env {
                fs: Arc::new(disk),
                ..Env::real()
            };
            let changed = change.make(&mut by_shop(&dir).with_env(env)).await;

            let found = by_shop(&dir).load().await.unwrap().map(|all| all.sorted());
            let old = Some(Sales::of(0..9));
            let new = change.after();
            match &changed {
                Ok(()) => assert_eq!(found, new, "{change:?}, {steps} steps"),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
                    assert!(found == old || found == new, "{change:?}, {steps} steps");
                }
            }
            // The next change leaves no file that nobody knows.
            let mut next = by_shop(&dir);
            next.save(&Sales::of(0..3)).await.unwrap();
            assert_eq!(
                next.load().await.unwrap().unwrap().sorted(),
                Sales::of(0..3)
            );
            let files = all_files(dir.path());
            assert_eq!(files.len(), 3 + 2, "{change:?}, {steps} steps: {files:?}");
            if changed.is_ok() {
                break;
            }
            steps += 1;
            assert!(steps < 200, "{change:?} never ends");
        }
        assert!(steps >= 3, "{change:?} took {steps} steps");
    }
}
