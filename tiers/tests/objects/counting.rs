//! An object store in memory that counts how it is read, and can hold reads back until so
//! many are under way at one time.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetRange, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use parking_lot::Mutex;
use tokio::sync::Barrier;

/// Reads of Parquet files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reads {
    pub requests: usize,
    pub bytes: u64,
}

#[derive(Debug, Default)]
pub struct Counting {
    pub memory: InMemory,
    reads: Mutex<Reads>,
    together: Mutex<Option<Arc<Barrier>>>,
}

impl Counting {
    /// What was read since this was asked last.
    pub fn take(&self) -> Reads {
        std::mem::take(&mut self.reads.lock())
    }

    /// No read is answered before so many are under way. One that depends on another's
    /// answer never comes then.
    pub fn hold_until(&self, together: usize) {
        *self.together.lock() = Some(Arc::new(Barrier::new(together)));
    }
}

impl fmt::Display for Counting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("counting objects")
    }
}

#[async_trait]
impl ObjectStore for Counting {
    async fn put_opts(&self, at: &Path, data: PutPayload, how: PutOptions) -> Result<PutResult> {
        self.memory.put_opts(at, data, how).await
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        how: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.memory.put_multipart_opts(at, how).await
    }

    async fn get_opts(&self, at: &Path, how: GetOptions) -> Result<GetResult> {
        if !how.head && at.as_ref().ends_with(".parquet") {
            let bytes = match &how.range {
                Some(GetRange::Bounded(range)) => range.end - range.start,
                _ => 0,
            };
            {
                let mut reads = self.reads.lock();
                reads.requests += 1;
                reads.bytes += bytes;
            }
            let together = self.together.lock().clone();
            if let Some(together) = together {
                together.wait().await;
            }
        }
        self.memory.get_opts(at, how).await
    }

    fn delete_stream(
        &self,
        at: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.memory.delete_stream(at)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.memory.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.memory.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, how: CopyOptions) -> Result<()> {
        self.memory.copy_opts(from, to, how).await
    }
}
