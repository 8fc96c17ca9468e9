//! Group commit: writers, trims and a stop at any moment, over a disk that fails.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use parking_lot::Mutex as Plain;
use shuttle::rand::{Rng, thread_rng};
use shuttle::{future, thread};
use thermocline_tiers::Lsn;

use super::log::leader::{Condition, Failed, Groups, Stopped, Turn};
use super::log::queue::Queued;
use super::sync::{Mutex, step};

/// A frame says its number, so that it can be told from others.
#[derive(Debug)]
struct Frame(Lsn);

impl Queued for Frame {
    fn bytes(&self) -> usize {
        1
    }
}

/// What goes wrong with a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Full,
    Unknown,
    /// Its turn is thrown away, as when a runtime shuts down.
    Lost,
}

/// Why a caller has no receipt.
#[derive(Debug)]
enum Refused {
    Fault(Fault),
    Stopped(Stopped),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl From<Stopped> for Refused {
    fn from(stopped: Stopped) -> Self {
        Self::Stopped(stopped)
    }
}

/// What happened, as facts. No task goes on while one of them is looked at.
#[derive(Debug, Default)]
struct Facts {
    /// Numbers on the disk, in order.
    written: u64,
    /// What is still to go wrong.
    faults: Vec<Fault>,
    unknown: bool,
    /// Somebody is about to poison the log, or has.
    poisoning: bool,
    poisoned: bool,
    closed: bool,
    groups_after_poison: usize,
}

type Shared = Arc<Plain<Facts>>;

#[derive(Debug)]
struct Disk(Shared);

impl Disk {
    fn write(&mut self, frames: &VecDeque<(Lsn, Frame)>) -> Result<(), Failed<Refused>> {
        let fault = {
            let mut facts = self.0.lock();
            assert!(!facts.closed, "a group was written after the close");
            assert!(!facts.unknown, "a group was written after a failed one");
            facts.groups_after_poison += usize::from(facts.poisoned);
            assert!(
                facts.groups_after_poison <= 1,
                "a group began after the log was poisoned"
            );
            // Nothing to write needs no disk.
            if frames.is_empty() {
                return Ok(());
            }
            facts.faults.pop()
        };
        if fault == Some(Fault::Full) {
            return Err(Failed::Full(Refused::Fault(Fault::Full)));
        }
        for (lsn, frame) in frames {
            step();
            assert_eq!(*lsn, frame.0, "a frame has another number");
            let mut facts = self.0.lock();
            assert_eq!(lsn.0, facts.written + 1, "frames are not written in order");
            facts.written = lsn.0;
        }
        step();
        if fault == Some(Fault::Unknown) {
            self.0.lock().unknown = true;
            return Err(Failed::Unknown(Refused::Fault(Fault::Unknown)));
        }
        Ok(())
    }
}

#[derive(Debug)]
struct World {
    groups: Groups<Frame, Disk>,
    /// The lock that orders the numbers, with the next one.
    next: Mutex<Lsn>,
    facts: Shared,
}

impl World {
    fn new(faults: Vec<Fault>) -> Arc<Self> {
        let facts = Shared::default();
        facts.lock().faults = faults;
        Arc::new(Self {
            groups: Groups::new(Disk(Arc::clone(&facts)), Lsn::ZERO),
            next: Mutex::new(Lsn::ZERO.next()),
            facts,
        })
    }

    /// Goes on when its caller gives up, as blocking work does.
    async fn lead(&self, turn: Turn<Frame, Disk>) -> Result<(), Refused> {
        {
            let mut facts = self.facts.lock();
            if facts.faults.last() == Some(&Fault::Lost) {
                facts.faults.pop();
                drop(facts);
                drop(turn);
                return Err(Refused::Fault(Fault::Lost));
            }
        }
        let work = future::spawn(async move { turn.write(Disk::write) });
        work.await.unwrap_or(Err(Refused::Fault(Fault::Lost)))
    }

    async fn wait(&self, lsn: Lsn) -> Result<(), Refused> {
        let outcome = self.groups.wait(lsn, |turn| self.lead(turn)).await;
        let durable = self.groups.durable();
        let facts = self.facts.lock();
        match &outcome {
            Ok(()) => {
                assert!(durable >= lsn, "{lsn} has a receipt, {durable} is durable");
                assert!(facts.written >= lsn.0, "{lsn} is not on the disk");
            }
            Err(Refused::Fault(_)) => {}
            Err(Refused::Stopped(Stopped::Closed)) => {}
            Err(Refused::Stopped(Stopped::Poisoned(_))) => {
                assert!(facts.poisoning || facts.unknown, "nobody poisoned the log");
            }
        }
        outcome
    }

