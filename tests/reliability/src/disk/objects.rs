//! An object store on the disk.

use std::collections::BTreeSet;
use std::fmt;
use std::future::poll_fn;
use std::path::{Path as LocalPath, PathBuf};
use std::sync::Arc;
use std::task::Poll;

use async_trait::async_trait;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult,
    Result,
};
use parking_lot::Mutex;
use thermocline_testing::Random;

use super::{Call, Disk, ObjectKey, Op, answer};

/// The objects below one directory. A put is atomic, and durable when it returns.
#[derive(Clone)]
pub struct Objects {
    disk: Disk,
    root: PathBuf,
    told: Option<Arc<Told>>,
    /// How long each call waits before it is made.
    slow: Option<Arc<Mutex<Random>>>,
}

/// Is told the name of each object that was put.
pub(super) type Told = dyn Fn(&str) + Send + Sync;

impl Objects {
    /// The object store of the directory `root`.
    #[must_use]
    pub fn new(disk: &Disk, root: &LocalPath) -> Self {
        Self {
            disk: disk.clone(),
            root: root.to_path_buf(),
            told: None,
            slow: None,
        }
    }

    /// The same, where others have their turn before a call is made, as across a network.
    #[must_use]
    pub fn slow(mut self, random: Random) -> Self {
        self.slow = Some(Arc::new(Mutex::new(random)));
        self
    }

    pub(super) fn telling(mut self, told: Box<Told>) -> Self {
        self.told = Some(Arc::from(told));
        self
    }

    /// Others have their turn a few times.
    async fn wait(&self) {
        let Some(slow) = &self.slow else { return };
        let mut turns = slow.lock().below(4);
        poll_fn(|context| {
            if turns == 0 {
                return Poll::Ready(());
            }
            turns -= 1;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// What is there now.
    fn listed(&self, prefix: Option<&Path>) -> Result<Vec<ObjectMeta>> {
        let mut inner = self.disk.inner.lock();
        inner.enter(Call::ListObjects, &self.root).map_err(failed)?;
        let found = inner
            .live
            .objects
            .iter()
            .filter(|(key, _)| key.root == self.root)
            .map(|(key, bytes)| Ok(meta(Path::parse(&key.name)?, bytes.len())))
            .filter(|found: &Result<ObjectMeta>| match (found, prefix) {
                (Ok(found), Some(prefix)) => found.location.prefix_matches(prefix),
                _ => true,
            });
        found.collect()
    }

    fn key(&self, location: &Path) -> ObjectKey {
        ObjectKey {
            root: self.root.clone(),
            name: location.to_string(),
        }
    }

    fn local(&self, location: &Path) -> PathBuf {
        self.root.join(location.as_ref())
    }
}

fn failed(source: std::io::Error) -> Error {
    Error::Generic {
        store: "simulated",
        source: Box::new(source),
    }
}

fn not_found(location: &Path) -> Error {
    Error::NotFound {
        path: location.to_string(),
        source: "there is no such object".into(),
    }
}

fn unsupported(operation: &str) -> Error {
    Error::NotImplemented {
        operation: operation.to_owned(),
        implementer: "the simulated object store".to_owned(),
    }
}

fn meta(location: Path, size: usize) -> ObjectMeta {
    ObjectMeta {
        location,
        last_modified: Default::default(),
        size: size as u64,
        e_tag: None,
        version: None,
    }
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "simulated objects in {}", self.root.display())
    }
}

#[async_trait]
impl ObjectStore for Objects {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        self.wait().await;
        let mut inner = self.disk.inner.lock();
        let fault = inner
            .enter(Call::Put, &self.local(location))
            .map_err(failed)?;
        let key = self.key(location);
        match options.mode {
            PutMode::Overwrite => {}
            PutMode::Create if inner.live.objects.contains_key(&key) => {
                return Err(Error::AlreadyExists {
                    path: location.to_string(),
                    source: "there is one already".into(),
                });
            }
            PutMode::Create => {}
            PutMode::Update(_) => return Err(unsupported("a conditional update")),
        }
        inner.done(Op::PutObject(key, payload.into()));
        drop(inner);
        if let Some(told) = &self.told {
            told(location.as_ref());
        }
        let result = PutResult {
            e_tag: None,
            version: None,
            extensions: Default::default(),
        };
        answer(result, fault).map_err(failed)
    }

    async fn put_multipart_opts(
        &self,
        _location: &Path,
        _options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        Err(unsupported("an upload in parts"))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.wait().await;
        let mut inner = self.disk.inner.lock();
        inner
            .enter(Call::Get, &self.local(location))
            .map_err(failed)?;
        let bytes = inner
            .live
            .objects
            .get(&self.key(location))
            .cloned()
            .ok_or_else(|| not_found(location))?;
        let size = bytes.len() as u64;
        let range = match &options.range {
            None => 0..size,
            Some(range) => range
                .as_range(size)
                .map_err(|e| failed(std::io::Error::other(e)))?,
        };
        let place = super::history::to_usize(range.start)..super::history::to_usize(range.end);
        let part = bytes.slice(place);
        Ok(GetResult {
            payload: GetResultPayload::Stream(stream::once(async { Ok(part) }).boxed()),
            meta: meta(location.clone(), bytes.len()),
            range,
            attributes: Default::default(),
            extensions: Default::default(),
        })
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let objects = self.clone();
        locations
            .and_then(move |location| {
                let objects = objects.clone();
                async move {
                    objects.wait().await;
                    let mut inner = objects.disk.inner.lock();
                    let fault = inner
                        .enter(Call::Delete, &objects.local(&location))
                        .map_err(failed)?;
                    let key = objects.key(&location);
                    if !inner.live.objects.contains_key(&key) {
                        return Err(not_found(&location));
                    }
                    inner.done(Op::DeleteObject(key));
                    answer(location, fault).map_err(failed)
                }
            })
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let (objects, prefix) = (self.clone(), prefix.cloned());
        stream::once(async move {
            objects.wait().await;
            let found = objects.listed(prefix.as_ref())?;
            Ok::<_, Error>(stream::iter(found).map(Ok))
        })
        .try_flatten()
        .boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.wait().await;
        let start = prefix.cloned().unwrap_or_default();
        let mut folders = BTreeSet::new();
        let mut objects = Vec::new();
        for found in self.listed(prefix)? {
            let Some(mut below) = found.location.prefix_match(&start) else {
                continue;
            };
            match (below.next(), below.next()) {
                (Some(folder), Some(_)) => {
                    folders.insert(start.clone().join(folder));
                }
                _ => objects.push(found.clone()),
            }
        }
        Ok(ListResult {
            common_prefixes: folders.into_iter().collect(),
            objects,
            extensions: Default::default(),
        })
    }

    async fn copy_opts(&self, _from: &Path, _to: &Path, _options: CopyOptions) -> Result<()> {
        Err(unsupported("a copy"))
    }
}
