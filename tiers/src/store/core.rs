//! What a store is made of while it is open for writing.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use parking_lot::Mutex;
use thermocline_policy::{Policy, Residents, SegmentId};
use tokio::sync::Notify;

use super::ends::Ends;
use super::health::HealthLog;
use crate::cold::ColdStore;
use crate::env::{Env, FileLock};
use crate::error::{Error, ErrorKind, Result};
use crate::extensions::Extensions;
use crate::garbage::Garbage;
use crate::heat::Recorder;
use crate::layout::{Layout, TableId};
use crate::log::Log;
use crate::lsn::Lsn;
use crate::manifest::{Edit, ManifestWriter, State};
use crate::mover::{Awaited, ColdTables, Failures, Pace};
use crate::settings::Settings;
use crate::snapshot::{Snapshot, View};
use crate::warm::Maps;

/// The shared state of a store that is open for writing.
///
/// What the public handles call gives boxed futures: the body of an `async fn` is compiled in every
/// crate that awaits it, and all of the engine would be compiled with each of them.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) env: Env,
    pub(crate) layout: Layout,
    pub(crate) settings: Settings,
    pub(crate) cold: ColdStore,
    pub(crate) log: Log,
    pub(crate) maps: Arc<Maps>,
    pub(crate) garbage: Arc<Garbage>,
    pub(crate) health: HealthLog,
    pub(crate) extensions: Extensions,
    /// Wakes the background mover.
    pub(crate) wake: Arc<Notify>,
    pub(crate) seals: Seals,
    pub(crate) moving: Mutex<HashSet<SegmentId>>,
    pub(crate) cold_tables: ColdTables,
    pub(crate) awaited: Awaited,
    /// Moves that failed and wait to be tried again.
    pub(crate) failures: Failures,
    /// What the eviction policies of the budgets would keep.
    pub(crate) residents: Mutex<Residents>,
    /// How fast moves may go.
    pub(crate) pace: Pace,
    pub(crate) recorder: Arc<Recorder>,
    /// When what is known of reads was last saved, and after how many of them.
    pub(crate) heat_saved: Mutex<(Duration, u64)>,
    /// The last handle is gone, or the store is being closed: no further move is begun.
    pub(crate) ending: AtomicBool,
    pub(crate) closed: AtomicBool,
    /// While a backup copies log files, they must not be trimmed.
    pub(crate) trim: Arc<tokio::sync::RwLock<()>>,
    published: Mutex<Published>,
    manifest: Arc<tokio::sync::Mutex<ManifestWriter>>,
    state: Mutex<Arc<State>>,
    lock: Arc<Held>,
}

/// The lock of the one writing process. Work that goes on after the last handle
/// is dropped holds it too.
#[derive(Debug)]
pub(crate) struct Held(Mutex<Option<Box<dyn FileLock>>>);

impl Held {
    pub(crate) fn new(lock: Box<dyn FileLock>) -> Self {
        Self(Mutex::new(Some(lock)))
    }

    fn release(&self) {
        self.0.lock().take();
    }
}

/// One seal at a time for each table, so that its segments come in LSN order.
pub(crate) type Seals = Mutex<HashMap<TableId, Arc<tokio::sync::Mutex<()>>>>;

/// What readers get, and what orders the writes. Changed together, under one lock.
#[derive(Debug)]
pub(crate) struct Published {
    pub(crate) next: Lsn,
    pub(crate) view: Arc<View>,
}

/// The parts that opening a store puts together.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) env: Env,
    pub(crate) layout: Layout,
    pub(crate) settings: Settings,
    pub(crate) cold: ColdStore,
    pub(crate) log: Log,
    pub(crate) maps: Arc<Maps>,
    pub(crate) garbage: Arc<Garbage>,
    pub(crate) manifest: ManifestWriter,
    pub(crate) lock: Arc<Held>,
    pub(crate) next: Lsn,
    pub(crate) view: View,
    pub(crate) recorder: Arc<Recorder>,
}

impl Core {
    pub(crate) fn new(parts: Parts) -> Self {
        let state = Arc::clone(parts.manifest.state());
        Self {
            env: parts.env,
            layout: parts.layout,
            settings: parts.settings,
            cold: parts.cold,
            log: parts.log,
            maps: parts.maps,
            garbage: parts.garbage,
            health: HealthLog::default(),
            extensions: Extensions::default(),
            wake: Arc::new(Notify::new()),
            seals: Seals::default(),
            moving: Mutex::default(),
            cold_tables: ColdTables::default(),
            awaited: Awaited::default(),
            failures: Failures::default(),
            residents: Mutex::default(),
            pace: Pace::default(),
            recorder: parts.recorder,
            heat_saved: Mutex::default(),
            ending: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            trim: Arc::default(),
            published: Mutex::new(Published {
                next: parts.next,
                view: Arc::new(parts.view),
            }),
            manifest: Arc::new(tokio::sync::Mutex::new(parts.manifest)),
            state: Mutex::new(state),
            lock: parts.lock,
        }
    }

