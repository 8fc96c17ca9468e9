//! One Delta table: creating it, following its log, committing to it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt, PutMode};
use serde_json::json;
use thermocline_policy::Timestamp;

use super::action::{Action, Metadata, Protocol, Txn};
use super::change::Change;
use super::engine::{Engine, engine};
use super::history::{Commit, Head, MARK};
use super::snapshot::{self, At, DeltaSnapshot};
use crate::error::{Error, ErrorKind, Result};

/// Where the log is.
pub(super) const LOG: &str = "_delta_log";

/// How often a commit is tried while others commit too.
const TRIES: usize = 100;

/// A Delta table in an object store.
#[derive(Debug, Clone)]
pub(crate) struct DeltaTable {
    /// With the table at its root.
    objects: Arc<dyn ObjectStore>,
    /// As users are told.
    name: String,
    /// Under which our commits are counted.
    app: String,
    runtime: Option<tokio::runtime::Handle>,
}

/// What became of a commit.
#[derive(Debug)]
pub(crate) enum Committed {
    /// It is in the table, with this version.
    At(u64),
    /// A file that it removes was removed by someone else meanwhile. What the others
    /// did has to be looked at first.
    Overtaken,
}

impl DeltaTable {
    /// The table in the folder `dir`; nothing is read. `app` names the writer.
    pub(crate) fn new(
        objects: &Arc<dyn ObjectStore>,
        dir: &str,
        app: String,
        runtime: Option<tokio::runtime::Handle>,
    ) -> Result<Self> {
        let at = Path::parse(dir)
            .map_err(|e| Error::bug(format!("`{dir}` is no place for a table: {e}")))?;
        Ok(Self {
            objects: Arc::new(PrefixStore::new(Arc::clone(objects), at)),
            name: dir.to_owned(),
            app,
            runtime,
        })
    }

    /// The same table under another name in errors.
    pub(crate) fn called(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn objects(&self) -> &Arc<dyn ObjectStore> {
        &self.objects
    }

    /// Lets the kernel work. Its Parquet decoder panics on some damaged checkpoints; that is an error
    /// of the table like other damage.
    pub(super) fn by_kernel<T>(&self, work: impl FnOnce(&Engine) -> Result<T>) -> Result<T> {
        let engine = engine(Arc::clone(&self.objects), self.runtime.as_ref());
        let done = catch_unwind(AssertUnwindSafe(|| work(&engine)));
        done.unwrap_or_else(|_| Err(snapshot::unreadable(&self.name)))
    }

    fn epoch_app(&self) -> String {
        format!("{}/epoch", self.app)
    }

    fn commit_path(version: u64) -> Path {
        Path::from(format!("{LOG}/{version:020}.json"))
    }

    fn shown(&self, path: &Path) -> String {
        format!("{}/{path}", self.name)
    }

    /// Makes the table, empty, with version 0; one that is there already stays, and the
    /// answer is `false`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) async fn create(
        &self,
        metadata: &Metadata,
        protocol: &Protocol,
        now: Timestamp,
    ) -> Result<bool> {
        let info = json!({
            "timestamp": millis(now),
            "operation": "CREATE TABLE",
            "operationParameters": {},
            "engineInfo": ENGINE,
            "isBlindAppend": true,
        });
        let lines = [
            Action {
                commit_info: Some(info),
                ..Action::default()
            },
            Action {
                protocol: Some(protocol.clone()),
                ..Action::default()
            },
            Action {
                meta_data: Some(metadata.clone()),
                ..Action::default()
            },
        ];
        match self.put_new(0, &lines).await {
            Ok(()) => Ok(true),
            Err(PutError::Taken) => Ok(false),
            Err(PutError::Failed(error)) => Err(error),
        }
    }

