//! The seams to the outside world: local files, time, randomness and threads.
//!
//! The engine never calls the operating system directly. It goes through an
//! [`Env`], so that a simulated disk and clock can take its place and a run
//! can be repeated exactly.

mod block_on;
mod clock;
mod file_threads;
mod fs;
mod ids;
mod lane;
mod offload;

use std::path::Path;
use std::sync::Arc;

pub(crate) use block_on::block_on;
pub use clock::{Clock, SystemClock};
pub(crate) use file_threads::file_threads;
pub use fs::{DirEntry, FileLock, Fs, LocalFs, WriteFile};
pub use ids::IdSource;
pub(crate) use lane::Lane;
pub use offload::{Offload, WorkQueue};

use futures::future::BoxFuture;
use tokio::sync::oneshot;

use crate::error::{Error, Result};

/// The outside world as one store sees it.
#[derive(Debug, Clone)]
pub struct Env {
    /// Local files.
    pub fs: Arc<dyn Fs>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Fresh identifiers.
    pub ids: Arc<IdSource>,
    /// Where blocking work runs.
    pub offload: Offload,
}

impl Env {
    /// The real machine: its disk, its clock, its entropy, tokio's threads.
    #[must_use]
    pub fn real() -> Self {
        Self {
            fs: Arc::new(LocalFs),
            clock: Arc::new(SystemClock::new()),
            ids: Arc::new(IdSource::from_entropy()),
            offload: Offload::Threads,
        }
    }

    /// Runs blocking work where this environment wants it.
    pub(crate) async fn blocking<T, F>(&self, work: F) -> Result<T>
    where
        F: FnOnce() -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (send, mut receive) = oneshot::channel();
        let work = Box::new(move || {
            // A caller that gave up does not want the answer.
            let _ = send.send(work());
        });
        self.run(work).await?;
        receive
            .try_recv()
            .map_err(|_| Error::bug("a piece of blocking work left no answer"))?
    }

    /// Runs work whose type is forgotten: what tokio makes of it is compiled once.
    fn run(&self, work: Box<dyn FnOnce() + Send>) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            match &self.offload {
                Offload::Inline => work(),
                // Outside of any runtime there are no workers to keep free.
                Offload::Threads if tokio::runtime::Handle::try_current().is_err() => work(),
                Offload::Threads => match tokio::task::spawn_blocking(work).await {
                    Ok(()) => {}
                    Err(join) if join.is_panic() => {
                        return Err(Error::bug("a blocking task panicked"));
                    }
                    Err(_) => return Err(Error::cancelled("the runtime is shutting down")),
                },
                Offload::Queue(queue) => {
                    let (done, wait) = oneshot::channel();
                    queue.push(Box::new(move || {
                        work();
                        let _ = done.send(());
                    }));
                    if wait.await.is_err() {
                        return Err(Error::cancelled("the queued work was thrown away"));
                    }
                }
            }
            Ok(())
        })
    }

    /// Writes a whole file so that it is there completely or not at all:
    /// aside, synced, renamed, its directory synced.
    pub(crate) fn write_atomically(
        &self,
        path: &Path,
        write: impl FnOnce(&mut dyn WriteFile) -> Result<()>,
    ) -> Result<()> {
        let parent = path
            .parent()
            .ok_or_else(|| Error::bug("a file path without a folder"))?;
        let aside = path.with_extension("tmp");
        let outcome = (|| {
            self.fs
                .create_dir_all(parent)
                .map_err(|e| Error::io(parent, "create", e))?;
            // A leftover of an earlier crash is ours to replace.
            match self.fs.remove(&aside) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Error::io(&aside, "remove", e));
                }
                _ => {}
            }
            let mut file = self
                .fs
                .create(&aside)
                .map_err(|e| Error::io(&aside, "create", e))?;
            write(file.as_mut())?;
            file.sync().map_err(|e| Error::io(&aside, "sync", e))?;
            drop(file);
            self.fs
                .rename(&aside, path)
                .map_err(|e| Error::io(path, "rename", e))?;
            self.fs
                .sync_dir(parent)
                .map_err(|e| Error::io(parent, "sync", e))
        })();
        if outcome.is_err() {
            // The space of a failed write is given back at once; if that fails
            // too, the next open collects the file.
            let _ = self.fs.remove(&aside);
        }
        outcome
    }
}
