//! The log loses what a checkpoint has made needless.

use futures::TryStreamExt;
use object_store::ObjectStoreExt;
use object_store::path::Path;

use super::table::{DeltaTable, LOG};
use crate::error::{Error, Result};

impl DeltaTable {
    /// Removes what the log has of versions before `checkpoint` and was written before
    /// `before`, in milliseconds since 1970. Those versions cannot be read any more then.
    /// Returns how many files went.
    ///
    /// # Errors
    /// When the log cannot be listed, or a file not removed.
    pub(crate) async fn clean_log(&self, checkpoint: u64, before: i64) -> Result<usize> {
        let log = Path::from(LOG);
        let failed =
            |doing, path: &Path, e| Error::object(format!("{}/{path}", self.name()), doing, e);
        let listed: Vec<_> = self
            .objects()
            .list(Some(&log))
            .try_collect()
            .await
            .map_err(|e| failed("list", &log, e))?;
        let mut removed = 0;
        for object in listed {
            let path = object.location;
            let version = path.filename().and_then(version);
            let is_old = version.is_some_and(|version| version < checkpoint)
                && object.last_modified.timestamp_millis() < before;
            if !is_old {
                continue;
            }
            match self.objects().delete(&path).await {
                Ok(()) => removed += 1,
                Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(failed("remove", &path, error)),
            }
        }
        Ok(removed)
    }
}

/// The version that a file of the log begins its name with.
fn version(name: &str) -> Option<u64> {
    let (digits, _) = name.split_once('.')?;
    (digits.len() == 20).then(|| digits.parse().ok()).flatten()
}
