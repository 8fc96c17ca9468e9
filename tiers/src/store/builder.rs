//! How a store is to be opened.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::future::BoxFuture;
use object_store::ObjectStore;
use thermocline_policy::Policy;

use super::cold::{At, Given, choose};
use super::{BackupReport, Store, backup, open};
use crate::cold::Place;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::layout::Layout;
use crate::manifest;
use crate::reader::Reader;
use crate::settings::Settings;
use crate::warm::Maps;

/// How a store is to be opened. Made by [`Store::builder`].
#[derive(Debug)]
#[must_use = "a builder does nothing before `open` or `open_reader`"]
pub struct StoreBuilder {
    pub(super) layout: Layout,
    pub(super) env: Env,
    pub(super) settings: Settings,
    pub(super) policy: Option<Policy>,
    pub(super) create: Create,
    pub(super) background: bool,
    pub(super) cold: Given,
}

/// What to do where there is no store yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Create {
    Never,
    IfMissing,
    /// And one that is there is an error.
    New,
}

impl StoreBuilder {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self {
            layout: Layout::new(dir),
            env: Env::real(),
            settings: Settings::default(),
            policy: None,
            create: Create::Never,
            background: true,
            cold: Given::default(),
        }
    }

    /// Creates the store if the directory has none.
    pub fn create_if_missing(mut self) -> Self {
        self.create = Create::IfMissing;
        self
    }

    /// Creates the store; one that is there already is an error.
    pub fn create_new(mut self) -> Self {
        self.create = Create::New;
        self
    }

    /// Sets the policy, durably. Without it, the store keeps the one it has.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// Sets how the open store works.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Whether the mover runs by itself (it does). Otherwise call
    /// [`Store::step`].
    pub fn background(mut self, background: bool) -> Self {
        self.background = background;
        self
    }

    /// Puts cold objects into this object store, instead of the directory
    /// `cold` of the store. It must be given each time the store is opened.
    ///
    /// [`cold_url`](Self::cold_url) is remembered by the store and is what most programs
    /// want; this is for object stores that a program makes itself.
    pub fn cold(mut self, objects: Arc<dyn ObjectStore>) -> Self {
        self.cold.at = At::Objects(objects);
        self
    }

    /// As [`cold`](Self::cold), for an object store across a network: near ranges are read
    /// together, large objects are sent in parts, and what was read is kept on the local
    /// disk, by [`Settings::object_store`] and [`Settings::cold_disk_cache_bytes`]. Requests
    /// are carried out by the runtime that the store is opened on.
    pub fn cold_remote(mut self, objects: Arc<dyn ObjectStore>) -> Self {
        self.cold.at = At::Remote(objects);
        self
    }

    /// Puts cold objects there, instead of the directory `cold` of the store:
    /// `s3://bucket/prefix` (AWS and every server that speaks S3), `gs://bucket/prefix`,
    /// `az://container/prefix`, `file:///folder`, or a path. The features `s3`, `gcs` and
    /// `azure` bring the first three.
    ///
    /// The store remembers the place; later it is opened without naming it. Credentials,
    /// region and endpoint are taken from the environment (`AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL` and so on) or from
    /// [`cold_option`](Self::cold_option); credentials are never written to disk.
    /// Each store needs a place of its own.
    ///
    /// Opening tries the place: wrong credentials, a missing bucket, or a server without
    /// conditional writes are errors then, not later.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let archive = dir.path().join("archive");
    /// use thermocline_tiers::Store;
    ///
    /// let place = format!("file://{}", archive.display());
    /// let store = Store::builder(dir.path().join("store"))
    ///     .create_new()
    ///     .cold_url(&place)
    ///     .open()
    ///     .await?;
    /// # store.close().await?;
    /// # Ok::<_, thermocline_tiers::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn cold_url(mut self, url: impl AsRef<str>) -> Self {
        self.cold.at = match Place::parse(url.as_ref()) {
            Ok(place) => At::Place(place),
            Err(error) => At::Nowhere(error),
        };
        self
    }

    /// Sets an option of the object store of [`cold_url`](Self::cold_url), under the name
    /// that the crate `object_store` has for it, such as `endpoint`, `region`,
    /// `allow_http`, `access_key_id`. It comes before the environment. What says where and
    /// how is remembered by the store; secrets are not, and are not shown anywhere.
    pub fn cold_option(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.cold.options.set(key, value);
        self
    }

    /// Replaces the outside world: files, time, identifiers, threads.
    pub fn env(mut self, env: Env) -> Self {
        self.env = env;
        self
    }

    /// Opens the store for writing. There is one writing process at a time.
    ///
    /// # Errors
    /// [`Locked`](crate::ErrorKind::Locked) when another process has it open,
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is none and it may
    /// not be created, [`Corrupt`](crate::ErrorKind::Corrupt) when acknowledged
    /// writes cannot be read.
    pub async fn open(self) -> Result<Store> {
        if let Some(policy) = &self.policy {
            policy.check().map_err(|e| Error::invalid(e.to_string()))?;
        }
        open::open(self).await
    }

    /// Makes the store, in its new directory, out of the backup in `from`, and
    /// verifies it. The store is not opened.
    ///
    /// # Errors
    /// When `from` is no store or is damaged, or the directory of the new store
    /// exists and is not empty.
    pub async fn restore(self, from: impl AsRef<Path>) -> Result<BackupReport> {
        backup::restore(&self.env, from.as_ref(), self.layout.root()).await
    }

    /// Opens the store for reading, without a lock, beside a writer or without
    /// one.
    ///
    /// # Errors
    /// As [`open`](Self::open), without the lock.
    pub async fn open_reader(self) -> Result<Reader> {
        self.read().await
    }

    fn read(mut self) -> BoxFuture<'static, Result<Reader>> {
        Box::pin(async move {
            let (env, layout) = (self.env.clone(), self.layout.clone());
            let maps = Arc::new(Maps::new(self.settings.warm_maps));
            let (state, cold) = env
                .blocking(move || {
                    // Before anything is created: there must be a store.
                    let fs = self.env.fs.as_ref();
                    let found = manifest::load(fs, &self.layout.manifest(), None)?
                        .ok_or_else(|| open::no_store(&self.layout))?;
                    let cold = choose(&mut self)?;
                    cold.check(&found.state)?;
                    Ok((found.state, cold))
                })
                .await?;
            cold.recognise(&state).await?;
            Reader::open(env, layout, cold.store, maps).await
        })
    }
}
