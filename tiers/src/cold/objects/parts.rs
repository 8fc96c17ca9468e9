//! Large objects, sent in parts.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    Error, MultipartUpload, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult,
    Result, UploadPart,
};
use tokio::runtime::Handle;

use super::{ObjectOp, Usage};

/// Parts of one object that are under way at one time.
const TOGETHER: usize = 4;

/// Writes an object in parts of `size` bytes. When one fails, the others are thrown
/// away: until then they would cost space that no listing shows.
pub(super) async fn put(
    store: &dyn ObjectStore,
    location: &Path,
    payload: PutPayload,
    options: PutOptions,
    size: usize,
) -> Result<PutResult> {
    let options = PutMultipartOptions {
        tags: options.tags,
        attributes: options.attributes,
        extensions: options.extensions,
    };
    let mut upload = store.put_multipart_opts(location, options).await?;
    let sent = async {
        let parts: Vec<_> = cut(payload, size)
            .into_iter()
            .map(|part| upload.put_part(part))
            .collect();
        stream::iter(parts)
            .buffer_unordered(TOGETHER)
            .try_collect::<()>()
            .await?;
        upload.complete().await
    }
    .await;
    if sent.is_err()
        && let Err(error) = upload.abort().await
    {
        tracing::warn!(%location, %error, "parts of a failed upload were left behind");
    }
    sent
}

/// Cuts a payload into parts of `size` bytes, the last one smaller, without copying.
fn cut(payload: PutPayload, size: usize) -> Vec<PutPayload> {
    let size = size.max(1);
    let mut parts = Vec::new();
    let mut part: Vec<Bytes> = Vec::new();
    let mut room = size;
    for mut chunk in payload {
        while !chunk.is_empty() {
            let piece = chunk.split_to(room.min(chunk.len()));
            room -= piece.len();
            part.push(piece);
            if room == 0 {
                parts.push(std::mem::take(&mut part).into_iter().collect());
                room = size;
            }
        }
    }
    if !part.is_empty() {
        parts.push(part.into_iter().collect());
    }
    parts
}

/// Counts the requests of an upload, and throws its parts away when nobody ends it: whoever
/// began it may be dropped in the middle.
pub(super) struct Counted {
    /// `None` when it was ended.
    upload: Option<Box<dyn MultipartUpload>>,
    location: Path,
    usage: Arc<Usage>,
    /// Where it is aborted; whoever drops it cannot wait.
    runtime: Option<Handle>,
}

impl Counted {
    pub(super) fn new(upload: Box<dyn MultipartUpload>, location: Path, usage: Arc<Usage>) -> Self {
        Self {
            upload: Some(upload),
            location,
            usage,
            runtime: Handle::try_current().ok(),
        }
    }

    fn open(&mut self) -> Result<&mut Box<dyn MultipartUpload>> {
        self.upload.as_mut().ok_or_else(|| Error::Generic {
            store: "object store",
            source: "the upload is over".into(),
        })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let Some(mut upload) = self.upload.take() else {
            return;
        };
        let location = self.location.clone();
        let Some(runtime) = &self.runtime else {
            tracing::warn!(%location, "parts of an upload that nobody ended were left behind");
            return;
        };
        let usage = Arc::clone(&self.usage);
        runtime.spawn(async move {
            if let Err(error) = usage.count(ObjectOp::Part, upload.abort()).await {
                tracing::warn!(%location, %error, "parts of a cancelled upload were left behind");
            }
        });
    }
}

impl fmt::Debug for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counted").finish_non_exhaustive()
    }
}

#[async_trait]
impl MultipartUpload for Counted {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let bytes = data.content_length() as u64;
        let usage = Arc::clone(&self.usage);
        let sent = match self.open() {
            Ok(upload) => upload.put_part(data),
            Err(over) => return Box::pin(async { Err(over) }),
        };
        Box::pin(async move {
            usage.count(ObjectOp::Part, sent).await?;
            usage.bytes(ObjectOp::Part, bytes);
            Ok(())
        })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let usage = Arc::clone(&self.usage);
        let done = usage.count(ObjectOp::Part, self.open()?.complete()).await?;
        self.upload = None;
        Ok(done)
    }

    async fn abort(&mut self) -> Result<()> {
        let usage = Arc::clone(&self.usage);
        let aborted = usage.count(ObjectOp::Part, self.open()?.abort()).await;
        // Once is enough, also if it failed: the caller knows.
        self.upload = None;
        aborted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_one_size_but_for_the_last_and_no_byte_is_lost() {
        let bytes: Vec<u8> = (0..=255).collect();
        for chunk in [1, 7, 100, 256] {
            for size in [1, 5, 64, 255, 256, 300] {
                let payload: PutPayload = bytes.chunks(chunk).map(Bytes::copy_from_slice).collect();
                let parts = cut(payload, size);
                let (last, full) = parts.split_last().unwrap();
                assert!(full.iter().all(|part| part.content_length() == size));
                assert!((1..=size).contains(&last.content_length()));
                let joined: Vec<u8> = parts
                    .iter()
                    .flat_map(|part| part.iter().flatten().copied())
                    .collect();
                assert_eq!(joined, bytes, "chunks of {chunk}, parts of {size}");
            }
        }
        assert!(cut(PutPayload::default(), 8).is_empty());
    }
}
