//! The object store behind the cold tier.

use std::collections::HashMap;
use std::path::Path as LocalPath;
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutPayload};
use parking_lot::Mutex;
use thermocline_formats::ParquetSegment;
use thermocline_policy::SegmentId;
use tokio::runtime::Handle;

use super::cache::{ColdCacheStats, ObjectKey, RangeCache};
use super::delta::DeltaTable;
use super::metadata::Metadata;
use super::objects::{Metered, Objects, Usage, probe, unusable};
use super::reader::{ObjectReader, OnDisk};
use crate::env::{Env, block_on, file_threads};
use crate::error::{Error, ErrorKind, Result};
use crate::layout::{Layout, TableId};
use crate::manifest::FileMeta;

/// Says which store the objects belong to.
const CLAIM: &str = "thermocline-store";

/// What it says where there are archives, and no store.
const ARCHIVES: &str = "archives\n";

/// The cold objects of one store, with a cache of what is not rows in them and, across a
/// network, one of their bytes.
#[derive(Debug, Clone)]
pub(crate) struct ColdStore {
    objects: Arc<Metered>,
    metadata: Metadata,
    disk: Option<RangeCache>,
    /// Where the object store is asked by who waits for it on a plain thread.
    runtime: Option<Handle>,
    in_use: InUse,
}

/// How many handles there are for each object.
type InUse = Arc<Mutex<HashMap<String, usize>>>;

/// One handle for an object.
#[derive(Debug)]
pub(super) struct Used {
    name: String,
    in_use: InUse,
}

impl Drop for Used {
    fn drop(&mut self) {
        let mut in_use = self.in_use.lock();
        if let Some(handles) = in_use.get_mut(&self.name) {
            *handles -= 1;
            if *handles == 0 {
                in_use.remove(&self.name);
            }
        }
    }
}

impl ColdStore {
    /// `cache_bytes` bounds the footers, page indexes and filters kept in memory.
    pub(crate) fn new(objects: impl Into<Objects>, cache_bytes: u64) -> Self {
        let objects = objects.into();
        let runtime = Handle::try_current().ok();
        let runtime = match runtime {
            Some(own) if !objects.is_remote() => Some(file_threads().unwrap_or(own)),
            own => own,
        };
        Self {
            objects: Arc::new(Metered::new(objects)),
            metadata: Metadata::new(cache_bytes),
            disk: None,
            runtime,
            in_use: InUse::default(),
        }
    }

    /// The same with what is read of its objects kept on the local disk.
    pub(crate) fn with_disk_cache(self, cache: RangeCache) -> Self {
        Self {
            disk: Some(cache),
            ..self
        }
    }

    /// What the local disk was good for; nothing where it has no part in this.
    pub(crate) fn disk_stats(&self) -> ColdCacheStats {
        self.disk
            .as_ref()
            .map(RangeCache::stats)
            .unwrap_or_default()
    }

    /// Cold objects in a local directory, each synced when it is written.
    pub(crate) fn local(env: &Env, dir: &LocalPath) -> Result<Arc<dyn ObjectStore>> {
        env.fs
            .create_dir_all(dir)
            .map_err(|e| Error::io(dir, "create", e))?;
        env.fs.objects(dir).map_err(|e| Error::io(dir, "open", e))
    }

    /// What was asked of the object store since it was opened.
    pub(crate) fn usage(&self) -> &Arc<Usage> {
        self.objects.usage()
    }

    /// Makes sure that the object store keeps its word about conditional writes. `id`
    /// must be new.
    pub(crate) async fn probe(&self, id: SegmentId) -> Result<()> {
        probe(self.objects.as_ref(), self.objects.name(), &id.to_string()).await
    }

    /// The Delta table that is the cold part of a table of `store`. Nothing is read.
    pub(crate) fn delta(&self, store: SegmentId, id: TableId, name: &str) -> Result<DeltaTable> {
        let dir = Layout::cold_dir(name, id);
        let app = Layout::delta_app(store, id);
        let objects = Arc::clone(&self.objects) as Arc<dyn ObjectStore>;
        DeltaTable::new(&objects, &dir, app, self.runtime.clone())
    }

