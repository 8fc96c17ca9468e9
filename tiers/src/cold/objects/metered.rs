//! The one wrapper around every object store of the cold tier.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::future::try_join_all;
use futures::stream::{BoxStream, StreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutMultipartOptions, PutOptions, PutPayload,
    PutResult, RenameOptions, Result,
};

use super::secrets::Secrets;
use super::settings::LEAST_PART;
use super::{ObjectOp, ObjectStoreSettings, Objects, Usage, parts, ranges};

/// Counts what it asks of the store within, joins near ranges, sends large objects in
/// parts, and lets no credentials into errors.
pub(crate) struct Metered {
    store: Arc<dyn ObjectStore>,
    name: String,
    secrets: Secrets,
    usage: Arc<Usage>,
    network: Option<ObjectStoreSettings>,
}

impl Metered {
    pub(crate) fn new(objects: Objects) -> Self {
        let Objects {
            store,
            name,
            secrets,
            usage,
            network,
        } = objects;
        Self {
            store,
            name,
            secrets,
            usage,
            network,
        }
    }

    /// Where it is, for errors.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn usage(&self) -> &Arc<Usage> {
        &self.usage
    }

    /// Counts one request.
    async fn ask<T>(&self, op: ObjectOp, asked: impl Future<Output = Result<T>>) -> Result<T> {
        let answer = self.usage.count(op, asked).await;
        answer.map_err(|error| self.secrets.scrub(error))
    }

    /// Counts what goes wrong later, while an answer is read.
    fn watch<T: Send + 'static>(
        &self,
        op: ObjectOp,
        answer: BoxStream<'static, Result<T>>,
    ) -> BoxStream<'static, Result<T>> {
        let (usage, secrets) = (Arc::clone(&self.usage), self.secrets.clone());
        answer
            .map(move |item| {
                item.map_err(|error| {
                    usage.failed(op);
                    secrets.scrub(error)
                })
            })
            .boxed()
    }

    fn payload(&self, payload: GetResultPayload, range: &Range<u64>) -> GetResultPayload {
        match payload {
            GetResultPayload::Stream(stream) => {
                let usage = Arc::clone(&self.usage);
                let counted = self.watch(ObjectOp::Get, stream).inspect(move |bytes| {
                    if let Ok(bytes) = bytes {
                        usage.bytes(ObjectOp::Get, bytes.len() as u64);
                    }
                });
                GetResultPayload::Stream(counted.boxed())
            }
            file => {
                let bytes = range.end.saturating_sub(range.start);
                self.usage.bytes(ObjectOp::Get, bytes);
                file
            }
        }
    }

    /// One range, all of it.
    async fn whole_range(&self, location: &Path, range: Range<u64>) -> Result<Bytes> {
        let bytes = self.get_range(location, range.clone()).await?;
        let wanted = range.end.saturating_sub(range.start);
        if bytes.len() as u64 == wanted {
            return Ok(bytes);
        }
        Err(Error::Generic {
            store: "object store",
            source: format!("{} bytes came instead of {wanted}", bytes.len()).into(),
        })
    }
}

impl fmt::Debug for Metered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Clients of object stores hold credentials.
        f.debug_struct("Metered")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Metered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[async_trait]
impl ObjectStore for Metered {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let bytes = payload.content_length();
        let part = self
            .network
            .as_ref()
            .map(|network| network.part_bytes.max(LEAST_PART));
        // Conditions are for single requests.
        if let Some(part) = part.filter(|part| bytes > *part && options.mode == PutMode::Overwrite)
        {
            let sent = parts::put(self, location, payload, options, part).await;
            return sent.map_err(|error| self.secrets.scrub(error));
        }
        let put = self.store.put_opts(location, payload, options);
        let result = self.ask(ObjectOp::Put, put).await?;
        self.usage.bytes(ObjectOp::Put, bytes as u64);
        Ok(result)
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let begun = self.store.put_multipart_opts(location, options);
        let upload = self.ask(ObjectOp::Part, begun).await?;
        let usage = Arc::clone(&self.usage);
        Ok(Box::new(parts::Counted::new(
            upload,
            location.clone(),
            usage,
        )))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        if options.head {
            let head = self.store.get_opts(location, options);
            return self.ask(ObjectOp::Head, head).await;
        }
        let got = self.store.get_opts(location, options);
        let result = self.ask(ObjectOp::Get, got).await?;
        Ok(GetResult {
            payload: self.payload(result.payload, &result.range),
            ..result
        })
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        if let Some(network) = &self.network {
            let joined = ranges::join(ranges, network.join_bytes);
            // All at one time: a row is one round trip away, however many columns it has.
            let fetched = joined
                .iter()
                .map(|range| self.whole_range(location, range.clone()));
            let fetched = try_join_all(fetched).await?;
            return ranges::cut(ranges, &joined, &fetched);
        }
        let got = self.store.get_ranges(location, ranges);
        let parts = self.ask(ObjectOp::Get, got).await?;
        let bytes = parts.iter().map(|part| part.len() as u64).sum();
        self.usage.bytes(ObjectOp::Get, bytes);
        Ok(parts)
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let usage = Arc::clone(&self.usage);
        let counted = locations.inspect(move |_| usage.request(ObjectOp::Delete));
        self.watch(ObjectOp::Delete, self.store.delete_stream(counted.boxed()))
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.usage.request(ObjectOp::List);
        self.watch(ObjectOp::List, self.store.list(prefix))
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.usage.request(ObjectOp::List);
        self.watch(ObjectOp::List, self.store.list_with_offset(prefix, offset))
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.ask(ObjectOp::List, self.store.list_with_delimiter(prefix))
            .await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.ask(ObjectOp::Copy, self.store.copy_opts(from, to, options))
            .await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.ask(ObjectOp::Copy, self.store.rename_opts(from, to, options))
            .await
    }
}

#[cfg(test)]
mod tests;
