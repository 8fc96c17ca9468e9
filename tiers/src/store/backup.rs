//! Backups: a whole store, copied while it is written to.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use serde::Serialize;
use thermocline_formats::FrameReader;

use super::{Core, Ends, StoreBuilder};
use crate::cold::ColdStore;
use crate::cold::delta::{self, Committed};
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::layout::Layout;
use crate::log::{LogTail, Poll};
use crate::lsn::Lsn;
use crate::manifest::{self, Intent, ManifestWriter, State};
use crate::mover::delta_change;
use crate::numbered;
use crate::reader::Reader;
use crate::warm::Maps;

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
    pub(crate) fn backup<'a>(
        self: &'a Arc<Self>,
        to: &'a Path,
    ) -> BoxFuture<'a, Result<BackupReport>> {
        Box::pin(async move {
            // Manifest and log must be of one moment: rows of a later table or column
            // would have no meaning in the copy, and their numbers would be given out
            // again. Nothing may be trimmed or collected meanwhile.
            let _no_trim = self.trim.read().await;
            let (state, pinned, last) = self.pin().await;
            self.log.wait(last).await?;
            let copy = Copy {
                env: self.env.clone(),
                from: self.layout.clone(),
                cold: self.cold.clone(),
            };
            let report = copy.to(to, &state, last).await;
            drop(pinned);
            report
        })
    }
}

/// Makes a store in `to` out of the one in `from`, and verifies it.
pub(super) fn restore<'a>(
    env: &'a Env,
    from: &'a Path,
    to: &'a Path,
) -> BoxFuture<'a, Result<BackupReport>> {
    Box::pin(async move {
        let layout = Layout::new(from);
        let (blocking, dir) = (env.clone(), layout.manifest());
        let loaded = env
            .blocking(move || manifest::load(blocking.fs.as_ref(), &dir, None))
            .await?;
        let Some(loaded) = loaded else {
            return Err(super::open::no_store(&layout));
        };
        // A backup has its cold objects beside it; a store may have them elsewhere.
        let mut of = StoreBuilder::new(from.to_path_buf()).env(env.clone());
        let cold = env.blocking(move || super::cold::choose(&mut of)).await?;
        let copy = Copy {
            env: env.clone(),
            from: layout,
            cold: cold.store,
        };
        copy.to(to, &loaded.state, Lsn(u64::MAX)).await
    })
}

/// A copy under way.
struct Copy {
    env: Env,
    from: Layout,
    cold: ColdStore,
}

impl Copy {
    /// Copies what `state` says and the log up to `last`.
    async fn to(&self, to: &Path, state: &State, last: Lsn) -> Result<BackupReport> {
        let target = Layout::new(to);
        self.refuse_occupied(to)?;
        let cold = ColdStore::new(ColdStore::local(&self.env, &target.cold())?, 0);
        cold.claim(state.store).await?;
        let mut report = BackupReport::default();
        let state = &self.with_delta_tables(state, &cold).await?;
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
        self.copy_log(&target, state, last, &mut report)?;
        // The manifest last: without it there is no store in `to`.
        drop(ManifestWriter::create(
            &self.env,
            target.manifest(),
            u64::MAX,
            state.clone(),
        )?);
        let reader = Reader::open(
            self.env.clone(),
            target.clone(),
            cold,
            Arc::new(Maps::new(1)),
        )
        .await?;
        let snapshot = reader.snapshot().await?;
        let verified = super::verify_snapshot(&self.env, &snapshot).await?;
        if let Some(problem) = verified.problems.first() {
            return Err(Error::corrupt(&problem.path, &problem.what));
        }
        let ends = Ends {
            store: state.store,
            version: state.version,
            last: snapshot.lsn(),
        };
        ends.store(&self.env, &target)?;
        report.tables = verified.tables;
        report.rows = verified.rows;
        Ok(report)
    }

    /// Begins a Delta table in the copy for each that the store has, and returns the state
    /// that fits them: their history stays behind, and so does what is under way.
    async fn with_delta_tables(&self, state: &State, cold: &ColdStore) -> Result<State> {
        let mut copied = state.clone();
        let now = self.env.clock.now();
        for (id, shared) in &mut copied.tables {
            if shared.cold.floor.is_none() && shared.cold.intent.is_none() {
                continue;
            }
            let table = Arc::make_mut(shared);
            table.cold.intent = None;
            let delta = cold.delta(state.store, *id, &table.name)?;
            let (schema, _) = table.schema()?;
            let properties = table.delta_properties(state.store);
            let name = self.env.ids.segment(now).to_string();
            let described = delta::metadata(name, delta::millis(now), &schema, &properties)?;
            delta
                .create(&described, &delta::protocol(&schema), now)
                .await?;
            let mut head = delta::Head::new(described);
            let mut all = Intent {
                sequence: table.cold.sequence,
                uuid: self.env.ids.segment(now),
                rewrites: false,
                put: Vec::new(),
                remove: Vec::new(),
                drop_table: false,
            };
            for (segment, meta) in &table.segments {
                if matches!(meta.home, manifest::Home::Cold(_)) {
                    all.put.push((*segment, Arc::clone(meta)));
                }
            }
            let change = delta_change(table, state.store, &head, &all, now)?;
            table.cold.floor = match delta
                .commit(&mut head, 0, &change, now, &mut Vec::new())
                .await?
            {
                Committed::At(version) => Some(version),
                Committed::Overtaken => None,
            };
        }
        Ok(copied)
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

    /// Copies the good part of the log, up to `last`.
    fn copy_log(
        &self,
        target: &Layout,
        state: &State,
        last: Lsn,
        report: &mut BackupReport,
    ) -> Result<()> {
        let dir = self.from.log();
        let fs = self.env.fs.as_ref();
        let mut tail = LogTail::new(state.log_start);
        if matches!(tail.poll(fs, &dir)?, Poll::Trimmed) {
            return Err(Error::corrupt(
                dir.display(),
                format!("the writes from {} on are missing", state.log_start),
            ));
        }
        let files = tail.files(fs, &dir)?;
        for (first, path, good) in files
            .into_iter()
            .filter(|(first, ..)| *first <= last.next())
        {
            let bytes = fs.read(&path, 0).map_err(|e| Error::io(&path, "read", e))?;
            let good = usize::try_from(good).unwrap_or(usize::MAX).min(bytes.len());
            let bytes = up_to(&path, &bytes.slice(..good), last)?;
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

/// The frames of a log file up to `last`.
fn up_to(path: &Path, bytes: &Bytes, last: Lsn) -> Result<Bytes> {
    let mut frames = FrameReader::new(bytes.clone());
    let mut end = 0;
    // Behind `last` the writer may be at work.
    while end < bytes.len() {
        match frames.next_frame() {
            Ok(Some(frame)) if frame.lsn <= last.0 => {
                end = usize::try_from(frame.end).unwrap_or(usize::MAX);
                if frame.lsn == last.0 {
                    break;
                }
            }
            Ok(_) => break,
            Err(damage) => return Err(Error::corrupt(path.display(), damage)),
        }
    }
    Ok(bytes.slice(..end.min(bytes.len())))
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