    /// Commits a change as the writer of `epoch`, and brings `head` up to date. A commit
    /// of ours that is there already, because its answer was lost, is found and not
    /// repeated. `news` gets the commits of others that came in between.
    ///
    /// # Errors
    /// [`Fenced`](ErrorKind::Fenced) when another process has taken the table over;
    /// after any other error it is not known whether the commit is in the table.
    pub(crate) async fn commit(
        &self,
        head: &mut Head,
        epoch: u64,
        change: &Change,
        now: Timestamp,
        news: &mut Vec<Commit>,
    ) -> Result<Committed> {
        for _ in 0..TRIES {
            if is_overtaken(head, change) {
                return Err(self.fenced());
            }
            let version = head.version + 1;
            match self.put_new(version, &self.lines(epoch, change, now)).await {
                Ok(()) => {
                    head.version = version;
                    head.sequence = change.sequence;
                    head.epoch = epoch;
                    if let Some((_, metadata)) = &change.metadata {
                        head.metadata = metadata.clone();
                    }
                    return Ok(Committed::At(version));
                }
                Err(PutError::Taken) => {}
                // It may have got there all the same.
                Err(PutError::Failed(error)) => match self.read(version).await {
                    Ok(Some(_)) => {}
                    _ => return Err(error),
                },
            }
            let mut overtaken = false;
            for commit in self.since(head.version).await? {
                if commit.uuid.as_deref() == Some(&change.uuid.to_string()) {
                    self.follow(head, &commit);
                    return Ok(Committed::At(commit.version));
                }
                self.follow(head, &commit);
                // Who took over at the same time may hold the same epoch; one of the two was first.
                let is_taken = commit.txns.contains_key(&self.epoch_app()) && head.epoch >= epoch;
                if is_taken || is_overtaken(head, change) {
                    return Err(self.fenced());
                }
                // Rows in the old columns do not belong into the new ones.
                if change.follows.is_some()
                    && (commit.metadata.is_some() || commit.protocol.is_some())
                {
                    return Err(self.described_anew());
                }
                let gone = |path: &str| commit.remove.iter().any(|r| r.path == path);
                overtaken |= change.remove.iter().any(|remove| gone(&remove.path));
                news.push(commit);
            }
            if overtaken {
                return Ok(Committed::Overtaken);
            }
        }
        Err(Error::new(
            ErrorKind::Io,
            format!(
                "others commit to the cold table `{}` faster than this store can; try again",
                self.name
            ),
        ))
    }

    fn lines(&self, epoch: u64, change: &Change, now: Timestamp) -> Vec<Action> {
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let txn = |app: String, version: u64| Action {
            txn: Some(Txn {
                app_id: app,
                version: number(version),
                last_updated: Some(millis(now)),
            }),
            ..Action::default()
        };
        let info = json!({
            "timestamp": millis(now),
            "operation": change.operation.name(),
            "operationParameters": {},
            "engineInfo": ENGINE,
            "isBlindAppend": change.remove.is_empty(),
            MARK: change.uuid.to_string(),
        });
        let mut lines = vec![
            Action {
                commit_info: Some(info),
                ..Action::default()
            },
            txn(self.app.clone(), change.sequence),
            txn(self.epoch_app(), epoch),
        ];
        let also = change.also.iter();
        lines.extend(also.map(|(app, version)| txn(app.clone(), *version)));
        if let Some((protocol, metadata)) = &change.metadata {
            lines.push(Action {
                protocol: Some(protocol.clone()),
                ..Action::default()
            });
            lines.push(Action {
                meta_data: Some(metadata.clone()),
                ..Action::default()
            });
        }
        let remove = |r: &super::Remove| Action {
            remove: Some(r.clone()),
            ..Action::default()
        };
        let add = |a: &super::Add| Action {
            add: Some(a.clone()),
            ..Action::default()
        };
        lines.extend(change.remove.iter().map(remove));
        lines.extend(change.add.iter().map(add));
        lines
    }

