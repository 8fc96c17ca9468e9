//! Ranges of remote objects, kept on the local disk.
//!
//! A hint and no more: what is damaged, torn or gone is read from the object store again,
//! and a file that cannot be written ends the writing, not the read. So nothing here is
//! synced, and several processes may share the folder: files are written aside and renamed,
//! and never changed.

mod entry;
mod index;
mod usage;

use std::io::{self, ErrorKind, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::env::{Env, Lane};
pub(crate) use entry::ObjectKey;
use index::Index;
pub use usage::ColdCacheStats;
use usage::Usage;

/// Longer ranges are kept in pieces of this size: a part of one is read and verified
/// without the rest.
const PIECE: u64 = 1 << 20;
/// That read and write files.
const THREADS: usize = 2;
/// End of the names of files that are being written.
const ASIDE: &str = ".tmp";
/// A file aside that is this old, in microseconds, was left by a process that ended.
const LEFT: i64 = 3_600_000_000;
/// What others have put there is looked for when this share of the budget was written.
const LOOK_AGAIN: u64 = 8;

/// A part of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) range: Range<u64>,
    pub(crate) bytes: Bytes,
}

/// The cache in one folder. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct RangeCache {
    inner: Arc<Inner>,
    /// Files are read and written here.
    lane: Arc<Lane>,
}

#[derive(Debug)]
struct Inner {
    env: Env,
    dir: PathBuf,
    budget: u64,
    known: Mutex<Known>,
    /// Held while the folder is listed for the first time.
    listing: Mutex<()>,
    usage: Usage,
}

#[derive(Debug, Default)]
struct Known {
    index: Index,
    listed: bool,
    /// Bytes written since the folder was listed.
    written: u64,
    /// Writing failed; the folder is left as it is.
    closed: bool,
}

impl RangeCache {
    /// The cache in `dir`, of at most `budget` bytes. Nothing is read before it is used.
    pub(crate) fn new(env: &Env, dir: PathBuf, budget: u64) -> Self {
        Self {
            inner: Arc::new(Inner {
                env: env.clone(),
                dir,
                budget,
                known: Mutex::default(),
                listing: Mutex::default(),
                usage: Usage::default(),
            }),
            lane: Arc::new(Lane::new(env, "thermocline-ranges", THREADS)),
        }
    }

    /// What it was good for.
    pub(crate) fn stats(&self) -> ColdCacheStats {
        self.inner
            .usage
            .stats(self.inner.known.lock().index.bytes())
    }

    pub(crate) fn usage(&self) -> &Usage {
        &self.inner.usage
    }

    /// What is here of each of these ranges of an object: parts in order that do not overlap.
    pub(crate) async fn look(&self, key: &ObjectKey, ranges: &[Range<u64>]) -> Vec<Vec<Part>> {
        let nothing = || vec![Vec::new(); ranges.len()];
        if !self.inner.may_have(key, ranges) {
            return nothing();
        }
        let (inner, key, wanted) = (Arc::clone(&self.inner), key.clone(), ranges.to_vec());
        let look = move || {
            inner.list_once();
            Ok(wanted.iter().map(|range| inner.look(&key, range)).collect())
        };
        // What goes wrong here is read elsewhere.
        self.lane.run(look).await.unwrap_or_else(|_| nothing())
    }

    /// Keeps these parts of an object, as far as there is room in the budget.
    pub(crate) async fn keep(&self, key: &ObjectKey, parts: Vec<Part>) {
        if self.inner.budget == 0 || parts.is_empty() || self.inner.known.lock().closed {
            return;
        }
        let (inner, key) = (Arc::clone(&self.inner), key.clone());
        let keep = move || {
            inner.keep(&key, &parts);
            Ok(())
        };
        // The bytes are known all the same.
        let _ = self.lane.run(keep).await;
    }

    /// The object of this name is gone.
    pub(crate) async fn forget(&self, path: &str) {
        let (inner, digest) = (Arc::clone(&self.inner), entry::digest(path));
        let forget = move || {
            inner.list_once();
            let gone = inner.known.lock().index.forget(digest);
            for range in gone {
                inner.remove(digest, &range);
            }
            Ok(())
        };
        let _ = self.lane.run(forget).await;
    }
}

impl Inner {
    fn file(&self, digest: u64, range: &Range<u64>) -> PathBuf {
        self.dir.join(entry::name(digest, range))
    }

    /// A file that stays is found by the next listing.
    fn remove(&self, digest: u64, range: &Range<u64>) {
        let _ = self.env.fs.remove(&self.file(digest, range));
    }

    fn may_have(&self, key: &ObjectKey, ranges: &[Range<u64>]) -> bool {
        let mut known = self.known.lock();
        let digest = key.digest();
        let mut any = |range| !known.index.over(digest, range).is_empty();
        ranges.iter().any(&mut any) || !known.listed
    }

    fn list_once(&self) {
        // Who comes meanwhile waits: what is there would be read from the object store again.
        let _one = self.listing.lock();
        if !self.known.lock().listed {
            self.list();
            self.known.lock().listed = true;
        }
    }

