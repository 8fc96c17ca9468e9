//! Files that no version of the manifest needs any more.
//!
//! A file handle that was [retired](Retired::retire) hands its file over when the last
//! snapshot lets go of it. Collection waits a while longer, for the sake of
//! readers in other processes, who hold no handle here.

mod retired;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use thermocline_policy::Timestamp;

use crate::env::{Clock, Env};
use crate::error::{Error, ErrorKind, Result};
use crate::layout::Layout;
use crate::sync;
use retired::Collector;

/// Hands a file over when the last handle to it is dropped, if it was told to.
pub(crate) type Retired = retired::Retired<Garbage>;

/// A file to be collected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Doomed {
    /// Below the store's directory.
    Local(String),
    /// Below the cold store's root.
    Cold(String),
}

/// How long files wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keep {
    pub(crate) local: Duration,
    pub(crate) cold: Duration,
}

/// The files that wait for collection.
#[derive(Debug)]
pub(crate) struct Garbage {
    clock: Arc<dyn Clock>,
    waiting: Mutex<Vec<(Timestamp, Doomed)>>,
}

impl Garbage {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            waiting: Mutex::default(),
        }
    }

    pub(crate) fn add(&self, file: Doomed) {
        self.add_since(self.clock.now(), file);
    }

    /// Adds a file that was not needed any more at `since`.
    pub(crate) fn add_since(&self, since: Timestamp, file: Doomed) {
        self.waiting.lock().push((since, file));
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.lock().len()
    }

    /// Takes the files that have waited long enough.
    fn due(&self, keep: Keep) -> Due<'_> {
        let now = self.clock.now().0;
        let before = |after: Duration| {
            now.saturating_sub(i64::try_from(after.as_micros()).unwrap_or(i64::MAX))
        };
        let (local, cold) = (before(keep.local), before(keep.cold));
        let mut waiting = self.waiting.lock();
        let (due, later) = std::mem::take(&mut *waiting)
            .into_iter()
            .partition(|(at, file)| match file {
                Doomed::Local(_) => at.0 <= local,
                Doomed::Cold(_) => at.0 <= cold,
            });
        *waiting = later;
        Due {
            garbage: self,
            files: due.into(),
        }
    }

    /// Removes the files that have waited long enough. One that cannot be
    /// removed waits again.
    pub(crate) async fn collect(
        &self,
        env: &Env,
        layout: &Layout,
        cold: &crate::cold::ColdStore,
        keep: Keep,
    ) -> Result<usize> {
        let mut removed = 0;
        let mut failure = None;
        let mut due = self.due(keep);
        while let Some((_, file)) = due.files.front() {
            let outcome = match file {
                Doomed::Local(name) => {
                    let path = layout.at(name);
                    env.fs
                        .remove(&path)
                        .map_err(|e| Error::io(&path, "remove", e))
                }
                Doomed::Cold(name) => cold.remove(name).await,
            };
            let file = due.files.pop_front();
            match outcome {
                Ok(()) => removed += 1,
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                Err(e) => {
                    self.waiting
                        .lock()
                        .extend(file.map(|(_, file)| (self.clock.now(), file)));
                    failure = Some(e);
                }
            }
        }
        metrics::counter!("thermocline_files_collected_total").increment(removed as u64);
        failure.map_or(Ok(removed), Err)
    }
}

/// Files that are just being removed; those that were not, because the caller gave up, wait again.
struct Due<'a> {
    garbage: &'a Garbage,
    files: VecDeque<(Timestamp, Doomed)>,
}

impl Drop for Due<'_> {
    fn drop(&mut self) {
        self.garbage.waiting.lock().extend(self.files.drain(..));
    }
}

impl Collector for Garbage {
    type File = Doomed;

    fn collect_later(&self, file: Doomed) {
        self.add(file);
    }
}
