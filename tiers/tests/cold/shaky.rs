//! An object store whose requests fail when it is told to.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// When a request fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is not made.
    Before,
    /// It is made, and its answer is lost.
    After,
}

/// Fails one request, or all from one on.
#[derive(Debug)]
pub(crate) struct Shaky {
    inner: Arc<dyn ObjectStore>,
    fault: Fault,
    /// Requests until the one that fails.
    left: AtomicI64,
    /// Whether all later ones fail too, as after a crash.
    crashed: bool,
    at_put: Meanwhile,
    at_get: Meanwhile,
}

/// What happens, once, right before a request for an object of this name.
#[derive(Default)]
struct Meanwhile(Mutex<Option<(&'static str, BoxFuture<'static, ()>)>>);

impl fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Meanwhile")
    }
}

impl Meanwhile {
    async fn happen(&self, location: &Path) {
        let due = {
            let mut waiting = self.0.lock().unwrap();
            waiting.take_if(|(name, _)| location.filename() == Some(name))
        };
        if let Some((_, what)) = due {
            what.await;
        }
    }
}

impl Shaky {
    pub(crate) fn new(
        inner: &Arc<dyn ObjectStore>,
        fault: Fault,
        after: i64,
        crashed: bool,
    ) -> Self {
        Self {
            inner: Arc::clone(inner),
            fault,
            left: AtomicI64::new(after),
            crashed,
            at_put: Meanwhile::default(),
            at_get: Meanwhile::default(),
        }
    }

    /// Does this, once, right before an object of this name is put.
    pub(crate) fn before_put(
        &self,
        name: &'static str,
        what: impl Future<Output = ()> + Send + 'static,
    ) {
        *self.at_put.0.lock().unwrap() = Some((name, what.boxed()));
    }

    /// Does this, once, right before an object of this name is read.
    pub(crate) fn before_get(
        &self,
        name: &'static str,
        what: impl Future<Output = ()> + Send + 'static,
    ) {
        *self.at_get.0.lock().unwrap() = Some((name, what.boxed()));
    }

    /// Whether the fault has been met.
    pub(crate) fn has_failed(&self) -> bool {
        self.left.load(Ordering::SeqCst) < 0
    }

    /// The fault is so many requests away.
    pub(crate) fn fail_after(&self, requests: i64) {
        self.left.store(requests, Ordering::SeqCst);
    }

    /// No request fails any more.
    pub(crate) fn calm_down(&self) {
        self.left.store(i64::MAX, Ordering::SeqCst);
    }

    fn turn(&self) -> Option<Fault> {
        match self.left.fetch_sub(1, Ordering::SeqCst) {
            0 => Some(self.fault),
            left if left < 0 && self.crashed => Some(Fault::Before),
            _ => None,
        }
    }
}

fn broken<T>() -> Result<T> {
    Err(Error::Generic {
        store: "shaky",
        source: "the connection broke".into(),
    })
}

impl fmt::Display for Shaky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("shaky objects")
    }
}

#[async_trait]
impl ObjectStore for Shaky {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        self.at_put.happen(location).await;
        match self.turn() {
            Some(Fault::Before) => broken(),
            Some(Fault::After) => {
                self.inner.put_opts(location, payload, options).await?;
                broken()
            }
            None => self.inner.put_opts(location, payload, options).await,
        }
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        match self.turn() {
            Some(_) => broken(),
            None => self.inner.put_multipart_opts(location, options).await,
        }
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.at_get.happen(location).await;
        match self.turn() {
            Some(_) => broken(),
            None => self.inner.get_opts(location, options).await,
        }
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        match self.turn() {
            Some(Fault::Before) => futures::stream::once(async { broken() }).boxed(),
            Some(Fault::After) => self
                .inner
                .delete_stream(locations)
                .map(|_| broken())
                .boxed(),
            None => self.inner.delete_stream(locations),
        }
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.turn() {
            Some(_) => futures::stream::once(async { broken() }).boxed(),
            None => self.inner.list(prefix),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        match self.turn() {
            Some(_) => broken(),
            None => self.inner.list_with_delimiter(prefix).await,
        }
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        match self.turn() {
            Some(_) => broken(),
            None => self.inner.copy_opts(from, to, options).await,
        }
    }
}
