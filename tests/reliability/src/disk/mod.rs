//! A disk in memory that remembers everything that was done to it.
//!
//! [`Disk`] stands behind the engine's file seam and gives it an object store
//! too. Its [`History`] can be cut off at any step, into any state that a power
//! cut may leave ([`History::power_cut`]); a new disk starts from there. Its
//! calls can be made to fail ([`Faults`]).

mod contents;
mod fault;
mod files;
mod history;
mod live;
mod objects;
mod op;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use thermocline_testing::Random;

pub use contents::Contents;
pub use fault::{Call, Failed, Fault, Faults, Lasts};
pub use history::History;
use live::Live;
pub use objects::Objects;
pub use op::{FileId, ObjectKey, Op};

/// A simulated disk. Clones are the same disk.
#[derive(Debug, Clone)]
pub struct Disk {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    live: Live,
    history: History,
    faults: Faults,
    /// How often each kind of fault could have happened.
    calls: Vec<(Call, PathBuf)>,
    /// The calls are kept only when somebody wants to count them.
    counting: bool,
    failed: Vec<Failed>,
    /// The order of listings.
    random: Random,
    trace: DefaultHasher,
    /// After a power cut nothing gets through any more.
    dead: bool,
}

impl Disk {
    /// A disk with these contents. The seed decides the order of listings.
    #[must_use]
    pub fn new(contents: Contents, seed: u64) -> Self {
        let inner = Inner {
            live: Live::new(&contents),
            history: History::new(contents),
            faults: Faults::None,
            calls: Vec::new(),
            counting: false,
            failed: Vec::new(),
            random: Random::new(seed),
            trace: DefaultHasher::new(),
            dead: false,
        };
        Self {
            inner: Arc::new(Mutex::new(inner)),
        }
    }

    /// Steps that were done so far.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.inner.lock().history.ops().len()
    }

    /// What was done so far.
    #[must_use]
    pub fn history(&self) -> History {
        self.inner.lock().history.clone()
    }

    /// Cuts the power: what is left is one of the legal states, and this disk
    /// answers no call any more.
    #[must_use]
    pub fn cut_power(&self, random: &mut Random) -> Contents {
        let mut inner = self.inner.lock();
        inner.dead = true;
        inner.history.power_cut(inner.history.ops().len(), random)
    }

    /// Decides which calls fail from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.inner.lock().faults = faults;
    }

    /// Calls that failed so far.
    #[must_use]
    pub fn failed(&self) -> Vec<Failed> {
        self.inner.lock().failed.clone()
    }

    /// Starts to keep the list of calls.
    pub fn count_calls(&self) {
        self.inner.lock().counting = true;
    }

    /// The calls since [`count_calls`](Self::count_calls), and of what each was.
    #[must_use]
    pub fn calls(&self) -> Vec<(Call, PathBuf)> {
        self.inner.lock().calls.clone()
    }

    /// A hash of every call so far, with its bytes.
    #[must_use]
    pub fn trace(&self) -> u64 {
        self.inner.lock().trace.finish()
    }

    /// The disk as it would be after an orderly end: everything is kept.
    #[must_use]
    pub fn contents(&self) -> Contents {
        self.inner.lock().live.contents()
    }
}

impl Inner {
    /// Every call begins here: it is counted, and it may fail. `Some` is a fault
    /// that shows only after, or instead of a part of, the work.
    fn enter(&mut self, call: Call, what: &Path) -> io::Result<Option<Fault>> {
        if self.dead {
            return Err(io::Error::other("the power is off"));
        }
        (call, what).hash(&mut self.trace);
        if self.counting {
            self.calls.push((call, what.to_path_buf()));
        }
        let fault = self.faults.next(call, what);
        if let Some(fault) = fault {
            self.failed.push(Failed {
                call,
                fault,
                path: what.to_path_buf(),
            });
        }
        match fault {
            Some(fault @ (Fault::Eio | Fault::Enospc | Fault::Eintr)) => Err(fault.error()),
            other => Ok(other),
        }
    }

    /// Does a step and remembers it.
    fn done(&mut self, op: Op) {
        op.hash(&mut self.trace);
        self.live.apply(&op);
        self.history.push(op);
    }
}

/// The answer of a call that did its work.
fn answer<T>(value: T, fault: Option<Fault>) -> io::Result<T> {
    match fault {
        Some(Fault::Done) => Err(Fault::Done.error()),
        _ => Ok(value),
    }
}
