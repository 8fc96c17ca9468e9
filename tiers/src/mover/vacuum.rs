//! Cold files that no version of a table that may still be read has.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde::Serialize;

use crate::cold::delta::At;
use crate::error::{Error, ErrorKind, Result};
use crate::layout::{Layout, TableId};
use crate::store::Core;

/// What a vacuum removed, or would remove.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct VacuumReport {
    /// The files, below the cold store's root.
    pub files: Vec<String>,
    /// Their bytes.
    pub bytes: u64,
    /// Files that were left because they have not been out of the table for long enough.
    pub kept: u64,
}

impl Core {
    /// Removes the files that have been out of the table for `keep`.
    pub(crate) fn vacuum(
        self: &Arc<Self>,
        id: TableId,
        keep: Duration,
        dry_run: bool,
    ) -> BoxFuture<'_, Result<VacuumReport>> {
        Box::pin(async move {
            let mut report = VacuumReport::default();
            if !self.has_cold(id) {
                return Ok(report);
            }
            if self.is_uncertain() {
                return Err(Error::new(
                    ErrorKind::Poisoned,
                    "after an earlier failure it is not known which files are needed; close the \
                     store, open it again, and vacuum then",
                ));
            }
            // Nothing may join the table meanwhile.
            let Some(_table) = self.cold_table(id).await? else {
                return Ok(report);
            };
            let state = self.state();
            let meta = state
                .tables
                .get(&id)
                .ok_or_else(|| Error::not_found("the table was dropped"))?;
            let dir = Layout::cold_dir(&meta.name, id);
            let needed: HashSet<&str> = meta
                .segments
                .values()
                .map(|segment| segment.home.file().path.as_str())
                .collect();
            let delta = self.cold.delta(state.store, id, &meta.name)?;
            let left: BTreeMap<String, i64> = delta.removed().await?;
            let now = self.env.clock.now().0.div_euclid(1000);
            let keep = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
            let listed = self.cold.list_in(&dir).await?;
            // Others may have put files together since this store last looked.
            let newest = self
                .env
                .blocking(move || delta.snapshot(At::Newest))
                .await?;
            for object in listed {
                let path = object.location.to_string();
                let Some(below) = path.strip_prefix(&dir).map(|p| p.trim_start_matches('/')) else {
                    continue;
                };
                let is_data = below.ends_with(".parquet") && !below.starts_with("_delta_log/");
                if !is_data
                    || needed.contains(path.as_str())
                    || newest.files.contains_key(below)
                    || self.cold.is_in_use(&path)
                {
                    continue;
                }
                // A file that was never in the table is as old as it is.
                let written = object.last_modified.timestamp_millis();
                let since = left.get(below).copied().unwrap_or(written);
                if now.saturating_sub(since) < keep {
                    report.kept += 1;
                    continue;
                }
                if !dry_run {
                    // Whoever has the store next may commit what is no file of this one.
                    self.check_open()?;
                    self.cold.remove(&path).await?;
                }
                report.bytes += object.size;
                report.files.push(path);
            }
            Ok(report)
        })
    }
}
