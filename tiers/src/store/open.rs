//! Opening a store for writing.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::builder::{Create, StoreBuilder};
use super::cold::{Chosen, choose};
use super::core::{Core, Held, Parts};
use super::ends::Ends;
use super::reconcile::{News, reconcile};
use super::{Recovered, Store, build_view};
use crate::cold::{ColdStore, is_probe};
use crate::env::{Env, FileLock};
use crate::error::{Error, ErrorKind, Result};
use crate::garbage::{Doomed, Garbage};
use crate::heat;
use crate::layout::Layout;
use crate::log::{Log, LogTail, LogWriter, Poll};
use crate::lsn::Lsn;
use crate::manifest::{self, ManifestWriter, State, fresh_store_id};
use crate::warm::Maps;
use thermocline_policy::Timestamp;

pub(super) fn open(builder: StoreBuilder) -> BoxFuture<'static, Result<Store>> {
    Box::pin(async move {
        let env = builder.env.clone();
        let background = builder.background;
        let policy = builder.policy.clone();
        let (builder, cold) = env.blocking(move || place(builder)).await?;
        cold.probe(&env).await?;
        let (core, last_change, mut cold, news) =
            env.blocking(move || recover(&builder, cold)).await?;
        let core = Arc::new(core);
        cold.claim(&core.state()).await?;
        if let Some(change) = cold.take_change() {
            let core = Arc::clone(&core);
            env.blocking(move || change.save(&core.env, &core.layout))
                .await?;
        }
        core.catch_up(news).await?;
        doom_orphans(&core, last_change).await?;
        if let Some(policy) = policy
            && core.state().policy != policy
        {
            core.set_policy(policy).await?;
        }
        core.resume_recording().await;
        core.take_notes().await;
        core.set_gauges();
        Ok(Store::new(core, background))
    })
}

/// Where the cold tier is; before that, whether there is a store that may be opened.
fn place(mut builder: StoreBuilder) -> Result<(StoreBuilder, Chosen)> {
    let StoreBuilder { env, layout, .. } = &builder;
    if builder.create == Create::Never
        && manifest::load(env.fs.as_ref(), &layout.manifest(), None)?.is_none()
    {
        return Err(no_store(layout));
    }
    let cold = choose(&mut builder)?;
    Ok((builder, cold))
}

/// Everything else that blocks: the lock, the manifest and the log. Also says when the
/// store was changed last.
#[tracing::instrument(name = "open", skip_all, fields(dir = %builder.layout.root().display()))]
fn recover(builder: &StoreBuilder, mut chosen: Chosen) -> Result<(Core, Timestamp, Chosen, News)> {
    let StoreBuilder {
        env,
        layout,
        settings,
        ..
    } = builder;
    let dir = layout.root();
    if builder.create != Create::Never {
        env.fs
            .create_dir_all(dir)
            .map_err(|e| Error::io(dir, "create", e))?;
    }
    let lock = Arc::new(Held::new(take_lock(env, layout)?));
    let ends = Ends::load(env.fs.as_ref(), layout)?;
    let last_change = last_change(env, layout)?;
    let mut manifest = open_manifest(builder, &mut chosen, ends.as_ref())?;
    let cold = chosen.store.clone();
    let news = reconcile(&cold, &mut manifest)?;
    let garbage = Arc::new(Garbage::new(Arc::clone(&env.clock)));
    let state = Arc::clone(manifest.state());

    let log_dir = layout.log();
    env.fs
        .create_dir_all(&log_dir)
        .map_err(|e| Error::io(&log_dir, "create", e))?;
    let mut tail = LogTail::new(state.log_start);
    let records = match tail.poll(env.fs.as_ref(), &log_dir)? {
        Poll::Records(records) => records,
        Poll::Missing if state.tables.is_empty() => Vec::new(),
        Poll::Missing => return Err(missing_log(&log_dir)),
        Poll::Trimmed => {
            return Err(Error::corrupt(
                log_dir.display(),
                format!("the writes from {} on are missing", state.log_start),
            ));
        }
    };
    refuse_short_log(&log_dir, &state, tail.next())?;
    if let Some(ends) = ends {
        ends.check_log(layout, tail.next().previous())?;
    }
    let with = Recovered {
        env: env.clone(),
        layout: layout.clone(),
        cold: cold.clone(),
        maps: Arc::new(Maps::new(settings.warm_maps)),
        garbage: Some(Arc::clone(&garbage)),
        recorder: Arc::default(),
    };
    let view = build_view(&with, &state, &records, None)?;
    heat::load(env, layout, &view);
    with.recorder.follow(&state.policy);
    let files = tail.files(env.fs.as_ref(), &log_dir)?;
    let file_bytes = settings.log_file_bytes.max(1);
    let mut writer = LogWriter::resume(env, log_dir, file_bytes, files, tail.settled())?;
    let next = tail.next();
    writer.start(next)?;
    writer.trim(state.log_start, next.previous())?;
    tracing::info!(
        tables = view.tables.len(),
        replayed = records.len(),
        "store opened"
    );
    let core = Core::new(Parts {
        env: env.clone(),
        layout: layout.clone(),
        settings: settings.clone(),
        cold,
        log: Log::new(env, writer, next.previous(), Arc::clone(&lock)),
        maps: with.maps,
        garbage,
        manifest,
        lock,
        next,
        view,
        recorder: with.recorder,
    });
    Ok((core, last_change, chosen, news))
}

