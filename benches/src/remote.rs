//! An object store in memory that is as far away as a real one, and counts how it is read.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use futures::TryStreamExt;
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetRange, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use parking_lot::Mutex;

/// How long an answer takes.
const AWAY: Duration = Duration::from_millis(5);

/// What was asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Reads {
    /// The longest chain of requests that each began after an answer to the one before.
    pub(crate) rounds: u32,
    pub(crate) bytes: u64,
}

/// The store.
#[derive(Debug, Default)]
pub(crate) struct Remote {
    pub(crate) memory: InMemory,
    /// `rounds` counts those that are over.
    reads: Mutex<Reads>,
}

impl Remote {
    /// What was read since this was asked last.
    pub(crate) fn take(&self) -> Reads {
        std::mem::take(&mut self.reads.lock())
    }

    /// The Parquet files, those written first in front.
    pub(crate) async fn files(&self) -> Result<Vec<Path>> {
        let mut listed: Vec<_> = self.memory.list(None).try_collect().await?;
        listed.retain(|object| object.location.as_ref().ends_with(".parquet"));
        listed.sort_by(|a, b| a.location.cmp(&b.location));
        Ok(listed.into_iter().map(|object| object.location).collect())
    }
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("remote objects")
    }
}

#[async_trait]
impl ObjectStore for Remote {
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
        let bytes = match &how.range {
            Some(GetRange::Bounded(range)) => range.end - range.start,
            _ => 0,
        };
        let round = self.reads.lock().rounds + 1;
        tokio::time::sleep(AWAY).await;
        let got = self.memory.get_opts(at, how).await;
        let mut reads = self.reads.lock();
        reads.rounds = reads.rounds.max(round);
        reads.bytes += bytes;
        got
    }

    fn delete_stream(
        &self,
        at: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.memory.delete_stream(at)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.reads.lock().rounds += 1;
        self.memory.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.reads.lock().rounds += 1;
        self.memory.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, how: CopyOptions) -> Result<()> {
        self.memory.copy_opts(from, to, how).await
    }
}
