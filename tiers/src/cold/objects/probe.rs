//! Whether an object store keeps its word.
//!
//! Exactly-once rests on two conditions: an object is created only where there is
//! none, and replaced only where it is the one that was seen. Servers that do not
//! know the conditions ignore them and overwrite. That is found out here, before
//! any data depends on it.

use object_store::path::Path;
use object_store::{
    Error as ObjectError, ObjectStore, ObjectStoreExt, PutMode, PutPayload, PutResult,
    UpdateVersion,
};

use super::unusable;
use crate::error::{Error, ErrorKind, Result};

/// What the names of scratch objects begin with.
const PREFIX: &str = "thermocline-probe-";

/// Whether this is the name of a scratch object, which may be removed.
pub(crate) fn is_probe(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// Tries both conditions on a scratch object, named by `id`, which no other probe may
/// have. `place` names the store in errors.
///
/// # Errors
/// [`Unsupported`](ErrorKind::Unsupported) when the store overwrites what it must not;
/// what was wrong with the place, when it cannot be used at all.
pub(crate) async fn probe(store: &dyn ObjectStore, place: &str, id: &str) -> Result<()> {
    let path = Path::parse(format!("{PREFIX}{id}"))
        .map_err(|e| Error::bug(format!("a probe has no name: {e}")))?;
    let probe = Probe {
        store,
        place,
        path: &path,
        id,
    };
    let outcome = probe.run().await;
    let removed = store.delete(&path).await;
    outcome?;
    removed.map_err(|e| unusable(place, "remove objects", e))
}

struct Probe<'a> {
    store: &'a dyn ObjectStore,
    place: &'a str,
    path: &'a Path,
    id: &'a str,
}

impl Probe<'_> {
    async fn run(&self) -> Result<()> {
        let first = match self.put(1, PutMode::Create).await {
            Ok(put) => version(put),
            // A request that was answered by an error and retried may have met itself.
            Err(ObjectError::AlreadyExists { .. }) if self.holds(1).await? => self.seen().await?,
            Err(ObjectError::NotImplemented { .. }) => {
                return Err(self.liar("cannot create an object only where there is none"));
            }
            Err(e) => return Err(unusable(self.place, "write", e)),
        };
        match self.put(2, PutMode::Create).await {
            Err(ObjectError::AlreadyExists { .. }) => {}
            Ok(_) => {
                return Err(self.liar(
                    "overwrote an object that it was told to create only if there is none \
                     (If-None-Match)",
                ));
            }
            Err(e) => return Err(unusable(self.place, "write", e)),
        }
        if !self.holds(1).await? {
            return Err(self.liar("refused to overwrite an object, and did"));
        }
        if first.e_tag.is_none() {
            return Ok(());
        }
        match self.put(3, PutMode::Update(first.clone())).await {
            Ok(_) => {}
            // Said openly; nothing here needs it.
            Err(ObjectError::NotImplemented { .. }) => return Ok(()),
            Err(ObjectError::Precondition { .. }) if self.holds(3).await? => {}
            Err(e) => return Err(unusable(self.place, "replace objects", e)),
        }
        match self.put(4, PutMode::Update(first)).await {
            Err(ObjectError::Precondition { .. }) => {}
            Ok(_) => {
                return Err(self
                    .liar("overwrote an object that was another one than it was told (If-Match)"));
            }
            Err(e) => return Err(unusable(self.place, "replace objects", e)),
        }
        if !self.holds(3).await? {
            return Err(self.liar("refused to overwrite an object, and did"));
        }
        Ok(())
    }

    fn content(&self, step: u8) -> String {
        format!("{} {step}\n", self.id)
    }

    async fn put(&self, step: u8, mode: PutMode) -> object_store::Result<PutResult> {
        let payload = PutPayload::from(self.content(step));
        self.store.put_opts(self.path, payload, mode.into()).await
    }

    /// Whether the object is as this step wrote it.
    async fn holds(&self, step: u8) -> Result<bool> {
        let read = async { self.store.get(self.path).await?.bytes().await };
        let bytes = read.await.map_err(|e| unusable(self.place, "read", e))?;
        Ok(bytes == self.content(step).as_bytes())
    }

    async fn seen(&self) -> Result<UpdateVersion> {
        let head = self.store.head(self.path).await;
        let meta = head.map_err(|e| unusable(self.place, "read", e))?;
        Ok(UpdateVersion {
            e_tag: meta.e_tag,
            version: meta.version,
        })
    }

    fn liar(&self, what: &str) -> Error {
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "the object store at `{}` {what}; rows could be lost there, so it is not used. \
                 Conditional writes are in AWS S3 and in the newer versions of MinIO, SeaweedFS, \
                 Garage and RustFS",
                self.place
            ),
        )
    }
}

fn version(put: PutResult) -> UpdateVersion {
    UpdateVersion {
        e_tag: put.e_tag,
        version: put.version,
    }
}

#[cfg(test)]
mod tests;