/// A log that lost its end is not one without those writes: their numbers would be
/// given out again.
fn refuse_short_log(log_dir: &Path, state: &State, next: Lsn) -> Result<()> {
    let covered = state.tables.values().flat_map(|table| &table.covered);
    match covered.map(|covered| covered.lsns.last).max() {
        Some(last) if last >= next => Err(Error::corrupt(
            log_dir.display(),
            format!("it ends before write {next}, and segment files have writes up to {last}"),
        )),
        _ => Ok(()),
    }
}

/// Where a log must be.
pub(crate) fn missing_log(log_dir: &Path) -> Error {
    Error::corrupt(
        log_dir.display(),
        "the log is gone, and with it every row that has no segment file; \
         restore the store from a backup",
    )
}

/// Where there is no store.
pub(crate) fn no_store(layout: &Layout) -> Error {
    Error::not_found(format!(
        "there is no store in `{}`; create one first, or check the path",
        layout.root().display()
    ))
}

fn take_lock(env: &Env, layout: &Layout) -> Result<Box<dyn FileLock>> {
    let path = layout.lock();
    let note = format!("process {}\n", std::process::id());
    env.fs.lock(&path, &note).map_err(|e| match e.kind() {
        std::io::ErrorKind::WouldBlock => {
            let holder = env.fs.read(&path, 0).unwrap_or_default();
            let holder = String::from_utf8_lossy(&holder).trim().to_owned();
            let holder = if holder.is_empty() { "another process".to_owned() } else { holder };
            Error::new(
                ErrorKind::Locked,
                format!(
                    "the store in `{}` is open for writing in {holder}; close it there, or open a reader",
                    layout.root().display()
                ),
            )
        }
        _ => Error::io(&path, "lock", e),
    })
}

fn open_manifest(
    builder: &StoreBuilder,
    cold: &mut Chosen,
    ends: Option<&Ends>,
) -> Result<ManifestWriter> {
    let StoreBuilder { env, layout, .. } = builder;
    let dir = layout.manifest();
    let file_bytes = builder.settings.manifest_file_bytes;
    match manifest::load(env.fs.as_ref(), &dir, None)? {
        Some(_) if builder.create == Create::New => Err(Error::new(
            ErrorKind::AlreadyExists,
            format!(
                "there is a store in `{}` already; open it",
                layout.root().display()
            ),
        )),
        Some(loaded) => {
            cold.check(&loaded.state)?;
            // Before a damaged end is taken for a torn one, and cut off.
            if let Some(ends) = ends {
                ends.check_manifest(layout, &loaded.state)?;
            }
            ManifestWriter::resume(env, dir, file_bytes, &loaded)
        }
        None if builder.create == Create::Never => Err(no_store(layout)),
        None if ends.is_some() => Err(Error::corrupt(dir.display(), "there is no manifest in it")),
        None => {
            refuse_remains(env, layout)?;
            let policy = builder.policy.clone().unwrap_or_default();
            // Before there is a store, or it could be opened elsewhere.
            if let Some(change) = cold.take_change() {
                change.save(env, layout)?;
            }
            let state = State::new(fresh_store_id(env), policy);
            ManifestWriter::create(env, dir, file_bytes, state)
        }
    }
}

