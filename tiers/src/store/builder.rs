//! How a store is to be opened.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use thermocline_policy::Policy;

use super::{BackupReport, Store, backup, open};
use crate::cold::ColdStore;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::layout::Layout;
use crate::manifest;
use crate::reader::Reader;
use crate::settings::Settings;

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
    cold: Option<Arc<dyn ObjectStore>>,
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
            cold: None,
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
    pub fn cold(mut self, objects: Arc<dyn ObjectStore>) -> Self {
        self.cold = Some(objects);
        self
    }

    /// Replaces the outside world: files, time, identifiers, threads.
    pub fn env(mut self, env: Env) -> Self {
        self.env = env;
        self
    }

    pub(super) fn cold_store(&self) -> Result<ColdStore> {
        let objects = match &self.cold {
            Some(objects) => Arc::clone(objects),
            None => ColdStore::local(&self.env, &self.layout.cold())?,
        };
        Ok(ColdStore::new(objects, self.settings.cold_cache_bytes))
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
        // Before anything is created: there must be a store.
        let (fs, dir) = (Arc::clone(&self.env.fs), self.layout.manifest());
        let found = self
            .env
            .blocking(move || manifest::load(fs.as_ref(), &dir, None))
            .await?;
        if found.is_none() {
            return Err(open::no_store(&self.layout));
        }
        Reader::open(self.env.clone(), self.layout.clone(), self.cold_store()?).await
    }
}