    /// Makes sure that the place belongs to this store alone: collection removes
    /// objects that the store does not know.
    pub(crate) async fn claim(&self, store: SegmentId) -> Result<()> {
        let path = Self::path(CLAIM)?;
        let ours = format!("{store}\n");
        let failed = |e| Error::object(CLAIM, "write", e);
        let put = self
            .objects
            .put_opts(&path, ours.clone().into(), PutMode::Create.into())
            .await;
        match put {
            Ok(_) => return Ok(()),
            Err(object_store::Error::AlreadyExists { .. }) => {}
            Err(error) => return Err(failed(error)),
        }
        self.recognise(store).await
    }

    /// Makes sure that the place has this store's objects.
    pub(crate) async fn recognise(&self, store: SegmentId) -> Result<()> {
        let found = match self.get(CLAIM).await {
            Err(e) if e.kind() == ErrorKind::NotFound => {
                return Err(Error::invalid(format!(
                    "this store has cold rows, but not in `{}`: nothing there says that it belongs \
                     to the store; check the place and its endpoint",
                    self.objects.name()
                )));
            }
            found => found?,
        };
        if found == format!("{store}\n").as_bytes() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::AlreadyExists,
            format!(
                "the cold store `{}` is used by another store; give each store a cold store, or a \
                 prefix, of its own",
                self.objects.name()
            ),
        ))
    }

    fn path(name: &str) -> Result<Path> {
        Path::parse(name).map_err(|e| Error::bug(format!("`{name}` is no object path: {e}")))
    }

    pub(crate) async fn put(&self, name: &str, bytes: Bytes) -> Result<()> {
        self.objects
            .put(&Self::path(name)?, PutPayload::from_bytes(bytes))
            .await
            .map_err(|e| Error::object(name, "write", e))?;
        Ok(())
    }

    pub(crate) async fn get(&self, name: &str) -> Result<Bytes> {
        let failed = |e| Error::object(name, "read", e);
        let found = self.objects.get(&Self::path(name)?).await.map_err(failed)?;
        found.bytes().await.map_err(failed)
    }

    pub(crate) async fn remove(&self, name: &str) -> Result<()> {
        self.metadata.forget(name);
        if let Some(disk) = &self.disk {
            disk.forget(name).await;
        }
        self.objects
            .delete(&Self::path(name)?)
            .await
            .map_err(|e| Error::object(name, "remove", e))
    }

    /// Every object there is.
    pub(crate) async fn list(&self) -> Result<Vec<ObjectMeta>> {
        self.objects
            .list(None)
            .try_collect()
            .await
            .map_err(|e| Error::object("", "list", e))
    }

    /// The object store, as errors name it.
    pub(crate) fn name(&self) -> &str {
        self.objects.name()
    }

    /// The folders in a folder, or in the root, by their whole names. One listing.
    pub(crate) async fn folders(&self, dir: Option<&str>) -> Result<Vec<String>> {
        let dir = dir.map(Self::path).transpose()?;
        let listed = self.objects.list_with_delimiter(dir.as_ref()).await;
        let listed = listed.map_err(|e| unusable(self.objects.name(), "list", e))?;
        let folders = listed.common_prefixes.iter();
        Ok(folders.map(ToString::to_string).collect())
    }

    /// A Delta table in this folder; nothing is read. `app` names the writer.
    pub(crate) fn delta_in(&self, dir: &str, app: String) -> Result<DeltaTable> {
        let objects = Arc::clone(&self.objects) as Arc<dyn ObjectStore>;
        DeltaTable::new(&objects, dir, app, self.runtime.clone())
    }

    /// Makes sure that no store has this place, and that none takes it: a store collects
    /// what it does not know.
    pub(crate) async fn claim_for_archives(&self) -> Result<()> {
        let path = Self::path(CLAIM)?;
        let put = self
            .objects
            .put_opts(&path, ARCHIVES.into(), PutMode::Create.into())
            .await;
        match put {
            Ok(_) => return Ok(()),
            Err(object_store::Error::AlreadyExists { .. }) => {}
            Err(error) => return Err(unusable(self.objects.name(), "write", error)),
        }
        if self.get(CLAIM).await? == ARCHIVES.as_bytes() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::AlreadyExists,
            format!(
                "a store has its cold tier in `{}`, and would collect what it does not know; \
                 choose another prefix, or put the rows into the store",
                self.objects.name()
            ),
        ))
    }

    /// Every object in a folder.
    pub(crate) async fn list_in(&self, dir: &str) -> Result<Vec<ObjectMeta>> {
        self.objects
            .list(Some(&Self::path(dir)?))
            .try_collect()
            .await
            .map_err(|e| Error::object(dir, "list", e))
    }

    /// Whether a snapshot of this process may still read an object.
    pub(crate) fn is_in_use(&self, name: &str) -> bool {
        self.in_use.lock().contains_key(name)
    }

    /// Notes that an object is in use until the answer is dropped.
    pub(super) fn used(&self, name: &str) -> Used {
        *self.in_use.lock().entry(name.to_owned()).or_default() += 1;
        Used {
            name: name.to_owned(),
            in_use: Arc::clone(&self.in_use),
        }
    }

    /// A reader of one object. What is read once alone is not `keep`t on disk.
    pub(super) fn reader(&self, file: &FileMeta, keep: bool) -> Result<ObjectReader> {
        let disk = self.disk.as_ref().map(|cache| OnDisk {
            cache: cache.clone(),
            key: ObjectKey::new(&file.path, file.bytes, file.crc),
            keep,
        });
        Ok(ObjectReader {
            objects: Arc::clone(&self.objects) as Arc<dyn ObjectStore>,
            path: Self::path(&file.path)?,
            size: file.bytes,
            filters: Some(self.metadata.clone()),
            disk,
        })
    }

    /// The footer of one object, from the cache if it is there.
    pub(crate) async fn footer(&self, file: &FileMeta) -> Result<ParquetSegment> {
        if let Some(footer) = self.metadata.footer(&file.path) {
            return Ok(footer);
        }
        let mut reader = ObjectReader {
            filters: None,
            ..self.reader(file, true)?
        };
        // Files of other writers have no seal.
        let seal = (file.seal.len > 0).then_some(thermocline_formats::FooterSeal {
            file_len: file.bytes,
            len: file.seal.len,
            crc: file.seal.crc,
        });
        let footer = match ParquetSegment::load(&mut reader, seal).await {
            Ok(footer) => footer,
            Err(error) => return Err(self.explain(file, error).await),
        };
        self.metadata.keep_footer(&file.path, &footer);
        Ok(footer)
    }

    /// Lets go of what is kept of an object that will not be read soon.
    pub(crate) fn forget(&self, name: &str) {
        self.metadata.forget(name);
    }

    /// A failed read, told apart: an object that is gone, one of another
    /// length, or one that is damaged inside.
    pub(crate) async fn explain(
        &self,
        file: &FileMeta,
        error: thermocline_formats::Error,
    ) -> Error {
        let path = match Self::path(&file.path) {
            Ok(path) => path,
            Err(error) => return error,
        };
        match self.objects.head(&path).await {
            Err(gone) => Error::object(&file.path, "read", gone),
            Ok(meta) if meta.size != file.bytes => Error::corrupt(
                format_args!("cold/{}", file.path),
                format!("it has {} bytes instead of {}", meta.size, file.bytes),
            ),
            Ok(_) => {
                // If only what came over the network was damaged, the next read is right.
                self.metadata.forget_all(&file.path);
                if let Some(disk) = &self.disk {
                    disk.forget(&file.path).await;
                }
                Error::format(format_args!("cold/{}", file.path), error)
            }
        }
    }

    /// Waits for an answer of the object store on a plain thread.
    pub(crate) fn wait<F: Future>(&self, future: F) -> F::Output {
        block_on(self.runtime.as_ref(), future)
    }
}