/// A directory with a log but no manifest is a store that lost its manifest,
/// not a place for a new one.
fn refuse_remains(env: &Env, layout: &Layout) -> Result<()> {
    for dir in [layout.log(), layout.warm()] {
        let entries = env.fs.list(&dir).map_err(|e| Error::io(&dir, "list", e))?;
        if !entries.is_empty() {
            return Err(Error::corrupt(
                layout.root().display(),
                format!("it has files in `{}` but no manifest", dir.display()),
            ));
        }
    }
    Ok(())
}

/// When the manifest was written last; now, if that is not known.
fn last_change(env: &Env, layout: &Layout) -> Result<Timestamp> {
    let now = env.clock.now();
    let dir = layout.manifest();
    match env.fs.list(&dir) {
        Ok(files) => {
            let changes = files.iter().map(|file| file.modified.unwrap_or(now));
            Ok(changes.max().unwrap_or(now).min(now))
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(now),
        Err(e) => Err(Error::io(&dir, "list", e)),
    }
}

/// Hands files to collection that an earlier process left behind: written, but
/// never committed, or committed away, but not removed. Whatever it was, the last
/// change of the manifest came after it, so they have waited since then.
async fn doom_orphans(core: &Arc<Core>, since: Timestamp) -> Result<()> {
    let state = core.state();
    let mut needed = HashSet::new();
    for meta in state.tables.values().flat_map(|table| {
        let intended = table.cold.intent.iter();
        let intended = intended.flat_map(|i| i.put.iter().map(|(_, meta)| meta));
        table.segments.values().chain(intended)
    }) {
        needed.insert(meta.home.file().path.clone());
        needed.extend(meta.warm_copy.iter().map(|file| file.path.clone()));
    }
    let (env, layout) = (core.env.clone(), core.layout.clone());
    let warm = env
        .clone()
        .blocking(move || warm_files(&env, &layout))
        .await?;
    for path in warm.into_iter().filter(|path| !needed.contains(path)) {
        core.garbage.add_since(since, Doomed::Local(path));
    }
    for (path, written) in cold_files(&core.cold, &state).await? {
        if needed.contains(&path) {
            continue;
        }
        if is_probe(&path) {
            // Perhaps of a process that is just finding out that this one has the store.
            core.garbage.add(Doomed::Cold(path));
        } else {
            // Others may have written it since, and be about to commit it.
            core.garbage
                .add_since(since.max(written), Doomed::Cold(path));
        }
    }
    Ok(())
}

/// All files of the warm tier, finished or not, as the manifest would name them.
fn warm_files(env: &Env, layout: &Layout) -> Result<Vec<String>> {
    let list = |dir: &std::path::Path| env.fs.list(dir).map_err(|e| Error::io(dir, "list", e));
    let mut files = Vec::new();
    for table in list(&layout.warm())?
        .into_iter()
        .filter(|entry| entry.is_dir)
    {
        let names = list(&table.path)?.into_iter().filter(|entry| !entry.is_dir);
        files.extend(names.map(|entry| format!("warm/{}/{}", table.name, entry.name)));
    }
    Ok(files)
}

/// Our objects of the cold tier: all Parquet files, and whatever is left of tables that
/// were dropped. Others in the same place are left alone.
async fn cold_files(cold: &ColdStore, state: &State) -> Result<Vec<(String, Timestamp)>> {
    let tables: HashSet<String> = state
        .tables
        .iter()
        .map(|(id, table)| Layout::cold_dir(&table.name, *id))
        .collect();
    let is_ours = |path: &String| {
        if is_probe(path) {
            return true;
        }
        let Some((table, below)) = path.split_once('/') else {
            return false;
        };
        match below.starts_with("_delta_log/") {
            true => !tables.contains(table),
            false => below.ends_with(".parquet"),
        }
    };
    let objects = cold.list().await?;
    let files = objects.into_iter().map(|object| {
        let written = Timestamp(object.last_modified.timestamp_micros());
        (object.location.to_string(), written)
    });
    Ok(files.filter(|(path, _)| is_ours(path)).collect())
}
