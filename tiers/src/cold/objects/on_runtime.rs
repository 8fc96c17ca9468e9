//! Requests over a network, carried out by the runtime and not by who waits for them.
//!
//! Threads that are not the runtime's wait for cold rows too, DuckDB's above all. Timers and
//! sockets panic when they are polled after their runtime has ended; a task of the runtime is
//! given up then, and whoever waits for it gets an error.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult,
    RenameOptions, Result, UploadPart,
};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, mpsc};
use tokio::task::{JoinError, JoinHandle};

use super::{ObjectStoreSettings, conflict};

/// Items of a stream that wait for who reads it.
const AHEAD: usize = 2;

/// The runtime has ended, or is about to.
#[derive(Debug, thiserror::Error)]
#[error("the runtime is shutting down")]
pub(super) struct ShutDown;

/// An object store whose requests are tasks of a runtime.
#[derive(Debug)]
pub(super) struct OnRuntime {
    store: Arc<dyn ObjectStore>,
    runtime: Handle,
    settings: ObjectStoreSettings,
}

/// A task that ends when nobody waits for it any more.
struct Task<T>(JoinHandle<T>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<T: Send + 'static> Task<T> {
    fn spawn(runtime: &Handle, work: impl Future<Output = T> + Send + 'static) -> Self {
        Self(runtime.spawn(work))
    }

    async fn end(mut self) -> Result<T> {
        (&mut self.0).await.map_err(given_up)
    }
}

fn given_up(error: JoinError) -> Error {
    let source: Box<dyn std::error::Error + Send + Sync> = if error.is_panic() {
        Box::new(error)
    } else {
        Box::new(ShutDown)
    };
    Error::Generic {
        store: "object store",
        source,
    }
}

impl OnRuntime {
    pub(super) fn new(
        store: Arc<dyn ObjectStore>,
        runtime: Handle,
        settings: ObjectStoreSettings,
    ) -> Self {
        Self {
            store,
            runtime,
            settings,
        }
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(Arc<dyn ObjectStore>) -> BoxFuture<'static, Result<T>>,
    ) -> Result<T> {
        let work = work(Arc::clone(&self.store));
        Task::spawn(&self.runtime, work).end().await?
    }

    /// The same stream, read by a task.
    fn pumped<T: Send + 'static>(
        &self,
        mut from: BoxStream<'static, Result<T>>,
    ) -> BoxStream<'static, Result<T>> {
        let (send, receive) = mpsc::channel(AHEAD);
        let task = Task::spawn(&self.runtime, async move {
            while let Some(item) = from.next().await {
                if send.send(item).await.is_err() {
                    break;
                }
            }
        });
        let next = |(mut receive, task): (mpsc::Receiver<_>, Option<Task<()>>)| async move {
            if let Some(item) = receive.recv().await {
                return Some((item, (receive, task)));
            }
            // No more items are an end only if the task has come to its own.
            match task?.end().await {
                Ok(()) => None,
                Err(error) => Some((Err(error), (receive, None))),
            }
        };
        // Some readers ask once more after the end.
        stream::unfold((receive, Some(task)), next).fuse().boxed()
    }
}

impl fmt::Display for OnRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.store.fmt(f)
    }
}

#[async_trait]
impl ObjectStore for OnRuntime {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let (location, settings) = (location.clone(), self.settings.clone());
        self.run(move |store| {
            Box::pin(async move {
                if options.mode == PutMode::Create {
                    return conflict::create(&*store, &location, payload, options, &settings).await;
                }
                store.put_opts(&location, payload, options).await
            })
        })
        .await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let location = location.clone();
        let begin = |store: Arc<dyn ObjectStore>| -> BoxFuture<'static, _> {
            Box::pin(async move { store.put_multipart_opts(&location, options).await })
        };
        let upload = self.run(begin).await?;
        Ok(Box::new(Upload {
            upload: Arc::new(Mutex::new(upload)),
            runtime: self.runtime.clone(),
        }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let location = location.clone();
        let get = |store: Arc<dyn ObjectStore>| -> BoxFuture<'static, _> {
            Box::pin(async move { store.get_opts(&location, options).await })
        };
        let got = self.run(get).await?;
        let payload = match got.payload {
            GetResultPayload::Stream(stream) => GetResultPayload::Stream(self.pumped(stream)),
            file => file,
        };
        Ok(GetResult { payload, ..got })
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.pumped(self.store.delete_stream(locations))
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.pumped(self.store.list(prefix))
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.pumped(self.store.list_with_offset(prefix, offset))
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let prefix = prefix.cloned();
        self.run(move |store| {
            Box::pin(async move { store.list_with_delimiter(prefix.as_ref()).await })
        })
        .await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let (from, to) = (from.clone(), to.clone());
        self.run(move |store| Box::pin(async move { store.copy_opts(&from, &to, options).await }))
            .await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        let (from, to) = (from.clone(), to.clone());
        self.run(move |store| Box::pin(async move { store.rename_opts(&from, &to, options).await }))
            .await
    }
}

/// An upload whose requests are tasks.
#[derive(Debug)]
struct Upload {
    upload: Arc<Mutex<Box<dyn MultipartUpload>>>,
    runtime: Handle,
}

#[async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let Ok(mut upload) = self.upload.try_lock() else {
            // Only after an end that nobody waited for.
            return Box::pin(async { Err(over()) });
        };
        let sent = upload.put_part(data);
        let runtime = self.runtime.clone();
        Box::pin(async move { Task::spawn(&runtime, sent).end().await? })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let upload = Arc::clone(&self.upload);
        let end = async move { upload.lock().await.complete().await };
        Task::spawn(&self.runtime, end).end().await?
    }

    async fn abort(&mut self) -> Result<()> {
        let upload = Arc::clone(&self.upload);
        let end = async move { upload.lock().await.abort().await };
        Task::spawn(&self.runtime, end).end().await?
    }
}

fn over() -> Error {
    Error::Generic {
        store: "object store",
        source: "the upload is over".into(),
    }
}

#[cfg(test)]
mod tests;
