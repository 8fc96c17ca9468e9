//! Readers: other processes that look at a store while one writes to it.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use futures::future::BoxFuture;
use parking_lot::Mutex;

use crate::cold::ColdStore;
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::extensions::Extensions;
use crate::heat;
use crate::layout::Layout;
use crate::log::{LogTail, Poll, Record};
use crate::lsn::Lsn;
use crate::manifest::{self, Loaded, State};
use crate::snapshot::{Snapshot, SnapshotSource, View};
use crate::store::{
    Ends, Recovered, VerifyReport, build_view, missing_log, no_store, verify_snapshot,
};
use crate::warm::Maps;

/// How often a pin is tried while the writer trims the log under it.
const TRIES: usize = 64;

/// A store as another process sees it: no lock, no writes, always the newest
/// state that the writer has put on disk.
///
/// A snapshot holds rows of a whole number of writes, in their order. The files
/// that it sees may be collected by the writer some time after a move; a scan
/// then fails with [`Expired`](ErrorKind::Expired), and a new snapshot helps.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # let dir = tempfile::tempdir().unwrap();
/// # let writer = thermocline_tiers::Store::create(dir.path()).await?;
/// use thermocline_tiers::Store;
///
/// let reader = Store::builder(dir.path()).open_reader().await?;
/// assert_eq!(reader.snapshot().await?.tables().count(), 0);
/// # Ok::<_, thermocline_tiers::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Reader {
    inner: Arc<Inner>,
}

struct Inner {
    with: Recovered,
    extensions: Extensions,
    seen: Mutex<Option<Seen>>,
}

/// What was read so far; the next pin reads only what is new.
struct Seen {
    manifest: Loaded,
    tail: LogTail,
    /// Writes from the manifest's log start on.
    records: Vec<Record>,
    view: Arc<View>,
}

impl Reader {
    pub(crate) fn open(
        env: Env,
        layout: Layout,
        cold: ColdStore,
        maps: Arc<Maps>,
    ) -> BoxFuture<'static, Result<Self>> {
        Box::pin(async move {
            let with = Recovered {
                env,
                layout,
                cold,
                maps,
                garbage: None,
                recorder: Arc::default(),
            };
            let inner = Inner {
                with,
                extensions: Extensions::default(),
                seen: Mutex::new(None),
            };
            let inner = Arc::new(inner);
            let opening = Arc::clone(&inner);
            inner.with.env.blocking(move || opening.begin()).await?;
            Ok(Self { inner })
        })
    }

    /// The directory that the store is in.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.inner.with.layout.root()
    }

    /// The newest state on disk.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when there is no store,
    /// [`Corrupt`](ErrorKind::Corrupt) when acknowledged writes cannot be read.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        self.look().await
    }

    /// The newest manifest on disk.
    async fn manifest(&self) -> Result<Arc<State>> {
        self.look().await?;
        let seen = self.inner.seen.lock();
        let seen = seen
            .as_ref()
            .ok_or_else(|| no_store(&self.inner.with.layout))?;
        Ok(Arc::clone(&seen.manifest.state))
    }

    fn look(&self) -> BoxFuture<'_, Result<Snapshot>> {
        Box::pin(async move {
            let inner = Arc::clone(&self.inner);
            self.inner.with.env.blocking(move || inner.refresh()).await
        })
    }

    /// Tells the writer what was read by this reader since it last did: it leaves a file that the
    /// writer takes up. Without that, the reads of a reader don't warm anything. Returns false if there
    /// was nothing to tell.
    ///
    /// # Errors
    /// When the file cannot be written; the reads are then not counted.
    pub async fn report_accesses(&self) -> Result<bool> {
        self.leave_note().await
    }

    fn leave_note(&self) -> BoxFuture<'_, Result<bool>> {
        Box::pin(async move {
            let inner = Arc::clone(&self.inner);
            let view = inner
                .seen
                .lock()
                .as_ref()
                .map(|seen| Arc::clone(&seen.view));
            let Some(view) = view else {
                return Ok(false);
            };
            let env = self.inner.with.env.clone();
            env.blocking(move || {
                let Recovered {
                    env,
                    layout,
                    recorder,
                    ..
                } = &inner.with;
                heat::leave_note(env, layout, &view, recorder.take())
            })
            .await
        })
    }

    /// Reads every byte of every segment file and compares it with what was
    /// written, and the Delta tables with the manifest. A file that the writer has collected
    /// meanwhile is no problem.
    ///
    /// # Errors
    /// When there is no store any more.
    pub async fn verify(&self) -> Result<VerifyReport> {
        let snapshot = self.snapshot().await?;
        let Recovered { env, cold, .. } = &self.inner.with;
        let mut report = verify_snapshot(env, &snapshot).await?;
        report.compare_cold(env, cold, || self.manifest()).await?;
        if !report.ok {
            report.keep_problems_of(&self.snapshot().await?);
        }
        Ok(report)
    }
}

