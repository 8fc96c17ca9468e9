//! What others did to a Delta table.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use futures::TryStreamExt;
use thermocline_formats::{PartitionKey, SegmentStats};
use thermocline_policy::SegmentId;

use crate::cold::ColdFile;
use crate::cold::delta::{self, Add, Commit, DeltaTable};
use crate::columns::conform;
use crate::error::{Error, ErrorKind, Result};
use crate::hot::{batch_bytes, event_range};
use crate::layout::{Layout, TableId};
use crate::lsn::LsnRange;
use crate::manifest::{Edit, FileMeta, Home, Marks, Seal, SegmentMeta, TableMeta};
use crate::store::Core;

impl Core {
    /// Takes note of commits of others, in their order. Files that were only rewritten,
    /// as by a compaction, are taken for the segments that they were made of. Rows that
    /// came or went without this store are reported, and stay what they were here. What was
    /// taken note of leaves `news`; after a failure it is there to be tried again.
    pub(super) async fn take_note(
        self: &Arc<Self>,
        delta: &DeltaTable,
        id: TableId,
        news: &mut Vec<Commit>,
    ) -> Result<()> {
        let Some(newest) = news.last().map(|commit| commit.version) else {
            return Ok(());
        };
        for commit in &*news {
            let Some(meta) = self.state().tables.get(&id).cloned() else {
                return Ok(());
            };
            // Seen before a failure that this is tried again after.
            if meta.cold.floor >= Some(commit.version) {
                continue;
            }
            let outcome = if commit.changes_data() {
                Err(meddled(&meta.name, commit))
            } else if commit.remove.is_empty() && commit.add.is_empty() {
                Ok(())
            } else {
                self.adopt(delta, id, &meta, commit).await
            };
            match outcome {
                // Whatever the others did, this store's rows are safe in its own files.
                Err(error) if is_theirs(error.kind()) => {
                    self.note_failure("foreign_commit", "another engine's commit", &error);
                }
                other => other?,
            }
        }
        self.commit(
            move |state| {
                let there = state.tables.contains_key(&id);
                let floor = Edit::ColdFloor { id, floor: newest };
                Ok(if there { vec![floor] } else { Vec::new() })
            },
            |_, _| (),
        )
        .await?;
        news.clear();
        Ok(())
    }

    /// Takes rewritten files for the segments that they were made of.
    async fn adopt(
        self: &Arc<Self>,
        delta: &DeltaTable,
        id: TableId,
        meta: &TableMeta,
        commit: &Commit,
    ) -> Result<()> {
        let mut by_path = BTreeMap::new();
        for (segment, known) in &meta.segments {
            if let Home::Cold(file) = &known.home {
                by_path.insert(super::cold::delta_path(file)?, (*segment, known));
            }
        }
        let mut groups: BTreeMap<PartitionKey, Rewritten<'_>> = BTreeMap::new();
        for remove in &commit.remove {
            // What is not ours any more was adopted, or removed by us, before.
            if let Some((segment, known)) = by_path.get(&remove.path) {
                let group = groups.entry(known.partition.clone()).or_default();
                group.old.push((*segment, *known));
            }
        }
        let reading = delta.clone();
        let head = self.env.blocking(move || reading.head()).await?;
        let columns = &head.metadata.partition_columns;
        for add in &commit.add {
            let key = delta::partition_key(columns, &meta.partition_by, &add.partition_values)?;
            groups.entry(key).or_default().new.push(add);
        }
        let mut put = Vec::new();
        let mut remove = Vec::new();
        for (key, group) in groups {
            let rows: u64 = group.old.iter().map(|(_, old)| old.rows).sum();
            let mut found = 0;
            for add in &group.new {
                let new = self.look_into(id, meta, commit, &key, add, &group).await?;
                found += new.rows;
                put.push((self.env.ids.segment(self.env.clock.now()), Arc::new(new)));
            }
            if rows != found {
                return Err(lost_rows(&meta.name, commit, rows, found));
            }
            remove.extend(group.old.iter().map(|(segment, _)| *segment));
        }
        self.show_adopted(id, put, remove, commit.version).await
    }

    async fn show_adopted(
        self: &Arc<Self>,
        id: TableId,
        put: Vec<(SegmentId, Arc<SegmentMeta>)>,
        remove: Vec<SegmentId>,
        floor: u64,
    ) -> Result<()> {
        let shown = crate::manifest::Intent {
            sequence: 0,
            uuid: SegmentId(0),
            rewrites: true,
            put: put.clone(),
            remove: remove.clone(),
            drop_table: false,
        };
        let core = Arc::clone(self);
        self.commit(
            move |state| {
                let Some(table) = state.tables.get(&id) else {
                    return Ok(Vec::new());
                };
                let marks = inherited(table, &put, &remove);
                let mut edits: Vec<Edit> = remove
                    .into_iter()
                    .map(|segment| Edit::RemoveSegment { id, segment })
                    .collect();
                edits.extend(put.into_iter().map(|(segment, meta)| Edit::PutSegment {
                    id,
                    segment,
                    meta,
                    covers: false,
                }));
                edits.push(Edit::SetMarks { id, marks });
                edits.push(Edit::ColdFloor { id, floor });
                Ok(edits)
            },
            move |view, _| core.show_cold(view, id, &shown),
        )
        .await
    }

