//! Who writes the next group, and who waits for it.
//!
//! Nothing here knows of files, threads or errors: this file and `queue.rs` are all of the protocol,
//! and the tests compile them with primitives that try every interleaving (see `sync`).

use std::collections::VecDeque;
use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;

use super::Lsn;
use super::queue::{Queue, Queued};
use super::sync::{AsyncMutex, AtomicU64, Mutex, Ordering, OwnedMutexGuard, watch};

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

/// Why nothing is written any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stopped {
    Poisoned(String),
    Closed,
}

/// Why a group did not become durable.
#[derive(Debug)]
pub(crate) enum Failed<E> {
    /// For lack of room, and nothing of it counts: it can be tried again.
    Full(E),
    /// What is there of it is unknown.
    Unknown(E),
}

/// Frames that become durable in groups, written with `W`.
#[derive(Debug)]
pub(crate) struct Groups<F, W> {
    shared: Arc<Shared<F>>,
    writer: Arc<AsyncMutex<W>>,
}

#[derive(Debug)]
struct Shared<F> {
    queue: Queue<F>,
    durable: AtomicU64,
    condition: Mutex<Condition>,
    /// Told after every turn, when the writer is free again.
    turn_ended: watch::Sender<()>,
}

impl<F: Queued, W> Groups<F, W> {
    /// Everything up to `durable` is written.
    pub(crate) fn new(writer: W, durable: Lsn) -> Self {
        Self {
            shared: Arc::new(Shared {
                queue: Queue::new(),
                durable: AtomicU64::new(durable.0),
                condition: Mutex::new(Condition::Good),
                turn_ended: watch::Sender::new(()),
            }),
            writer: Arc::new(AsyncMutex::new(writer)),
        }
    }

    /// Queues a frame under its number. The caller holds the lock that orders
    /// the numbers.
    pub(crate) fn push(&self, lsn: Lsn, frame: F) {
        self.shared.queue.push(lsn, frame);
    }

    /// The last number that is written.
    pub(crate) fn durable(&self) -> Lsn {
        Lsn(self.shared.durable.load(Ordering::Acquire))
    }

    /// Bytes that wait to be written.
    pub(crate) fn queued_bytes(&self) -> usize {
        self.shared.queue.bytes()
    }

    pub(crate) fn condition(&self) -> Condition {
        self.shared.condition.lock().clone()
    }

    /// Whether new frames are welcome; if not, what is queued has to be waited for first.
    pub(crate) fn admits(&self) -> Result<bool, Stopped> {
        self.shared.check()
    }

    /// Waits until `lsn` is durable. Whoever finds the writer free sees to it: `lead` calls
    /// [`Turn::write`], to its end even if the caller gives up meanwhile.
    pub(crate) async fn wait<E, L>(
        &self,
        lsn: Lsn,
        mut lead: impl FnMut(Turn<F, W>) -> L,
    ) -> Result<(), E>
    where
        E: From<Stopped>,
        L: Future<Output = Result<(), E>>,
    {
        let mut turn_ended = self.shared.turn_ended.subscribe();
        loop {
            turn_ended.borrow_and_update();
            if self.durable() >= lsn {
                return Ok(());
            }
            self.shared.check()?;
            // A turn that ends after the look above says so after it has freed the
            // writer, so a failed try is always followed by a call.
            match Arc::clone(&self.writer).try_lock_owned() {
                Ok(writer) => {
                    let end = End(Arc::clone(&self.shared));
                    lead(Turn::new(writer, end)).await?;
                }
                Err(_) => {
                    if turn_ended.changed().await.is_err() {
                        return Err(Stopped::Closed.into());
                    }
                }
            }
        }
    }

    /// Waits for the writer.
    pub(crate) async fn turn(&self) -> Turn<F, W> {
        // The writer may be handed to a caller who gives up before taking it. Others found it taken
        // by then: they are told as after a turn.
        let end = End(Arc::clone(&self.shared));
        let writer = Arc::clone(&self.writer).lock_owned().await;
        Turn::new(writer, end)
    }

