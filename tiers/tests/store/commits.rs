//! Group commit: many writers, few syncs, one order.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::kit::{ids, range, rows};
use arrow::buffer::Buffer;
use thermocline_tiers::{
    DirEntry, Durability, Env, ErrorKind, FileLock, Fs, LocalFs, Store, WriteFile, WriteHealth,
};

/// The local file system, with a count of syncs of log files, and switches that
/// make them fail.
#[derive(Debug, Default)]
struct Watched {
    inner: LocalFs,
    syncs: Arc<AtomicU64>,
    /// 0: well; 1: writes find the disk full; 2: syncs fail.
    failing: Arc<AtomicU64>,
}

#[derive(Debug)]
struct WatchedFile {
    inner: Box<dyn WriteFile>,
    syncs: Arc<AtomicU64>,
    failing: Arc<AtomicU64>,
}

impl io::Write for WatchedFile {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if self.failing.load(Ordering::SeqCst) == 1 {
            // A full disk takes a part.
            self.inner.write_all(&buf[..buf.len() / 2])?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.inner.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl WriteFile for WatchedFile {
    fn sync(&mut self) -> io::Result<()> {
        self.syncs.fetch_add(1, Ordering::SeqCst);
        if self.failing.load(Ordering::SeqCst) == 2 {
            return Err(io::Error::other("the disk went away"));
        }
        self.inner.sync()
    }
}

impl Watched {
    fn wrap(&self, path: &Path, inner: Box<dyn WriteFile>) -> Box<dyn WriteFile> {
        if path.extension().is_none_or(|extension| extension != "log") {
            return inner;
        }
        let (syncs, failing) = (Arc::clone(&self.syncs), Arc::clone(&self.failing));
        Box::new(WatchedFile {
            inner,
            syncs,
            failing,
        })
    }
}

impl Fs for Watched {
    fn create(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        Ok(self.wrap(path, self.inner.create(path)?))
    }
    fn append(&self, path: &Path, len: u64) -> io::Result<Box<dyn WriteFile>> {
        Ok(self.wrap(path, self.inner.append(path, len)?))
    }
    fn read(&self, path: &Path, from: u64) -> io::Result<bytes::Bytes> {
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

async fn watched(dir: &tempfile::TempDir) -> (Store, Arc<AtomicU64>, Arc<AtomicU64>) {
    let fs = Watched::default();
    let (syncs, failing) = (Arc::clone(&fs.syncs), Arc::clone(&fs.failing));
    let mut env = Env::real();
    env.fs = Arc::new(fs);
    let store = crate::kit::builder(dir).env(env).open().await.unwrap();
    store
        .create_table("flights", crate::kit::options())
        .await
        .unwrap();
    (store, syncs, failing)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_share_syncs_and_none_is_lost_or_doubled() {
    let dir = tempfile::tempdir().unwrap();
    let (store, syncs, _) = watched(&dir).await;
    let before = syncs.load(Ordering::SeqCst);
    let writers: Vec<_> = (0..64)
        .map(|writer| {
            let table = store.table("flights").unwrap();
            tokio::spawn(async move {
                let mut lsns = Vec::new();
                for n in 0..10 {
                    let id = writer * 10 + n;
                    lsns.push(table.append(rows(id..id + 1)).await.unwrap().lsn.0);
                }
                assert!(lsns.is_sorted());
                lsns
            })
        })
        .collect();
    let mut lsns = Vec::new();
    for writer in writers {
        lsns.extend(writer.await.unwrap());
    }
    lsns.sort_unstable();
    assert_eq!(
        lsns,
        (1..=640).collect::<Vec<u64>>(),
        "each number once, without a gap"
    );
    let syncs = syncs.load(Ordering::SeqCst) - before;
    assert!(syncs < 320, "640 writes took {syncs} syncs");
    drop(store);
    let store = crate::kit::builder(&dir).open().await.unwrap();
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..640));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_writes_and_the_store_goes_on_when_there_is_space() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _, failing) = watched(&dir).await;
    let table = store.table("flights").unwrap();
    table.append(rows(0..10)).await.unwrap();
    failing.store(1, Ordering::SeqCst);
    for _ in 0..3 {
        let error = table.append(rows(10..20)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Full, "{error}");
    }
    assert_eq!(store.health().writes, WriteHealth::Full);
    failing.store(0, Ordering::SeqCst);
    table.append(rows(20..30)).await.unwrap();
    assert_eq!(store.health().writes, WriteHealth::Good);
    drop((store, table));
    let store = crate::kit::builder(&dir).open().await.unwrap();
    // The first refused write was kept and got through later; the others were
    // refused before they had a number.
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..30));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_sync_poisons_the_store_until_it_is_opened_again() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _, failing) = watched(&dir).await;
    let table = store.table("flights").unwrap();
    table.append(rows(0..10)).await.unwrap();
    failing.store(2, Ordering::SeqCst);
    assert_eq!(
        table.append(rows(10..20)).await.unwrap_err().kind(),
        ErrorKind::Poisoned
    );
    failing.store(0, Ordering::SeqCst);
    assert_eq!(
        table.append(rows(20..30)).await.unwrap_err().kind(),
        ErrorKind::Poisoned
    );
    let memory = table.append_with(rows(20..30), Durability::Memory).await;
    assert_eq!(memory.unwrap_err().kind(), ErrorKind::Poisoned);
    assert_eq!(store.health().writes, WriteHealth::Poisoned);
    drop((store, table));
    let store = crate::kit::builder(&dir).open().await.unwrap();
    let found = ids(&store.snapshot(), "flights").await;
    assert!(found == range(0..10) || found == range(0..20), "{found:?}");
    store
        .table("flights")
        .unwrap()
        .append(rows(90..91))
        .await
        .unwrap();
}