impl Inner {
    /// The first look, which also compares with what the last close wrote down.
    fn begin(&self) -> Result<()> {
        let Recovered { env, layout, .. } = &self.with;
        let ends = Ends::load(env.fs.as_ref(), layout)?;
        let snapshot = self.refresh()?;
        if let Some(ends) = ends
            && let Some(seen) = self.seen.lock().as_ref()
        {
            ends.check_manifest(layout, &seen.manifest.state)?;
            ends.check_log(layout, snapshot.lsn())?;
        }
        Ok(())
    }

    fn refresh(&self) -> Result<Snapshot> {
        let mut seen = self.seen.lock();
        for _ in 0..TRIES {
            if self.advance(&mut seen)?
                && let Some(seen) = seen.as_ref()
            {
                let last = seen.tail.next().previous();
                return Ok(Snapshot::new(&self.with.env, &seen.view, last));
            }
        }
        let Recovered { env, layout, .. } = &self.with;
        let mut tail = LogTail::new(Lsn::default());
        if let Poll::Missing = tail.poll(env.fs.as_ref(), &layout.log())? {
            return Err(missing_log(&layout.log()));
        }
        Err(Error::new(
            ErrorKind::Expired,
            "the writer moves data faster than this reader can follow; try again",
        ))
    }

    /// Reads on; false if manifest and log did not fit together.
    fn advance(&self, seen: &mut Option<Seen>) -> Result<bool> {
        let Recovered { env, layout, .. } = &self.with;
        let fs = env.fs.as_ref();
        let before = seen.as_ref().map(|seen| &seen.manifest);
        let manifest =
            manifest::load(fs, &layout.manifest(), before)?.ok_or_else(|| no_store(layout))?;
        let start = manifest.state.log_start;
        let (mut tail, mut records) = match seen.as_ref() {
            Some(seen) => (seen.tail.clone(), seen.records.clone()),
            None => (LogTail::new(start), Vec::new()),
        };
        if tail.next() < start {
            // Everything read so far, and more, is in files by now.
            (tail, records) = (LogTail::new(start), Vec::new());
        }
        let new = match tail.poll(fs, &layout.log())? {
            Poll::Records(new) => new,
            Poll::Missing if manifest.state.tables.is_empty() => Vec::new(),
            // A listing may also fall between the end of one file and the next.
            Poll::Missing | Poll::Trimmed => return Ok(false),
        };
        let same = seen
            .as_ref()
            .is_some_and(|s| s.manifest.position == manifest.position && new.is_empty());
        if same {
            return Ok(true);
        }
        records.retain(|record| record.lsn >= start);
        records.extend(new);
        // A write of a table or column that this manifest does not have yet: the
        // manifest was read a moment too early.
        let early = records.iter().any(|record| !manifest.state.knows(record));
        if early && manifest.state.version < self.version_on_disk()? {
            return Ok(false);
        }
        let reuse = seen.as_ref().map(|seen| seen.view.as_ref());
        let view = Arc::new(build_view(&self.with, &manifest.state, &records, reuse)?);
        self.with
            .recorder
            .record_in_memory(manifest.state.record_accesses);
        self.with.recorder.follow(&manifest.state.policy);
        *seen = Some(Seen {
            manifest,
            tail,
            records,
            view,
        });
        Ok(true)
    }

    fn version_on_disk(&self) -> Result<u64> {
        let Recovered { env, layout, .. } = &self.with;
        let newest = manifest::load(env.fs.as_ref(), &layout.manifest(), None)?;
        Ok(newest.map_or(0, |newest| newest.state.version))
    }
}

impl SnapshotSource for Reader {
    fn pin(&self) -> BoxFuture<'_, Result<Snapshot>> {
        Box::pin(self.snapshot())
    }

    fn extensions(&self) -> &Extensions {
        &self.inner.extensions
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("dir", &self.dir())
            .finish_non_exhaustive()
    }
}
