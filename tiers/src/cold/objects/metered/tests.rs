use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt};

use super::*;
use crate::cold::objects::RequestStats;

fn network(settings: ObjectStoreSettings) -> (Arc<InMemory>, Metered) {
    let memory = Arc::new(InMemory::new());
    let store: Arc<dyn ObjectStore> = Arc::<InMemory>::clone(&memory);
    let objects = Objects {
        network: Some(settings),
        ..Objects::from(store)
    };
    (memory, Metered::new(objects))
}

fn seen(store: &Metered, op: ObjectOp) -> (u64, u64, u64) {
    let RequestStats {
        requests,
        failed,
        bytes,
    } = store.usage().stats().get(&op).copied().unwrap_or_default();
    (requests, failed, bytes)
}

#[tokio::test]
async fn every_request_and_every_byte_is_counted_once() {
    let (_, store) = network(ObjectStoreSettings::default());
    let a = Path::from("a");
    store.put(&a, vec![7; 1000].into()).await.unwrap();
    store.get(&a).await.unwrap().bytes().await.unwrap();
    store.get_range(&a, 10..30).await.unwrap();
    store.head(&a).await.unwrap();
    let listed: Vec<_> = store.list(None).collect().await;
    assert_eq!(listed.len(), 1);
    store.delete(&a).await.unwrap();
    store.get(&a).await.unwrap_err();
    assert_eq!(seen(&store, ObjectOp::Put), (1, 0, 1000));
    assert_eq!(seen(&store, ObjectOp::Get), (3, 1, 1020));
    assert_eq!(seen(&store, ObjectOp::Head), (1, 0, 0));
    assert_eq!(seen(&store, ObjectOp::List), (1, 0, 0));
    assert_eq!(seen(&store, ObjectOp::Delete), (1, 0, 0));
    assert_eq!(seen(&store, ObjectOp::Part), (0, 0, 0));
}

#[tokio::test]
async fn near_ranges_are_one_request_and_far_ones_are_not() {
    let (_, store) = network(ObjectStoreSettings::default().with_join_bytes(100));
    let a = Path::from("a");
    let bytes: Vec<u8> = (0..=255).cycle().take(10_000).collect();
    store.put(&a, bytes.clone().into()).await.unwrap();
    let ranges = [0..10, 50..60, 160..170, 5_000..5_010, 5_111..5_120];
    let parts = store.get_ranges(&a, &ranges).await.unwrap();
    for (range, part) in ranges.iter().zip(&parts) {
        let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
        assert_eq!(part[..], bytes[range]);
    }
    // 0..170, then 5,000..5,010 and, 101 bytes behind it, 5,111..5,120.
    assert_eq!(seen(&store, ObjectOp::Get), (3, 0, 170 + 10 + 9));
    store
        .get_ranges(&a, &[0..10, 9_990..10_010])
        .await
        .unwrap_err();
}

#[tokio::test]
async fn large_objects_go_in_parts_and_conditional_ones_do_not() {
    let (memory, store) = network(ObjectStoreSettings::default().with_part_bytes(LEAST_PART));
    let a = Path::from("a");
    let bytes: Vec<u8> = (0..=250).cycle().take(2 * LEAST_PART + 17).collect();
    store.put(&a, bytes.clone().into()).await.unwrap();
    let kept = memory.get(&a).await.unwrap().bytes().await.unwrap();
    assert!(kept == bytes);
    // Beginning, three parts, ending.
    assert_eq!(seen(&store, ObjectOp::Part), (5, 0, bytes.len() as u64));
    let b = Path::from("b");
    let create = PutMode::Create;
    store
        .put_opts(&b, bytes.into(), create.into())
        .await
        .unwrap();
    assert_eq!(seen(&store, ObjectOp::Put).0, 1);
}