    /// Writes once, as an append does.
    async fn append(&self) -> Result<(), Refused> {
        let next = *self.next.lock();
        if !self.groups.admits()? {
            self.wait(next.previous()).await?;
        }
        let lsn = {
            let mut next = self.next.lock();
            let lsn = *next;
            *next = lsn.next();
            self.groups.push(lsn, Frame(lsn));
            lsn
        };
        self.wait(lsn).await
    }

    /// Has the writer for something else.
    async fn trim(&self) {
        let turn = self.groups.turn().await;
        let trim = future::spawn(async move {
            turn.tidy::<Refused>(|disk| {
                step();
                assert!(!disk.0.lock().closed, "a trim went on after the close");
                Ok(())
            })
        });
        // It is refused after a stop.
        let _ = trim.await;
    }

    /// What is known to be durable is on the disk, and stays known.
    fn watch(&self) {
        let mut before = Lsn::ZERO;
        for _ in 0..3 {
            let durable = self.groups.durable();
            assert!(durable >= before, "{before} was durable, now {durable} is");
            let written = self.facts.lock().written;
            assert!(durable.0 <= written, "{durable} is not on the disk");
            before = durable;
        }
    }

    /// Whatever was pushed is written, if nothing worse than a full disk came between; by callers
    /// who gave up, too.
    async fn settle(&self) {
        let last = self.next.lock().previous();
        while let Err(refused) = self.wait(last).await {
            if !matches!(refused, Refused::Fault(Fault::Full | Fault::Lost)) {
                let facts = self.facts.lock();
                assert!(facts.poisoned || facts.unknown || facts.closed, "{refused}");
                return;
            }
        }
        // A receipt may come before the end of the turn.
        drop(self.groups.turn().await);
        let condition = self.groups.condition();
        let facts = self.facts.lock();
        if !(facts.poisoned || facts.unknown || facts.closed) {
            drop(facts);
            assert_eq!(condition, Condition::Good, "everything is written");
            assert_eq!(self.groups.queued_bytes(), 0, "everything is written");
        }
    }
}

/// A future, or `None` after so many tries.
struct Impatient<F> {
    work: Pin<Box<F>>,
    tries: usize,
}

impl<F: Future> Future for Impatient<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.tries == 0 {
            return Poll::Ready(None);
        }
        self.tries -= 1;
        context.waker().wake_by_ref();
        self.work.as_mut().poll(context).map(Some)
    }
}

/// Runs the work, half of the times with a caller who gives up at some point.
fn drive<F: Future>(work: F) -> Option<F::Output> {
    if thread_rng().gen_bool(0.5) {
        return Some(future::block_on(work));
    }
    let tries = thread_rng().gen_range(1..8);
    future::block_on(Impatient {
        work: Box::pin(work),
        tries,
    })
}

fn faults() -> Vec<Fault> {
    let count = thread_rng().gen_range(0..3);
    (0..count)
        .map(|_| match thread_rng().gen_range(0..4) {
            0 | 1 => Fault::Full,
            2 => Fault::Lost,
            _ => Fault::Unknown,
        })
        .collect()
}

/// One run.
pub(super) fn run() {
    let world = World::new(faults());
    let mut tasks = Vec::new();
    for _ in 0..thread_rng().gen_range(2..=4) {
        let world = Arc::clone(&world);
        tasks.push(thread::spawn(move || {
            for _ in 0..thread_rng().gen_range(1..=2) {
                // What it may be was looked at already.
                let _ = drive(world.append());
            }
        }));
    }
    if thread_rng().gen_bool(0.5) {
        let world = Arc::clone(&world);
        tasks.push(thread::spawn(move || {
            let _ = drive(world.trim());
        }));
    }
    {
        let world = Arc::clone(&world);
        tasks.push(thread::spawn(move || world.watch()));
    }
    let stop = thread_rng().gen_range(0..4);
    if stop < 2 {
        let world = Arc::clone(&world);
        tasks.push(thread::spawn(move || {
            if stop == 0 {
                world.facts.lock().poisoning = true;
                world.groups.poison("on purpose".to_owned());
                world.facts.lock().poisoned = true;
            } else if drive(world.groups.close()).is_some() {
                world.facts.lock().closed = true;
            }
        }));
    }
    for task in tasks {
        assert!(task.join().is_ok(), "a task panicked");
    }
    future::block_on(async {
        world.settle().await;
        if world.facts.lock().poisoned && stop == 0 {
            let condition = world.groups.condition();
            assert!(matches!(condition, Condition::Poisoned(_)), "{condition:?}");
        }
        world.groups.close().await;
        world.facts.lock().closed = true;
        let condition = world.groups.condition();
        let ended = matches!(condition, Condition::Closed | Condition::Poisoned(_));
        assert!(ended, "{condition:?}");
        let durable = world.groups.durable();
        let facts = world.facts.lock();
        assert!(durable.0 <= facts.written, "{durable} is not on the disk");
    });
}
