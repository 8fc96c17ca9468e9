//! Recording accesses to files, one for each process that recorded.

use std::sync::Arc;

use futures::future::BoxFuture;
use thermocline_policy::trace::{Request, TraceDecoder, TraceFormat};

use crate::env::{Env, WriteFile};
use crate::error::{Error, Result};
use crate::layout::Layout;
use crate::manifest::Edit;
use crate::numbered;
use crate::store::Core;

const EXTENSION: &str = "trace";
/// What stands before a block: its length first.
const BLOCK_HEADER: usize = 12;

impl Core {
    /// Records from now on, and removes what was recorded before.
    pub(crate) fn start_trace(self: &Arc<Self>) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            if self.state().record_accesses {
                return Err(Error::invalid(
                    "accesses are recorded already; stop that first",
                ));
            }
            let core = Arc::clone(self);
            self.env
                .blocking(move || {
                    let (fs, dir) = (&core.env.fs, core.layout.traces());
                    for (_, path, _) in numbered::list(fs.as_ref(), &dir, EXTENSION)? {
                        fs.remove(&path)
                            .map_err(|e| Error::io(&path, "remove", e))?;
                    }
                    core.recorder.start(new_file(&core.env, &core.layout)?);
                    Ok(())
                })
                .await?;
            let committed = self.record_accesses(true).await;
            if committed.is_err() {
                // The error is of the commit; that the file has no end is harmless.
                let _ = self.recorder.stop();
            }
            committed
        })
    }

    pub(crate) fn stop_trace(self: &Arc<Self>) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            // An earlier call may have been given up half-way.
            if !self.state().record_accesses && !self.recorder.is_recording() {
                return Err(Error::invalid("no accesses are recorded; start that first"));
            }
            self.record_accesses(false).await?;
            let core = Arc::clone(self);
            self.env
                .blocking(move || {
                    let dir = core.layout.traces();
                    core.recorder
                        .stop()
                        .map_err(|e| Error::io(&dir, "write", e))
                })
                .await
        })
    }

    async fn record_accesses(self: &Arc<Self>, record: bool) -> Result<()> {
        self.commit(
            move |_| Ok(vec![Edit::RecordAccesses { record }]),
            |_, _| (),
        )
        .await
    }

    /// Goes on recording where an earlier process did. A store opens without it, too.
    pub(crate) async fn resume_recording(self: &Arc<Self>) {
        if !self.state().record_accesses {
            return;
        }
        let core = Arc::clone(self);
        let started = self.env.blocking(move || {
            core.recorder.start(new_file(&core.env, &core.layout)?);
            Ok(())
        });
        if let Err(error) = started.await {
            self.note_failure("trace", "accesses are not recorded", &error);
        }
    }

    /// Writes what was recorded so far. A failure ends the recording, and is no failure of the store.
    pub(crate) fn write_trace(self: &Arc<Self>, to_the_end: bool) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            if !self.recorder.is_recording() {
                return;
            }
            let core = Arc::clone(self);
            let written = self.env.blocking(move || {
                let dir = core.layout.traces();
                let written = core.recorder.write(to_the_end);
                written.map_err(|e| Error::io(&dir, "write", e))
            });
            if let Err(error) = written.await {
                let what = "the recording of accesses has ended";
                self.note_failure("trace", what, &error);
            }
        })
    }

    /// What was recorded, by this process and by earlier ones.
    pub(crate) fn recorded_accesses(self: &Arc<Self>) -> BoxFuture<'_, Result<Vec<Request>>> {
        Box::pin(async move {
            self.write_trace(true).await;
            let core = Arc::clone(self);
            self.env
                .blocking(move || recorded(&core.env, &core.layout))
                .await
        })
    }
}

fn new_file(env: &Env, layout: &Layout) -> Result<Box<dyn WriteFile>> {
    let dir = layout.traces();
    env.fs
        .create_dir_all(&dir)
        .map_err(|e| Error::io(&dir, "create", e))?;
    let last = numbered::list(env.fs.as_ref(), &dir, EXTENSION)?.pop();
    let path = numbered::path(&dir, last.map_or(1, |(number, ..)| number + 1), EXTENSION);
    env.fs
        .create(&path)
        .map_err(|e| Error::io(&path, "create", e))
}

/// All recorded accesses. What a crash cut off at the end of a file is left out.
fn recorded(env: &Env, layout: &Layout) -> Result<Vec<Request>> {
    let mut requests = Vec::new();
    for (_, path, _) in numbered::list(env.fs.as_ref(), &layout.traces(), EXTENSION)? {
        let bytes = env
            .fs
            .read(&path, 0)
            .map_err(|e| Error::io(&path, "read", e))?;
        if bytes.is_empty() {
            continue;
        }
        let mut decoder = TraceDecoder::new(TraceFormat::Thermocline);
        let read = decoder.feed(&bytes, &mut |request| requests.push(request));
        let at = usize::try_from(decoder.read_bytes()).unwrap_or(usize::MAX);
        match read {
            Err(error) if !is_torn(&bytes, at) => {
                return Err(Error::corrupt(path.display(), error.to_string()));
            }
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "the end of a recording was lost");
            }
            Ok(()) => {}
        }
    }
    // What readers have read comes later than it happened.
    requests.sort_by_key(|request| request.time);
    Ok(requests)
}

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// Whether the block at `at`, which cannot be read, has a sector that was never written: then it, and
/// all behind it, was lost with the power, and nobody was told that it is kept.
fn is_torn(bytes: &[u8], at: usize) -> bool {
    let len = bytes.get(at..).and_then(|block| block.first_chunk::<4>());
    let len = len.map_or(0, |len| u32::from_le_bytes(*len) as usize);
    let end = at.saturating_add(BLOCK_HEADER).saturating_add(len);
    let mut start = at;
    while start < end.min(bytes.len()) {
        let next = (start / SECTOR + 1) * SECTOR;
        let sector = bytes.get(start..next.min(end).min(bytes.len()));
        if sector.is_some_and(|sector| sector.iter().all(|byte| *byte == 0)) {
            return true;
        }
        start = next;
    }
    false
}
