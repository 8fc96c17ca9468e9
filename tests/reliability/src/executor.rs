//! One thread that decides what happens next, from a seed.
//!
//! Tasks that were woken and blocking work that was queued are the choices; one
//! of them is drawn at each step. So every order that real threads could give
//! can come up, as far as whole pieces of blocking work go, and the same seed
//! gives the same order again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use parking_lot::Mutex;
use thermocline_testing::Random;
use thermocline_tiers::WorkQueue;

type Task = Pin<Box<dyn Future<Output = ()>>>;
type Work = Box<dyn FnOnce() + Send>;

/// Runs tasks and queued work in an order that a seed decides.
pub struct Executor {
    shared: Arc<Shared>,
    tasks: BTreeMap<usize, Task>,
    next: usize,
    random: Random,
    trace: DefaultHasher,
}

#[derive(Default)]
struct Shared {
    woken: Mutex<BTreeSet<usize>>,
    work: Mutex<Vec<Work>>,
}

struct Woken {
    task: usize,
    shared: Arc<Shared>,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.shared.woken.lock().insert(self.task);
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("work", &self.work.lock().len())
            .finish_non_exhaustive()
    }
}

impl WorkQueue for Shared {
    fn push(&self, work: Work) {
        self.work.lock().push(work);
    }
}

impl Executor {
    /// An executor without tasks.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            shared: Arc::default(),
            tasks: BTreeMap::new(),
            next: 0,
            random: Random::new(seed),
            trace: DefaultHasher::new(),
        }
    }

    /// Where the engine puts its blocking work.
    #[must_use]
    pub fn queue(&self) -> Arc<dyn WorkQueue> {
        Arc::clone(&self.shared) as _
    }

    /// Adds a task and returns its number.
    pub fn spawn(&mut self, task: impl Future<Output = ()> + 'static) -> usize {
        let number = self.next;
        self.next += 1;
        self.tasks.insert(number, Box::pin(task));
        self.shared.woken.lock().insert(number);
        number
    }

    /// Gives a task up half-way. Its blocking work goes on.
    pub fn cancel(&mut self, task: usize) {
        self.tasks.remove(&task);
        self.shared.woken.lock().remove(&task);
    }

    /// The tasks that have not ended.
    #[must_use]
    pub fn tasks(&self) -> Vec<usize> {
        self.tasks.keys().copied().collect()
    }

    /// Does one thing; false when there is nothing to do.
    pub fn tick(&mut self) -> bool {
        let woken: Vec<usize> = self.shared.woken.lock().iter().copied().collect();
        let queued = self.shared.work.lock().len();
        let choices = woken.len() + queued;
        if choices == 0 {
            return false;
        }
        let choice = self.random.below(choices);
        (choice, choices).hash(&mut self.trace);
        match woken.get(choice) {
            Some(task) => self.poll(*task),
            None => {
                let work = self.shared.work.lock().swap_remove(choice - woken.len());
                work();
            }
        }
        true
    }

    fn poll(&mut self, number: usize) {
        self.shared.woken.lock().remove(&number);
        let Some(task) = self.tasks.get_mut(&number) else {
            return;
        };
        let waker = Waker::from(Arc::new(Woken {
            task: number,
            shared: Arc::clone(&self.shared),
        }));
        if let Poll::Ready(()) = task.as_mut().poll(&mut Context::from_waker(&waker)) {
            self.tasks.remove(&number);
        }
    }

    /// Goes on until nothing is left to do; true if every task has ended.
    pub fn run(&mut self) -> bool {
        while self.tick() {}
        self.tasks.is_empty()
    }

    /// A hash of every choice so far.
    #[must_use]
    pub fn trace(&self) -> u64 {
        self.trace.finish()
    }
}

impl fmt::Debug for Executor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executor")
            .field("tasks", &self.tasks.len())
            .field("shared", &self.shared)
            .finish_non_exhaustive()
    }
}

impl Drop for Executor {
    /// Work that nobody runs any more would keep its store open for ever, because
    /// a store holds the queue.
    fn drop(&mut self) {
        self.tasks.clear();
        let work = std::mem::take(&mut *self.shared.work.lock());
        drop(work);
    }
}