    /// Takes no more frames and waits until the last turn has ended.
    pub(crate) async fn close(&self) {
        let turn = self.turn().await;
        let mut condition = self.shared.condition.lock();
        // Who still works must know that it is not certain what the disk has.
        if !matches!(*condition, Condition::Poisoned(_)) {
            *condition = Condition::Closed;
        }
        drop(condition);
        drop(turn);
    }

    /// Takes no more frames. A turn that has begun may still write its own.
    pub(crate) fn poison(&self, why: String) {
        *self.shared.condition.lock() = Condition::Poisoned(why);
        self.shared.turn_ended.send_replace(());
    }
}

impl<F> Shared<F> {
    /// Whether all is well (`true`) or there was no room; nothing must be written otherwise.
    fn check(&self) -> Result<bool, Stopped> {
        match &*self.condition.lock() {
            Condition::Good => Ok(true),
            Condition::Full(_) => Ok(false),
            Condition::Poisoned(why) => Err(Stopped::Poisoned(why.clone())),
            Condition::Closed => Err(Stopped::Closed),
        }
    }
}

/// The writer, for one group or another piece of work. However it ends, whoever waits is told.
#[derive(Debug)]
pub(crate) struct Turn<F, W> {
    /// Frames were taken from the queue, and what became of them is open.
    unsettled: bool,
    // Dropped in this order: who is told must find the writer free.
    writer: OwnedMutexGuard<W>,
    end: End<F>,
}

/// Says that a turn has ended.
#[derive(Debug)]
struct End<F>(Arc<Shared<F>>);

impl<F: Queued, W> Turn<F, W> {
    fn new(writer: OwnedMutexGuard<W>, end: End<F>) -> Self {
        Self {
            unsettled: false,
            writer,
            end,
        }
    }

    /// Writes what is queued. All state changes happen in here, so that a caller who gives up
    /// half-way loses nothing.
    pub(crate) fn write<E: From<Stopped> + Display>(
        mut self,
        write: impl FnOnce(&mut W, &VecDeque<(Lsn, F)>) -> Result<(), Failed<E>>,
    ) -> Result<(), E> {
        let shared = &self.end.0;
        // It may have changed before this thread had its turn.
        shared.check()?;
        self.unsettled = true;
        let frames = shared.queue.take();
        let outcome = match write(&mut self.writer, &frames) {
            Ok(()) => {
                if let Some((last, _)) = frames.back() {
                    shared.durable.store(last.0, Ordering::Release);
                }
                let mut condition = shared.condition.lock();
                if matches!(*condition, Condition::Full(_)) {
                    *condition = Condition::Good;
                }
                Ok(())
            }
            Err(Failed::Full(error)) => {
                shared.queue.put_back(frames);
                let mut condition = shared.condition.lock();
                if *condition == Condition::Good {
                    *condition = Condition::Full(error.to_string());
                }
                Err(error)
            }
            Err(Failed::Unknown(error)) => {
                *shared.condition.lock() = Condition::Poisoned(error.to_string());
                Err(error)
            }
        };
        self.unsettled = false;
        outcome
    }

    /// Does something else with the writer, unless nothing must be written any more.
    pub(crate) fn tidy<E: From<Stopped>>(
        mut self,
        work: impl FnOnce(&mut W) -> Result<(), E>,
    ) -> Result<(), E> {
        self.end.0.check()?;
        work(&mut self.writer)
    }
}

impl<F, W> Drop for Turn<F, W> {
    fn drop(&mut self) {
        // A panic: later frames must not follow a hole.
        if self.unsettled {
            *self.end.0.condition.lock() =
                Condition::Poisoned("a group was not written to its end".to_owned());
        }
    }
}

impl<F> Drop for End<F> {
    fn drop(&mut self) {
        self.0.turn_ended.send_replace(());
    }
}
