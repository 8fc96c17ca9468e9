use std::fmt;

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    PutMultipartOptions, PutOptions, Result as ObjectResult,
};

use super::*;

/// An object store that does not know some conditions.
#[derive(Debug)]
struct Forgetful {
    memory: InMemory,
    create: bool,
    update: bool,
}

impl fmt::Display for Forgetful {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("forgetful")
    }
}

#[async_trait]
impl ObjectStore for Forgetful {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        mut options: PutOptions,
    ) -> ObjectResult<PutResult> {
        let forgotten = match options.mode {
            PutMode::Create => !self.create,
            PutMode::Update(_) => !self.update,
            PutMode::Overwrite => false,
        };
        if forgotten {
            options.mode = PutMode::Overwrite;
        }
        self.memory.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> ObjectResult<Box<dyn MultipartUpload>> {
        self.memory.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> ObjectResult<GetResult> {
        self.memory.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, ObjectResult<Path>>,
    ) -> BoxStream<'static, ObjectResult<Path>> {
        self.memory.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, ObjectResult<ObjectMeta>> {
        self.memory.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> ObjectResult<ListResult> {
        self.memory.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, o: CopyOptions) -> ObjectResult<()> {
        self.memory.copy_opts(from, to, o).await
    }
}

async fn probed(create: bool, update: bool) -> (Result<()>, usize) {
    let store = Forgetful {
        memory: InMemory::new(),
        create,
        update,
    };
    let outcome = probe(&store, "s3://b/p", "1").await;
    (outcome, store.list(None).count().await)
}

#[tokio::test]
async fn a_store_that_keeps_its_word_passes_and_nothing_is_left_in_it() {
    let (outcome, left) = probed(true, true).await;
    outcome.unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_store_that_overwrites_is_refused_by_name() {
    for (create, update, what) in [(false, true, "If-None-Match"), (true, false, "If-Match")] {
        let (outcome, left) = probed(create, update).await;
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        let told = error.to_string();
        assert!(told.contains("s3://b/p") && told.contains(what), "{told}");
        assert_eq!(left, 0, "the scratch object is removed");
    }
}