/// Refuses the second part of every upload, and remembers what became of it.
#[derive(Debug, Default)]
struct Refusing {
    memory: InMemory,
    aborted: Arc<std::sync::atomic::AtomicUsize>,
}

#[derive(Debug)]
struct RefusingUpload {
    upload: Box<dyn MultipartUpload>,
    parts: usize,
    aborted: Arc<std::sync::atomic::AtomicUsize>,
}

#[async_trait]
impl MultipartUpload for RefusingUpload {
    fn put_part(&mut self, data: PutPayload) -> object_store::UploadPart {
        self.parts += 1;
        if self.parts == 2 {
            return Box::pin(async {
                Err(Error::NotImplemented {
                    operation: "part".into(),
                    implementer: "test".into(),
                })
            });
        }
        self.upload.put_part(data)
    }

    async fn complete(&mut self) -> Result<PutResult> {
        self.upload.complete().await
    }

    async fn abort(&mut self) -> Result<()> {
        self.aborted
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.upload.abort().await
    }
}

impl fmt::Display for Refusing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refusing")
    }
}

#[async_trait]
impl ObjectStore for Refusing {
    async fn put_opts(&self, l: &Path, p: PutPayload, o: PutOptions) -> Result<PutResult> {
        self.memory.put_opts(l, p, o).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        Ok(Box::new(RefusingUpload {
            upload: self.memory.put_multipart_opts(location, options).await?,
            parts: 0,
            aborted: Arc::clone(&self.aborted),
        }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.memory.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.memory.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.memory.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.memory.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.memory.copy_opts(from, to, options).await
    }
}

#[tokio::test]
async fn a_failed_upload_in_parts_is_aborted() {
    let refusing = Arc::new(Refusing::default());
    let inner: Arc<dyn ObjectStore> = Arc::<Refusing>::clone(&refusing);
    let objects = Objects {
        network: Some(ObjectStoreSettings::default().with_part_bytes(LEAST_PART)),
        ..Objects::from(inner)
    };
    let store = Metered::new(objects);
    let a = Path::from("a");
    let put = store.put(&a, vec![1; 3 * LEAST_PART].into()).await;
    put.unwrap_err();
    let aborted = &refusing.aborted;
    assert_eq!(aborted.load(std::sync::atomic::Ordering::Relaxed), 1);
    refusing.memory.head(&a).await.unwrap_err();
}

/// Whoever waits for the write may be dropped: an open upload costs space that no listing
/// shows.
#[tokio::test]
async fn a_cancelled_upload_in_parts_is_aborted() {
    let refusing = Arc::new(Refusing::default());
    let inner: Arc<dyn ObjectStore> = Arc::<Refusing>::clone(&refusing);
    let settings = ObjectStoreSettings::default();
    let store = Metered::new(Objects::remote(inner, &settings));
    let aborted = || refusing.aborted.load(std::sync::atomic::Ordering::Relaxed);
    let a = Path::from("a");
    let mut upload = store.put_multipart(&a).await.unwrap();
    upload.put_part("x".into()).await.unwrap();
    // In the middle of a part.
    let part = upload.put_part("y".into());
    drop(part);
    drop(upload);
    while aborted() == 0 {
        tokio::task::yield_now().await;
    }
    // One that was ended is not aborted, and one that was aborted not again.
    let mut ended = store.put_multipart(&a).await.unwrap();
    ended.put_part("x".into()).await.unwrap();
    ended.complete().await.unwrap();
    ended.complete().await.unwrap_err();
    drop(ended);
    let mut given_up = store.put_multipart(&a).await.unwrap();
    given_up.abort().await.unwrap();
    drop(given_up);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(aborted(), 2);
    assert_eq!(store.get(&a).await.unwrap().bytes().await.unwrap(), "x");
}

#[test]
fn a_client_is_not_shown() {
    let (_, store) = network(ObjectStoreSettings::default());
    assert_eq!(format!("{store:?}"), "Metered { name: \"InMemory\", .. }");
}
