//! Backups: a whole store, copied while it is written to.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;

use super::Core;
use crate::cold::ColdStore;
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::layout::Layout;
use crate::log::{LogTail, Poll};
use crate::manifest::{self, ManifestWriter, State};
use crate::numbered;
use crate::reader::Reader;

/// What was copied.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BackupReport {
    /// Tables in the copy.
    pub tables: u64,
    /// Rows in the copy.
    pub rows: u64,
    /// Files that were copied.
    pub files: u64,
    /// Bytes that were copied.
    pub bytes: u64,
}

impl Core {
    /// Copies the store as it is now.
    pub(crate) async fn backup(self: &Arc<Self>, to: &Path) -> Result<BackupReport> {
        // The log first, whole: what it lacks is in the files of the manifest
        // that is read after it. Nothing may be trimmed or collected meanwhile.
        let _no_trim = self.trim.read().await;
        self.log.wait(self.next_lsn().previous()).await?;
        let (state, pinned) = self.pinned_state().await?;
        let copy = Copy {
            env: self.env.clone(),
            from: self.layout.clone(),
            cold: self.cold.clone(),
        };
        let report = copy.to(to, &state).await;
        drop(pinned);
        report
    }

    /// The manifest together with a view that keeps its files.
    async fn pinned_state(self: &Arc<Self>) -> Result<(Arc<State>, Arc<crate::snapshot::View>)> {
        let core = Arc::clone(self);
        let pin = Arc::new(parking_lot::Mutex::new(None));
        let pinned = Arc::clone(&pin);
        self.commit(
            |_| Ok(Vec::new()),
            move |view, state| {
                *pinned.lock() = Some((Arc::new(state.clone()), Arc::new(view.clone())));
                drop(core);
            },
        )
        .await?;
        let pinned = pin.lock().take();
        pinned.ok_or_else(|| Error::bug("a backup pinned nothing"))
    }
}

/// Makes a store in `to` out of the one in `from`, and verifies it.
pub(super) async fn restore(env: &Env, from: &Path, to: &Path) -> Result<BackupReport> {
    let layout = Layout::new(from);
    let (blocking, dir) = (env.clone(), layout.manifest());
    let loaded = env
        .blocking(move || manifest::load(blocking.fs.as_ref(), &dir, None))
        .await?;
    let Some(loaded) = loaded else {
        return Err(super::open::no_store(&layout));
    };
    let cold = ColdStore::new(ColdStore::local(env, &layout.cold())?, 0);
    let copy = Copy {
        env: env.clone(),
        from: layout,
        cold,
    };
    copy.to(to, &loaded.state).await
}

/// A copy under way.
struct Copy {
    env: Env,
    from: Layout,
    cold: ColdStore,
}

impl Copy {
    async fn to(&self, to: &Path, state: &State) -> Result<BackupReport> {
        let target = Layout::new(to);
        self.refuse_occupied(to)?;
        let cold = ColdStore::new(ColdStore::local(&self.env, &target.cold())?, 0);
        cold.claim(state.store).await?;
        let mut report = BackupReport::default();
        for meta in state
            .tables
            .values()
            .flat_map(|table| table.segments.values())
        {
            let warm = match &meta.home {
                manifest::Home::Warm(file) => Some(file),
                manifest::Home::Cold(file) => {
                    let bytes = self.cold.get(&file.path).await?;
                    check(file, &bytes)?;
                    report.count(&bytes);
                    cold.put(&file.path, bytes).await?;
                    meta.warm_copy.as_ref()
                }
            };
            if let Some(file) = warm {
                let path = self.from.at(&file.path);
                let bytes = self
                    .env
                    .fs
                    .read(&path, 0)
                    .map_err(|e| Error::io(&path, "read", e))?;
                check(file, &bytes)?;
                self.write(&target.at(&file.path), &bytes)?;
                report.count(&bytes);
            }
        }
        self.copy_log(&target, state, &mut report)?;
        // The manifest last: without it there is no store in `to`.
        drop(ManifestWriter::create(
            &self.env,
            target.manifest(),
            u64::MAX,
            state.clone(),
        )?);
        let reader = Reader::open(self.env.clone(), target.clone(), cold).await?;
        let snapshot = reader.snapshot().await?;
        let verified = super::verify_snapshot(&self.env, &snapshot).await?;
        if let Some(problem) = verified.problems.first() {
            return Err(Error::corrupt(&problem.path, &problem.what));
        }
        report.tables = verified.tables;
        report.rows = verified.rows;
        Ok(report)
    }

    fn refuse_occupied(&self, to: &Path) -> Result<()> {
        let entries = self.env.fs.list(to).map_err(|e| Error::io(to, "list", e))?;
        if entries.is_empty() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::AlreadyExists,
            format!("`{}` is not empty; name a new directory", to.display()),
        ))
    }

    /// Copies the good part of the log.
    fn copy_log(&self, target: &Layout, state: &State, report: &mut BackupReport) -> Result<()> {
        let dir = self.from.log();
        let fs = self.env.fs.as_ref();
        let mut tail = LogTail::new(state.log_start);
        if matches!(tail.poll(fs, &dir)?, Poll::Trimmed) {
            return Err(Error::corrupt(
                dir.display(),
                format!("the writes from {} on are missing", state.log_start),
            ));
        }
        for (first, path, good) in tail.files(fs, &dir)? {
            let bytes = fs.read(&path, 0).map_err(|e| Error::io(&path, "read", e))?;
            let good = usize::try_from(good).unwrap_or(usize::MAX).min(bytes.len());
            let bytes = bytes.slice(..good);
            self.write(&numbered::path(&target.log(), first.0, "log"), &bytes)?;
            report.count(&bytes);
        }
        Ok(())
    }

    fn write(&self, path: &Path, bytes: &Bytes) -> Result<()> {
        self.env.write_atomically(path, |file| {
            file.write_all(bytes)
                .map_err(|e| Error::io(path, "write", e))
        })
    }
}

/// A damaged file must not be copied as if it were whole.
fn check(file: &manifest::FileMeta, bytes: &Bytes) -> Result<()> {
    if bytes.len() as u64 != file.bytes || crc32c::crc32c(bytes) != file.crc {
        return Err(Error::corrupt(
            &file.path,
            "its bytes are not those that were written",
        ));
    }
    Ok(())
}

impl BackupReport {
    fn count(&mut self, bytes: &Bytes) {
        self.files += 1;
        self.bytes += bytes.len() as u64;
    }
}