    /// Reads a file of another program, whole, and says what a segment of it would be.
    async fn look_into(
        &self,
        id: TableId,
        meta: &TableMeta,
        commit: &Commit,
        key: &PartitionKey,
        add: &Add,
        group: &Rewritten<'_>,
    ) -> Result<SegmentMeta> {
        let path = delta::decoded_path(&add.path);
        if delta::encoded_path(&path) != add.path || add.deletion_vector.is_some() {
            return Err(unknown_form(&meta.name, commit, &add.path));
        }
        let path = format!("{}/{path}", Layout::cold_dir(&meta.name, id));
        let bytes = self.cold.get(&path).await?;
        let mut file = FileMeta {
            bytes: bytes.len() as u64,
            crc: crc32c::crc32c(&bytes),
            parts: 0,
            seal: Seal { len: 0, crc: 0 },
            path,
        };
        let footer = self.cold.footer(&file).await?;
        file.parts = u32::try_from(footer.row_groups()).map_err(Error::bug)?;
        let (schema, schema_version) = meta.schema()?;
        let cold = ColdFile::new(&self.cold, None, file.clone());
        let (mut stats, mut hot_bytes) = (SegmentStats::default(), 0);
        for group in 0..footer.row_groups() {
            let batches: Vec<RecordBatch> = cold.read_once(group).await?.try_collect().await?;
            for batch in &batches {
                let batch = conform(batch, &schema)?;
                stats.merge(&SegmentStats::of(&batch));
                hot_bytes += batch_bytes(&batch);
            }
        }
        let old = || group.old.iter().map(|(_, old)| *old);
        let lsns = LsnRange {
            first: old().map(|old| old.lsns.first).min().unwrap_or_default(),
            last: old().map(|old| old.lsns.last).max().unwrap_or_default(),
        };
        let now = self.env.clock.now();
        Ok(SegmentMeta {
            partition: key.clone(),
            rows: stats.rows,
            lsns,
            schema_version,
            hot_bytes,
            sealed_at: old().map(|old| old.sealed_at).min().unwrap_or(now),
            home_since: now,
            event_time: event_range(&schema, &stats, meta.event_time.as_deref()),
            stats,
            home: Home::Cold(file),
            warm_copy: None,
        })
    }
}

/// The marks of a table whose segments became others: what was asked for one counts for all that may
/// have its rows.
fn inherited(
    table: &TableMeta,
    put: &[(SegmentId, Arc<SegmentMeta>)],
    remove: &[SegmentId],
) -> Marks {
    let mut marks = table.marks.clone();
    for old in remove {
        let partition = table.segments.get(old).map(|old| &old.partition);
        let heirs = put
            .iter()
            .filter(|(_, new)| Some(&new.partition) == partition);
        heirs.for_each(|(new, _)| marks.inherit(*new, *old));
        marks.forget(*old);
    }
    marks
}

/// The files of one partition that became others.
#[derive(Debug, Default)]
struct Rewritten<'a> {
    old: Vec<(SegmentId, &'a Arc<SegmentMeta>)>,
    new: Vec<&'a Add>,
}

/// Whether an error is about what others wrote, so that trying again finds the same.
fn is_theirs(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Unsupported
            | ErrorKind::NotFound
            | ErrorKind::Corrupt
            | ErrorKind::SchemaMismatch
    )
}

fn who(commit: &Commit) -> String {
    let what = commit.operation.as_deref().unwrap_or("a commit");
    format!("{what}, version {} of its Delta table,", commit.version)
}

fn meddled(table: &str, commit: &Commit) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!(
            "table `{table}`: {} by another program, changes rows of a table that belongs to this \
             store; here they stay as they were. Undo it there, and change rows through the store",
            who(commit)
        ),
    )
}

fn lost_rows(table: &str, commit: &Commit, before: u64, after: u64) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!(
            "table `{table}`: {} by another program, says that it keeps all rows and makes \
             {after} of {before}; this store keeps its own files",
            who(commit)
        ),
    )
}

fn unknown_form(table: &str, commit: &Commit, path: &str) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!(
            "table `{table}`: {} by another program, has the file `{path}` in a form that this \
             store does not read; it keeps its own files",
            who(commit)
        ),
    )
}
