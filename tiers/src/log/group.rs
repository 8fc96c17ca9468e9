//! Group commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::BoxFuture;
use parking_lot::Mutex;
use thermocline_formats::PreparedFrame;
use tokio::sync::watch;

use super::file::{Failure, LogWriter};
use super::queue::Queue;
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::lsn::Lsn;
use crate::store::Held;

/// Whether the log takes writes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Condition {
    /// It does.
    #[default]
    Good,
    /// The disk is full. Queued writes wait; new ones are refused until a
    /// queued one gets through.
    Full(String),
    /// A sync failed; nothing more can be promised.
    Poisoned(String),
    /// The store was closed; another process may write by now.
    Closed,
}

/// The log of the writing process.
#[derive(Debug)]
pub(crate) struct Log {
    env: Env,
    inner: Arc<Inner>,
    writer: Arc<tokio::sync::Mutex<LogWriter>>,
}

#[derive(Debug)]
struct Inner {
    queue: Queue,
    durable: AtomicU64,
    bytes: AtomicU64,
    condition: Mutex<Condition>,
    /// Told after every group, when the writer is free again.
    group_done: watch::Sender<()>,
    /// A group goes on when every handle of the store is gone.
    _lock: Arc<Held>,
}

impl Log {
    /// A log whose writes up to `durable` are on disk.
    pub(crate) fn new(env: &Env, writer: LogWriter, durable: Lsn, lock: Arc<Held>) -> Self {
        let inner = Inner {
            queue: Queue::default(),
            durable: AtomicU64::new(durable.0),
            bytes: AtomicU64::new(writer.bytes()),
            condition: Mutex::new(Condition::Good),
            group_done: watch::Sender::new(()),
            _lock: lock,
        };
        Self {
            env: env.clone(),
            inner: Arc::new(inner),
            writer: Arc::new(tokio::sync::Mutex::new(writer)),
        }
    }

    /// Queues a frame under its number. The caller holds the lock that orders
    /// the numbers.
    pub(crate) fn push(&self, lsn: Lsn, frame: PreparedFrame) {
        self.inner
            .queue
            .push(lsn, frame.seal(lsn.0, self.durable().0));
    }

    /// The last number that is on disk.
    pub(crate) fn durable(&self) -> Lsn {
        Lsn(self.inner.durable.load(Ordering::Acquire))
    }

    /// Bytes that wait to be written.
    pub(crate) fn queued_bytes(&self) -> usize {
        self.inner.queue.bytes()
    }