    /// Learns what is in the folder, and makes it fit the budget.
    fn list(&self) {
        let now = self.env.clock.now();
        let began = self.known.lock().index.uses();
        let mut there = Vec::new();
        for found in self.env.fs.list(&self.dir).unwrap_or_default() {
            let modified = found.modified.unwrap_or(now);
            if let Some((digest, range)) = entry::parse_name(&found.name) {
                there.push((modified, (digest, range, found.len)));
            } else if found.name.ends_with(ASIDE) && now.0.saturating_sub(modified.0) > LEFT {
                let _ = self.env.fs.remove(&found.path);
            }
        }
        // How long ago they were used is not known any more, but how long ago they came is.
        there.sort_by_key(|(modified, _)| *modified);
        let there: Vec<_> = there.into_iter().map(|(_, piece)| piece).collect();
        let (replaced, gone) = {
            let mut known = self.known.lock();
            known.written = 0;
            let replaced = known.index.follow(&there, began);
            (replaced, known.index.shrink(self.budget))
        };
        for (digest, range) in replaced {
            self.remove(digest, &range);
        }
        self.evict(gone);
    }

    fn evict(&self, gone: Vec<(u64, Range<u64>)>) {
        self.usage.evicted(gone.len() as u64);
        for (digest, range) in gone {
            self.remove(digest, &range);
        }
    }

    fn look(&self, key: &ObjectKey, wanted: &Range<u64>) -> Vec<Part> {
        let digest = key.digest();
        let pieces = self.known.lock().index.over(digest, wanted);
        let mut parts = Vec::with_capacity(pieces.len());
        let mut at = wanted.start;
        for piece in pieces {
            let range = piece.start.max(at)..piece.end.min(wanted.end);
            if range.start >= range.end {
                continue;
            }
            let Some(bytes) = self.read(key, &piece) else {
                self.known.lock().index.remove(digest, piece.start);
                continue;
            };
            let offset = |at: u64| usize::try_from(at - piece.start).unwrap_or(usize::MAX);
            at = range.end;
            parts.push(Part {
                bytes: bytes.slice(offset(range.start)..offset(range.end)),
                range,
            });
        }
        parts
    }

    fn read(&self, key: &ObjectKey, piece: &Range<u64>) -> Option<Bytes> {
        let digest = key.digest();
        let file = match self.env.fs.read(&self.file(digest, piece), 0) {
            Ok(file) => file,
            // Another process may have removed it.
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            Err(_) => Bytes::new(),
        };
        let bytes = entry::open(&file, key, piece);
        if bytes.is_none() {
            self.usage.damaged();
            self.remove(digest, piece);
        }
        bytes
    }

    fn keep(&self, key: &ObjectKey, parts: &[Part]) {
        for part in parts {
            let mut start = part.range.start;
            while start < part.range.end {
                let end = part.range.end.min(start.saturating_add(PIECE));
                let offset = |at: u64| usize::try_from(at - part.range.start).unwrap_or(usize::MAX);
                let bytes = part.bytes.get(offset(start)..offset(end));
                let kept = self.keep_piece(key, start..end, bytes.unwrap_or_default());
                if let Err(error) = kept {
                    self.give_up(&error);
                    return;
                }
                start = end;
            }
        }
        if self.known.lock().written > self.budget / LOOK_AGAIN {
            self.list();
        }
    }

    fn keep_piece(&self, key: &ObjectKey, piece: Range<u64>, bytes: &[u8]) -> io::Result<()> {
        let (digest, len) = (key.digest(), entry::file_len(key, &piece));
        if len > self.budget || self.known.lock().index.contains(digest, &piece) {
            return Ok(());
        }
        self.write(
            &self.file(digest, &piece),
            &entry::header(key, piece.start, bytes),
            bytes,
        )?;
        self.usage.written(bytes.len() as u64);
        let (replaced, gone) = {
            let mut known = self.known.lock();
            known.written += len;
            let replaced = known.index.insert(digest, piece, len);
            (replaced, known.index.shrink(self.budget))
        };
        if let Some(replaced) = replaced {
            self.remove(digest, &replaced);
        }
        self.evict(gone);
        Ok(())
    }

    fn write(&self, path: &Path, header: &[u8], bytes: &[u8]) -> io::Result<()> {
        let fs = &self.env.fs;
        // A name of its own: other processes write here too.
        let own = self.env.ids.segment(self.env.clock.now());
        let aside = self.dir.join(format!("{own}{ASIDE}"));
        let mut file = match fs.create(&aside) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                fs.create_dir_all(&self.dir)?;
                fs.create(&aside)?
            }
            created => created?,
        };
        let written = file
            .write_all(header)
            .and_then(|()| file.write_all(bytes))
            .and_then(|()| file.flush());
        drop(file);
        let kept = written.and_then(|()| fs.rename(&aside, path));
        if kept.is_err() {
            let _ = fs.remove(&aside);
        }
        kept
    }

    /// No more is written until the store is opened again; on a full disk the space goes to
    /// those who need it.
    fn give_up(&self, error: &io::Error) {
        tracing::warn!(dir = %self.dir.display(), %error, "cold ranges are no longer kept on disk");
        let gone = {
            let mut known = self.known.lock();
            known.closed = true;
            let full = matches!(
                error.kind(),
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded
            );
            if full {
                known.index.shrink(0)
            } else {
                Vec::new()
            }
        };
        self.evict(gone);
    }
}

#[cfg(test)]
mod tests;
