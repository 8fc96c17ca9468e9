//! Doing what can be done about damaged segment files.
//!
//! A copy that is damaged is dropped if the home is whole; a home that is damaged
//! is written anew from a copy. A segment without any intact file is taken out of
//! its table, so that the rest can be read, and its file is kept aside. The report
//! names the rows that are gone.

use std::path::PathBuf;
use std::sync::Arc;

use futures::future::BoxFuture;
use serde::Serialize;
use thermocline_policy::{SegmentId, Tier};

use super::Core;
use super::verify::{Checked, check_segment};
use crate::error::{Error, ErrorKind, Result};
use crate::lsn::LsnRange;
use crate::segment::Segment;
use crate::snapshot::TableView;

/// Where damaged files are kept, below the store's directory.
const ASIDE: &str = "damaged";

/// What a repair found and did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RepairReport {
    /// Whether nothing was lost.
    pub ok: bool,
    /// Segments that were looked at.
    pub segments: u64,
    /// What was done, one segment file after the other.
    pub repairs: Vec<Repair>,
    /// Rows that are gone.
    pub rows_lost: u64,
}

/// One damaged file, and what was done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Repair {
    /// The table.
    pub table: String,
    /// The segment.
    pub segment: SegmentId,
    /// The damaged file.
    pub path: String,
    /// What is wrong with it, in a sentence.
    pub what: String,
    /// What was done.
    pub done: Repaired,
}

/// What was done about a damaged file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Repaired {
    /// It was a promoted copy; it was dropped, and the home is whole.
    CopyDropped,
    /// It was the home; it was written anew from an intact copy.
    HomeRebuilt,
    /// There was no intact copy: the segment is gone from its table.
    SetAside {
        /// Rows that are gone.
        rows: u64,
        /// Their partition, as a Hive path.
        partition: String,
        /// The writes that they came by.
        lsns: LsnRange,
        /// Where the damaged file is kept; nothing if it is not there at all.
        kept: Option<PathBuf>,
    },
}

impl Core {
    /// Looks at every segment file and repairs what is damaged.
    pub(crate) fn repair(self: &Arc<Self>) -> BoxFuture<'_, Result<RepairReport>> {
        Box::pin(async move {
            let mut report = RepairReport::default();
            let view = self.view();
            for table in view.tables.values() {
                for segment in &table.segments {
                    report.segments += 1;
                    let checked = check_segment(&self.env, segment).await?;
                    self.repair_segment(table, segment, checked, &mut report)
                        .await?;
                }
            }
            report.ok = report.rows_lost == 0;
            Ok(report)
        })
    }

    /// Whether a segment that had no intact file has one since it was looked at, or is in memory.
    async fn is_intact_by_now(&self, before: &Arc<Segment>, now: &Arc<Segment>) -> Result<bool> {
        if Arc::ptr_eq(before, now) {
            return Ok(false);
        }
        for file in check_segment(&self.env, now).await? {
            match file.outcome {
                Ok(()) => return Ok(true),
                Err(error) if is_damage(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(now.hot.is_some())
    }

    async fn repair_segment(
        self: &Arc<Self>,
        table: &TableView,
        segment: &Arc<Segment>,
        checked: Vec<Checked>,
        report: &mut RepairReport,
    ) -> Result<()> {
        let (bad, good): (Vec<_>, Vec<_>) = checked
            .into_iter()
            .partition(|checked| checked.outcome.is_err());
        let home_is_bad = bad.iter().any(|checked| checked.tier == segment.home);
        let intact = segment.hot.is_some() || !good.is_empty();
        for damaged in bad {
            let Err(error) = damaged.outcome else {
                continue;
            };
            // A disk or a network that fails now may give the bytes later.
            if !is_damage(&error) {
                return Err(error);
            }
            // With no intact file, a damaged copy goes when the home does.
            if damaged.tier != segment.home && home_is_bad && !intact {
                continue;
            }
            self.settle_cold(table.id, segment.id).await?;
            // A repair before this one, or somebody else, has changed it.
            let view = self.view();
            let newest = view
                .table_by_id(table.id)
                .and_then(|table| table.segment(segment.id));
            let Some(newest) = newest else {
                continue;
            };
            let intact = intact || self.is_intact_by_now(segment, newest).await?;
            let segment = newest;
            let done = if damaged.tier != segment.home {
                if !self.drop_damaged_copy(table, segment, damaged.tier).await? {
                    continue;
                }
                Repaired::CopyDropped
            } else if intact {
                if !self.rebuild_home(table, segment).await? {
                    return Err(changed(segment));
                }
                Repaired::HomeRebuilt
            } else {
                let kept = self.keep_aside(segment).await?;
                if !self.give_up(table, segment).await? {
                    return Err(changed(segment));
                }
                report.rows_lost += segment.facts.rows;
                Repaired::SetAside {
                    rows: segment.facts.rows,
                    partition: segment.facts.partition.to_string(),
                    lsns: segment.facts.lsns,
                    kept,
                }
            };
            report.repairs.push(Repair {
                table: table.name.clone(),
                segment: segment.id,
                path: damaged.path,
                what: error.to_string(),
                done,
            });
        }
        Ok(())
    }

    /// Copies the damaged home out of the way of collection.
    async fn keep_aside(&self, segment: &Segment) -> Result<Option<PathBuf>> {
        let (name, read) = match (segment.home, &segment.warm, &segment.cold) {
            (Tier::Warm, Some(file), _) => {
                let path = self.layout.at(&file.meta.path);
                let (env, at) = (self.env.clone(), path.clone());
                let read = self
                    .env
                    .blocking(move || env.fs.read(&at, 0).map_err(|e| Error::io(&at, "read", e)));
                (file.meta.path.clone(), read.await)
            }
            (Tier::Cold, _, Some(file)) => {
                let path = file.meta.path.clone();
                let read = self.cold.get(&path).await;
                (file.shown_path(), read)
            }
            _ => return Ok(None),
        };
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        let path = self.layout.root().join(ASIDE).join(name);
        let (env, to) = (self.env.clone(), path.clone());
        self.env
            .blocking(move || {
                env.write_atomically(&to, |file| {
                    file.write_all(&bytes)
                        .map_err(|e| Error::io(&to, "write", e))
                })
            })
            .await?;
        Ok(Some(path))
    }
}

fn changed(segment: &Segment) -> Error {
    Error::cancelled(format!(
        "segment {} was moved while it was repaired; repair the store again",
        segment.id
    ))
}

/// Whether a file is damaged; after other errors it may be read later.
fn is_damage(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::NotFound)
}