    /// Bytes on disk.
    pub(crate) fn bytes(&self) -> u64 {
        self.inner.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn condition(&self) -> Condition {
        self.inner.condition.lock().clone()
    }

    /// Refuses new writes while the log cannot keep them. A full disk is tried
    /// again first.
    pub(crate) async fn admit(&self, next: Lsn) -> Result<()> {
        match self.condition() {
            Condition::Good => Ok(()),
            Condition::Poisoned(why) => Err(poisoned(&why)),
            Condition::Closed => Err(Error::closed()),
            Condition::Full(_) => self.wait(next.previous()).await,
        }
    }

    /// Waits until `lsn` is on disk, and sees to it.
    pub(crate) fn wait(&self, lsn: Lsn) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let mut group_done = self.inner.group_done.subscribe();
            loop {
                group_done.borrow_and_update();
                if self.durable() >= lsn {
                    return Ok(());
                }
                self.inner.check()?;
                // A group that ends after the look above tells `group_done` after it
                // has freed the writer, so a failed try is always followed by a call.
                match Arc::clone(&self.writer).try_lock_owned() {
                    Ok(writer) => self.lead(writer).await?,
                    Err(_) => {
                        if group_done.changed().await.is_err() {
                            return Err(Error::cancelled("the store was closed"));
                        }
                    }
                }
            }
        })
    }

    /// Writes and syncs what is queued. All state changes happen on the blocking
    /// side, so that a caller who gives up half-way loses nothing.
    async fn lead(&self, mut writer: tokio::sync::OwnedMutexGuard<LogWriter>) -> Result<()> {
        let inner = Arc::clone(&self.inner);
        let clock = Arc::clone(&self.env.clock);
        self.env
            .blocking(move || {
                let started = clock.elapsed();
                // It may have changed before this thread had its turn.
                let outcome = match inner.check().map(|()| inner.queue.take()) {
                    Err(error) => Err(error),
                    Ok(frames) => match writer.write(&frames) {
                        Ok(()) => {
                            metrics::counter!("thermocline_log_groups_total").increment(1);
                            metrics::counter!("thermocline_log_frames_total")
                                .increment(frames.len() as u64);
                            metrics::histogram!("thermocline_log_group_seconds")
                                .record((clock.elapsed().saturating_sub(started)).as_secs_f64());
                            if let Some((last, _)) = frames.back() {
                                inner.durable.store(last.0, Ordering::Release);
                            }
                            let mut condition = inner.condition.lock();
                            if matches!(*condition, Condition::Full(_)) {
                                *condition = Condition::Good;
                            }
                            Ok(())
                        }
                        Err(failure) => Err(inner.fail(failure, frames)),
                    },
                };
                inner.bytes.store(writer.bytes(), Ordering::Relaxed);
                drop(writer);
                inner.group_done.send_replace(());
                outcome
            })
            .await
    }

    /// Takes no more writes and waits until the last is done.
    pub(crate) async fn close(&self) {
        let writer = self.writer.lock().await;
        *self.inner.condition.lock() = Condition::Closed;
        drop(writer);
        self.inner.group_done.send_replace(());
    }

    /// Takes no more writes, because something else of the store is in an unknown
    /// state.
    pub(crate) fn poison(&self, why: &Error) {
        *self.inner.condition.lock() = Condition::Poisoned(why.to_string());
        self.inner.group_done.send_replace(());
    }

    /// Removes the files that hold nothing from `start` on. `during` is dropped
    /// when that is done, also when the caller gives up before.
    pub(crate) async fn trim(&self, start: Lsn, during: impl Send + 'static) -> Result<()> {
        let mut writer = Arc::clone(&self.writer).lock_owned().await;
        let inner = Arc::clone(&self.inner);
        let durable = self.durable();
        self.env
            .blocking(move || {
                let outcome = inner.check().and_then(|()| writer.trim(start, durable));
                inner.bytes.store(writer.bytes(), Ordering::Relaxed);
                drop((writer, during));
                inner.group_done.send_replace(());
                outcome
            })
            .await
    }
}

impl Inner {
    /// Refuses what the log's files must not take any more.
    fn check(&self) -> Result<()> {
        match &*self.condition.lock() {
            Condition::Good | Condition::Full(_) => Ok(()),
            Condition::Poisoned(why) => Err(poisoned(why)),
            Condition::Closed => Err(Error::closed()),
        }
    }

    fn fail(
        &self,
        failure: Failure,
        frames: std::collections::VecDeque<(Lsn, thermocline_formats::SealedFrame)>,
    ) -> Error {
        metrics::counter!("thermocline_errors_total", "where" => "log").increment(1);
        match failure {
            Failure::Clean(error) if error.kind() == ErrorKind::Full => {
                self.queue.put_back(frames);
                let mut condition = self.condition.lock();
                if *condition == Condition::Good {
                    *condition = Condition::Full(error.to_string());
                }
                error
            }
            Failure::Clean(error) | Failure::Unknown(error) => {
                *self.condition.lock() = Condition::Poisoned(error.to_string());
                error.with_kind(ErrorKind::Poisoned)
            }
        }
    }
}

fn poisoned(why: &str) -> Error {
    Error::new(
        ErrorKind::Poisoned,
        format!(
            "the store takes no more writes after a failure ({why}); close the store and open it again"
        ),
    )
}