    /// Makes another policy durable, and follows it.
    pub(crate) fn set_policy(self: &Arc<Self>, policy: Policy) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let recorder = Arc::clone(&self.recorder);
            let policy = Box::new(policy);
            self.commit(
                move |_| Ok(vec![Edit::SetPolicy { policy }]),
                move |_, state| recorder.follow(&state.policy),
            )
            .await
        })
    }

    /// Takes no more writes; what has its number by now is in the log's queue.
    pub(crate) fn refuse_writes(&self) {
        // Under the lock that orders the writes, so that none is half-way in.
        self.publish(|_| self.closed.store(true, Ordering::Release));
        self.awaited.changed.notify_waiters();
    }

    /// Writes down how far manifest and log reach. That is a second witness, and
    /// nothing is lost without it.
    pub(crate) fn note_ends(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let state = self.state();
            let ends = Ends {
                store: state.store,
                version: state.version,
                last: self.log.durable(),
            };
            let (env, layout) = (self.env.clone(), self.layout.clone());
            let noted = self.env.blocking(move || ends.store(&env, &layout)).await;
            if let Err(error) = noted {
                let what = "could not write down where manifest and log end";
                self.note_failure("close", what, &error);
            }
        })
    }

    /// Lets another process write, although handles of this store may live on.
    /// What they are still doing ends, or is refused, before.
    pub(crate) fn unlock(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.manifest.lock().await.close();
            self.log.close().await;
            self.lock.release();
        })
    }

    /// The manifest, a view that keeps its files, and the last write, all of one
    /// moment.
    pub(crate) async fn pin(&self) -> (Arc<State>, Arc<View>, Lsn) {
        let manifest = self.manifest.lock().await;
        let (view, last) = self.publish(|p| (Arc::clone(&p.view), p.next.previous()));
        (Arc::clone(manifest.state()), view, last)
    }

    pub(crate) fn check_open(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::closed());
        }
        Ok(())
    }

    /// The newest view.
    pub(crate) fn view(&self) -> Arc<View> {
        Arc::clone(&self.published.lock().view)
    }

    /// The number that the next write gets.
    pub(crate) fn next_lsn(&self) -> Lsn {
        self.published.lock().next
    }

    /// The newest manifest.
    pub(crate) fn state(&self) -> Arc<State> {
        Arc::clone(&self.state.lock())
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let published = self.published.lock();
        Snapshot::new(&self.env, &published.view, published.next.previous())
    }

    /// Runs `change` under the lock that orders writes and view changes.
    pub(crate) fn publish<T>(&self, change: impl FnOnce(&mut Published) -> T) -> T {
        change(&mut self.published.lock())
    }

    /// Waits for commits that go on although their callers gave up.
    pub(crate) async fn commits_ended(&self) {
        drop(self.manifest.lock().await);
    }

    /// Makes edits durable, then lets readers see what they mean. `edits` may
    /// look at the manifest; without any, nothing happens.
    ///
    /// Commits are one at a time, and each is published before the next begins,
    /// so a view never runs ahead of the manifest or behind a later commit.
    pub(crate) async fn commit<T: Send + 'static>(
        self: &Arc<Self>,
        edits: impl FnOnce(&State) -> Result<Vec<Edit>> + Send + 'static,
        show: impl FnOnce(&mut View, &State) -> T + Send + 'static,
    ) -> Result<T> {
        let mut manifest = Arc::clone(&self.manifest).lock_owned().await;
        let core = Arc::clone(self);
        self.env
            .blocking(move || {
                let edits = edits(manifest.state())?;
                if !edits.is_empty() {
                    let committed = manifest.commit(&edits);
                    if let Err(error) = committed {
                        if error.kind() == ErrorKind::Poisoned {
                            core.log.poison(&error);
                        }
                        return Err(error);
                    }
                    metrics::counter!("thermocline_manifest_commits_total").increment(1);
                    if let Some(error) = manifest.take_failed_roll() {
                        let what = "could not write a new manifest checkpoint";
                        core.note_failure("manifest", what, &error);
                    }
                }
                let state = Arc::clone(manifest.state());
                let shown = core.publish(|published| {
                    let view = Arc::make_mut(&mut published.view);
                    view.version = state.version;
                    show(view, &state)
                });
                *core.state.lock() = state;
                core.awaited.changed.notify_waiters();
                drop(manifest);
                Ok(shown)
            })
            .await
    }
}
