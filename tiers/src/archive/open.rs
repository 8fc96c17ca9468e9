//! Which place is meant, and how it is reached.

use std::path::Path;
use std::sync::Arc;

use futures::future::BoxFuture;
use object_store::ObjectStore;

use super::Archive;
use crate::cold::{self, ColdStore, ObjectStoreSettings, Options, Place, Remembered, Usage};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::layout::Layout;
use crate::settings::Settings;

/// Where it is.
#[derive(Debug)]
enum Where {
    /// Or why what was given is none.
    Place(Result<Place>),
    Objects(Arc<dyn ObjectStore>),
}

/// How a place with archived tables is to be opened. Made by [`Archive::builder`].
#[derive(Debug)]
#[must_use = "a builder does nothing before `open`"]
pub struct ArchiveBuilder {
    env: Env,
    at: Where,
    options: Options,
    network: ObjectStoreSettings,
    cache_bytes: u64,
    create: bool,
}

impl ArchiveBuilder {
    pub(super) fn new(url: &str) -> Self {
        let defaults = Settings::default();
        Self {
            env: Env::real(),
            at: Where::Place(Place::parse(url)),
            options: Options::default(),
            network: defaults.object_store,
            cache_bytes: defaults.cold_cache_bytes,
            create: false,
        }
    }

    /// Sets an option of the object store, as
    /// [`StoreBuilder::cold_option`](crate::StoreBuilder::cold_option) does.
    pub fn option(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.set(key, value);
        self
    }

    /// Looks into this object store instead of the place of the URL; for object stores that
    /// a program makes itself.
    pub fn objects(mut self, objects: Arc<dyn ObjectStore>) -> Self {
        self.at = Where::Objects(objects);
        self
    }

    /// Sets how an object store across a network is talked to.
    pub fn object_store(mut self, network: ObjectStoreSettings) -> Self {
        self.network = network;
        self
    }

    /// Makes the folder if there is none. Without it, a folder that is missing is an
    /// error. Buckets are never made.
    pub fn create_if_missing(mut self) -> Self {
        self.create = true;
        self
    }

    /// Replaces the outside world: files, time, identifiers, threads.
    pub fn env(mut self, env: Env) -> Self {
        self.env = env;
        self
    }

    /// Opens the place. Asks it for its folders, so that a place that cannot be used is
    /// an error now.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such folder;
    /// [`PermissionDenied`](crate::ErrorKind::PermissionDenied),
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) or [`Io`](crate::ErrorKind::Io)
    /// when credentials, bucket or endpoint are wrong.
    pub async fn open(self) -> Result<Archive> {
        self.reach().await
    }

    fn reach(self) -> BoxFuture<'static, Result<Archive>> {
        Box::pin(async move {
            let env = self.env.clone();
            let archive = env.blocking(move || self.connect()).await?;
            archive.first.folders(None).await?;
            Ok(archive)
        })
    }

    /// Makes the clients. Blocks.
    fn connect(self) -> Result<Archive> {
        let Self {
            env,
            at,
            options,
            network,
            cache_bytes,
            create,
        } = self;
        let place = match at {
            Where::Place(place) => place?,
            Where::Objects(objects) => {
                let cold = ColdStore::new(objects, cache_bytes);
                return Ok(Archive {
                    env,
                    place: cold.name().to_owned(),
                    first: cold.clone(),
                    cold,
                });
            }
        };
        if let Place::Folder(dir) = &place
            && !create
        {
            env.fs.len(dir).map_err(|e| Error::io(dir, "find", e))?;
        }
        let usage = Arc::<Usage>::default();
        let connect = |network: &_, cache| {
            let objects = cold::open(&env, Path::new(""), &place, &options, network, &usage)?;
            Ok::<_, Error>(ColdStore::new(objects, cache))
        };
        Ok(Archive {
            place: place.to_string(),
            first: connect(&network.impatient(), 0)?,
            cold: connect(&network, cache_bytes)?,
            env,
        })
    }
}

impl Archive {
    /// The cold tier of the store in `dir`, wherever the store remembers it. The store is
    /// not opened, and may be in use.
    ///
    /// # Errors
    /// As [`ArchiveBuilder::open`]; and when what the store remembers is damaged.
    pub async fn of_store(dir: impl AsRef<Path>) -> Result<Self> {
        Self::remembered(Layout::new(dir.as_ref())).await
    }

    fn remembered(layout: Layout) -> BoxFuture<'static, Result<Self>> {
        Box::pin(async move {
            let env = Env::real();
            let known = {
                let (env, layout) = (env.clone(), layout.clone());
                env.clone()
                    .blocking(move || Remembered::load(&env, &layout))
                    .await?
            };
            let place = match known.place {
                Place::Own => Place::Folder(layout.cold()),
                elsewhere => elsewhere,
            };
            let mut builder = ArchiveBuilder::new("/").env(env);
            builder.at = Where::Place(Ok(place));
            builder.options = known.options;
            builder.open().await
        })
    }
}
