use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::TryStreamExt;
use object_store::ObjectStoreExt;
use object_store::memory::InMemory;

use super::*;
use crate::env::block_on;
use crate::error::ErrorKind;

/// Waits on a timer of the runtime before each answer, as retries of network clients do.
#[derive(Debug)]
struct Slow {
    store: InMemory,
    pause: Duration,
    /// Answers to creating an object: so many times 409, and whether it was written the
    /// first time.
    conflicts: AtomicUsize,
    written: bool,
}

impl Slow {
    fn new(pause: Duration) -> Self {
        Self {
            store: InMemory::new(),
            pause,
            conflicts: AtomicUsize::new(0),
            written: false,
        }
    }
}

impl fmt::Display for Slow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("slow")
    }
}

#[async_trait]
impl ObjectStore for Slow {
    async fn put_opts(&self, at: &Path, data: PutPayload, how: PutOptions) -> Result<PutResult> {
        tokio::time::sleep(self.pause).await;
        let left = self.conflicts.load(Ordering::Relaxed);
        if how.mode == PutMode::Create && left > 0 {
            self.conflicts.store(left - 1, Ordering::Relaxed);
            if self.written {
                self.store.put_opts(at, data, how).await?;
            }
            // As the client makes it of any 409.
            return Err(Error::AlreadyExists {
                path: at.to_string(),
                source: "409 Conflict: ConditionalRequestConflict".into(),
            });
        }
        self.store.put_opts(at, data, how).await
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        how: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        tokio::time::sleep(self.pause).await;
        self.store.put_multipart_opts(at, how).await
    }

    async fn get_opts(&self, at: &Path, how: GetOptions) -> Result<GetResult> {
        tokio::time::sleep(self.pause).await;
        self.store.get_opts(at, how).await
    }

    fn delete_stream(
        &self,
        at: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.store.delete_stream(at)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let pause = self.pause;
        self.store
            .list(prefix)
            .then(move |item| async move {
                tokio::time::sleep(pause).await;
                item
            })
            .boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        tokio::time::sleep(self.pause).await;
        self.store.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, how: CopyOptions) -> Result<()> {
        self.store.copy_opts(from, to, how).await
    }
}

fn on(runtime: &Handle, store: Slow) -> OnRuntime {
    let settings = ObjectStoreSettings::default()
        .with_first_backoff(Duration::from_millis(1))
        .with_max_backoff(Duration::from_millis(2))
        .with_retry_for(Duration::from_millis(20));
    OnRuntime::new(Arc::new(store), runtime.clone(), settings)
}

fn path() -> Path {
    Path::from("a")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn answers_are_those_of_the_store() {
    let store = on(&Handle::current(), Slow::new(Duration::from_millis(1)));
    store.put(&path(), "0123456789".into()).await.unwrap();
    let range = store.get_range(&path(), 3..6).await.unwrap();
    assert_eq!(range, "345");
    let mut upload = store.put_multipart(&Path::from("b")).await.unwrap();
    upload.put_part("01".into()).await.unwrap();
    upload.put_part("23".into()).await.unwrap();
    upload.complete().await.unwrap();
    let got = store.get(&Path::from("b")).await.unwrap();
    assert_eq!(got.bytes().await.unwrap(), "0123");
    let listed: Vec<_> = store.list(None).try_collect().await.unwrap();
    assert_eq!(listed.len(), 2);
    let mut beyond = store.list(None).skip(2);
    assert!(beyond.next().await.is_none() && beyond.next().await.is_none());
    store.delete(&path()).await.unwrap();
    let gone = store.head(&path()).await.unwrap_err();
    assert!(matches!(gone, Error::NotFound { .. }), "{gone}");
}

/// Without tasks of the runtime, its timer panics here.
#[test]
fn who_waits_while_the_runtime_ends_gets_an_error() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let handle = runtime.handle().clone();
    let store = Arc::new(on(&handle, Slow::new(Duration::from_secs(3600))));
    let (begun, begins) = std::sync::mpsc::channel();
    let waiting: Vec<_> = (0..2)
        .map(|kind| {
            let (store, handle, begun) = (Arc::clone(&store), handle.clone(), begun.clone());
            std::thread::spawn(move || {
                begun.send(()).unwrap();
                match kind {
                    0 => block_on(Some(&handle), store.get(&path())).map(drop),
                    _ => block_on(Some(&handle), store.put(&path(), "x".into())).map(drop),
                }
            })
        })
        .collect();
    for _ in &waiting {
        begins.recv().unwrap();
    }
    runtime.shutdown_background();
    for waiting in waiting {
        let error = waiting.join().unwrap().unwrap_err();
        let error = crate::error::Error::object("a", "read", error);
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
        assert!(error.to_string().contains("shutting down"), "{error}");
    }
    // And so does who comes later.
    let late = block_on(Some(&handle), store.get(&path())).unwrap_err();
    let late = crate::error::Error::object("a", "read", late);
    assert_eq!(late.kind(), ErrorKind::Cancelled, "{late}");
}

async fn create(store: &OnRuntime) -> Result<PutResult> {
    let mode = PutMode::Create;
    store.put_opts(&path(), "new".into(), mode.into()).await
}

#[tokio::test]
async fn a_conflict_without_an_object_is_no_object() {
    let slow = Slow {
        conflicts: AtomicUsize::new(3),
        ..Slow::new(Duration::ZERO)
    };
    let store = on(&Handle::current(), slow);
    create(&store).await.unwrap();
    let got = store.get(&path()).await.unwrap();
    assert_eq!(got.bytes().await.unwrap(), "new");
    // It is there now.
    let error = create(&store).await.unwrap_err();
    assert!(matches!(error, Error::AlreadyExists { .. }), "{error}");
}

#[tokio::test]
async fn a_conflict_with_an_object_is_one_that_exists() {
    let slow = Slow {
        conflicts: AtomicUsize::new(1),
        written: true,
        ..Slow::new(Duration::ZERO)
    };
    let store = on(&Handle::current(), slow);
    let error = create(&store).await.unwrap_err();
    assert!(matches!(error, Error::AlreadyExists { .. }), "{error}");
}

#[tokio::test]
async fn conflicts_without_end_are_another_error() {
    let slow = Slow {
        conflicts: AtomicUsize::new(usize::MAX),
        ..Slow::new(Duration::ZERO)
    };
    let store = on(&Handle::current(), slow);
    let error = create(&store).await.unwrap_err();
    assert!(matches!(error, Error::Generic { .. }), "{error}");
}