    async fn put_new(&self, version: u64, lines: &[Action]) -> Result<(), PutError> {
        let path = Self::commit_path(version);
        let mut text = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut text, line).map_err(|e| PutError::Failed(Error::bug(e)))?;
            text.push(b'\n');
        }
        let put = self
            .objects
            .put_opts(&path, Bytes::from(text).into(), PutMode::Create.into())
            .await;
        match put {
            Ok(_) => Ok(()),
            Err(
                object_store::Error::AlreadyExists { .. }
                | object_store::Error::Precondition { .. },
            ) => Err(PutError::Taken),
            Err(error) => Err(PutError::Failed(Error::object(
                self.shown(&path),
                "write",
                error,
            ))),
        }
    }

    /// One commit; `None` if there is none of that version.
    async fn read(&self, version: u64) -> Result<Option<Commit>> {
        let path = Self::commit_path(version);
        let name = self.shown(&path);
        let found = match self.objects.get(&path).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(Error::object(name, "read", error)),
        };
        let bytes = found
            .bytes()
            .await
            .map_err(|e| Error::object(&name, "read", e))?;
        Commit::parse(version, &name, &bytes).map(Some)
    }

    /// The commits behind `version`, in order.
    ///
    /// # Errors
    /// [`Expired`](ErrorKind::Expired) when the log no longer has them all,
    /// [`Corrupt`](ErrorKind::Corrupt) when it ends before `version`.
    pub(crate) async fn since(&self, version: u64) -> Result<Vec<Commit>> {
        let newest = self.newest(version).await?;
        // A table that is just being made has no version 0 yet.
        if newest.is_none() && version > 0 {
            return Err(Error::corrupt(
                format_args!("cold/{}/{LOG}", self.name),
                format!("version {version} of the table is gone, and all behind it"),
            ));
        }
        let newest = newest.unwrap_or(version);
        let mut commits = Vec::new();
        for next in version + 1..=newest {
            let commit = self.read(next).await?.ok_or_else(|| {
                Error::new(
                    ErrorKind::Expired,
                    format!(
                        "the log of the cold table `{}` begins behind version {next}",
                        self.name
                    ),
                )
            })?;
            commits.push(commit);
        }
        Ok(commits)
    }

    /// The newest version at `version` or behind it, of which there is a commit or a checkpoint. One
    /// listing.
    async fn newest(&self, version: u64) -> Result<Option<u64>> {
        let from = Path::from(format!("{LOG}/{version:020}"));
        let listed: Vec<_> = self
            .objects
            .list_with_offset(Some(&Path::from(LOG)), &from)
            .try_collect()
            .await
            .map_err(|e| Error::object(self.shown(&Path::from(LOG)), "list", e))?;
        let versions = listed
            .iter()
            .filter_map(|object| Some(numbered(&object.location)?.0));
        Ok(versions.max())
    }

    /// The files that commits in the log have removed, and when, in milliseconds since
    /// 1970. One listing, and a read for each commit.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub(crate) async fn removed(&self) -> Result<BTreeMap<String, i64>> {
        let mut removed = BTreeMap::new();
        let log = Path::from(LOG);
        let listed: Vec<_> = self
            .objects
            .list(Some(&log))
            .try_collect()
            .await
            .map_err(|e| Error::object(self.shown(&log), "list", e))?;
        for version in listed
            .iter()
            .filter_map(|object| version_of(&object.location))
        {
            for remove in self.read(version).await?.unwrap_or_default().remove {
                let at = remove.deletion_timestamp.unwrap_or(i64::MAX);
                let path = super::action::decoded_path(&remove.path);
                let known = removed.entry(path).or_insert(at);
                *known = at.max(*known);
            }
        }
        Ok(removed)
    }

    /// Whether another process has begun to write as the same application since.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub(crate) async fn is_taken_over(&self, since: &Head) -> Result<bool> {
        let commits = self.since(since.version).await?;
        let app = self.epoch_app();
        Ok(commits.iter().any(|commit| commit.txns.contains_key(&app)))
    }

    /// Takes a commit into account.
    pub(crate) fn follow(&self, head: &mut Head, commit: &Commit) {
        head.version = commit.version;
        let txn = |app: &str| commit.txns.get(app).and_then(|v| u64::try_from(*v).ok());
        head.sequence = head.sequence.max(txn(&self.app).unwrap_or(0));
        head.epoch = head.epoch.max(txn(&self.epoch_app()).unwrap_or(0));
        if let Some(metadata) = &commit.metadata {
            head.metadata = metadata.clone();
        }
    }

    /// Where the table is now, by the kernel. Blocks.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when there is no table.
    pub(crate) fn head(&self) -> Result<Head> {
        self.by_kernel(|engine| {
            let snapshot = snapshot::read(engine, &self.name, None, false)?;
            let sequence = snapshot.txn(engine, &self.name, &self.app)?;
            let epoch = snapshot.txn(engine, &self.name, &self.epoch_app())?;
            Ok(Head {
                version: snapshot.version,
                sequence: sequence.unwrap_or(0),
                epoch: epoch.unwrap_or(0),
                metadata: snapshot.metadata(),
                checkpoint: snapshot.checkpoint(),
            })
        })
    }

    /// How far an application has come, by the kernel. Blocks.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub(crate) fn txn(&self, app: &str) -> Result<Option<u64>> {
        self.txn_at(None, app)
    }

    /// The number of our last commit at a version, or the newest. Blocks.
    ///
    /// # Errors
    /// When that version cannot be read.
    pub(crate) fn sequence_at(&self, version: Option<u64>) -> Result<u64> {
        Ok(self.txn_at(version, &self.app)?.unwrap_or(0))
    }

    fn txn_at(&self, version: Option<u64>, app: &str) -> Result<Option<u64>> {
        self.by_kernel(|engine| {
            let snapshot = snapshot::read(engine, &self.name, version, false)?;
            snapshot.txn(engine, &self.name, app)
        })
    }

    /// The newest version without its files. Blocks.
    ///
    /// # Errors
    /// As [`snapshot`](Self::snapshot).
    pub(crate) fn described(&self) -> Result<DeltaSnapshot> {
        self.by_kernel(|engine| snapshot::read(engine, &self.name, None, false))
    }

    /// One version with all of its files. Blocks.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when there is no such table or version, and
    /// [`Unsupported`](ErrorKind::Unsupported) for features that are not known here.
    pub(crate) fn snapshot(&self, at: At) -> Result<DeltaSnapshot> {
        self.by_kernel(|engine| {
            let version = match at {
                At::Newest => None,
                At::Version(version) => Some(version),
                At::Time(time) => Some(snapshot::version_at(engine, &self.name, millis(time))?),
            };
            snapshot::read(engine, &self.name, version, true)
        })
    }

    fn described_anew(&self) -> Error {
        Error::new(
            ErrorKind::SchemaMismatch,
            format!(
                "the columns or properties of the Delta table `{}` were changed meanwhile; look \
                 whether the rows still fit, and try again",
                self.name
            ),
        )
    }

    fn fenced(&self) -> Error {
        Error::new(
            ErrorKind::Fenced,
            format!(
                "another process has taken over the cold table `{}`, so this one may not write \
                 to it any more; close one of the two stores, and give copies of a store a cold \
                 place of their own",
                self.name
            ),
        )
    }
}

/// Whether our last commit is not the one that the change is to follow.
fn is_overtaken(head: &Head, change: &Change) -> bool {
    match change.follows {
        Some(last) => head.sequence != last,
        None => head.sequence >= change.sequence,
    }
}

/// The version whose commit a file is.
fn version_of(path: &Path) -> Option<u64> {
    let (version, kind) = numbered(path)?;
    (kind == "json").then_some(version)
}

/// The version that a file of the log is about, and what it says of it.
fn numbered(path: &Path) -> Option<(u64, &str)> {
    let (version, kind) = path.filename()?.split_once('.')?;
    let version = (version.len() == 20).then(|| version.parse().ok())?;
    Some((version?, kind))
}

/// Why a commit file was not written.
enum PutError {
    /// There is one of that version.
    Taken,
    Failed(Error),
}

const ENGINE: &str = concat!("Thermocline/", env!("CARGO_PKG_VERSION"));

/// Milliseconds since 1970, as Delta counts.
pub(crate) fn millis(at: Timestamp) -> i64 {
    at.0.div_euclid(1000)
}
