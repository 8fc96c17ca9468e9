//! The files of a version as segments, which the scan reads.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use futures::future::BoxFuture;
use futures::{StreamExt, TryStreamExt, stream};
use thermocline_formats::{ColumnStats, SegmentStats};

use super::ArchivedTable;
use crate::cold::delta::{self, Add, FileTag};
use crate::cold::{ColdFile, Listed};
use crate::error::{Error, ErrorKind, Result};
use crate::layout::TableId;
use crate::lsn::{Lsn, LsnRange};
use crate::manifest::{FileMeta, Home, Seal, SegmentMeta};
use crate::segment::Segment;
use crate::snapshot::{TableLayout, TableSnapshot, TableView};

/// Footers that are read together.
const AT_ONCE: usize = 16;

impl ArchivedTable {
    /// The version, to be scanned. Reads the footers of files that other programs wrote;
    /// of our own the log says enough.
    ///
    /// # Errors
    /// [`Expired`](ErrorKind::Expired) when a file was removed since.
    pub async fn snapshot(&self) -> Result<TableSnapshot> {
        self.pin().await
    }

    fn pin(&self) -> BoxFuture<'_, Result<TableSnapshot>> {
        Box::pin(async move {
            let recorder = Arc::default();
            let files = self.version.files.iter();
            let read: Vec<_> = files
                .map(|(path, add)| self.segment(path, add, &recorder))
                .collect();
            let segments = stream::iter(read).buffered(AT_ONCE).try_collect().await?;
            let layout = TableLayout {
                partition_by: self.partition_by().cloned().unwrap_or_default(),
                sort_by: Vec::new(),
                event_time: None,
            };
            let view = TableView {
                id: TableId(0),
                name: self.name().to_owned(),
                schema: Arc::clone(self.schema()),
                schema_version: 0,
                layout: Arc::new(layout),
                segments,
                open: Vec::new(),
                dropping: false,
            };
            let env = &self.archive.env;
            Ok(TableSnapshot::new(env, Arc::new(view), Lsn::ZERO))
        })
    }

    async fn segment(
        &self,
        path: &str,
        add: &Add,
        recorder: &Arc<crate::heat::Recorder>,
    ) -> Result<Arc<Segment>> {
        let (env, cold) = (&self.archive.env, &self.archive.cold);
        let slash = if self.dir.is_empty() { "" } else { "/" };
        let tag = FileTag::of(add.tags.as_ref());
        let mut file = FileMeta {
            path: format!("{}{slash}{path}", self.dir),
            bytes: add.size,
            crc: tag.as_ref().map_or(0, |tag| tag.crc),
            parts: tag.as_ref().map_or(0, |tag| tag.parts),
            seal: tag.as_ref().map_or(Seal { len: 0, crc: 0 }, |tag| tag.seal),
        };
        let mut rows = delta::stated_rows(add.stats.as_deref());
        if tag.is_none() || rows.is_none() {
            let footer = cold.footer(&file).await.map_err(removed)?;
            file.parts = u32::try_from(footer.row_groups()).map_err(Error::bug)?;
            rows = Some(footer.rows());
        }
        let rows = rows.unwrap_or_default();
        let constants = self.constants(add)?;
        let (columns, stats) = self.known(add, tag.is_some(), rows, &constants);
        let now = env.clock.now();
        let facts = SegmentMeta {
            partition: self.partition(add)?,
            rows,
            lsns: LsnRange {
                first: Lsn::ZERO,
                last: Lsn::ZERO,
            },
            schema_version: 0,
            stats: of_all(self.schema(), &columns, &stats),
            hot_bytes: 0,
            sealed_at: now,
            home_since: now,
            event_time: None,
            home: Home::Cold(file.clone()),
            warm_copy: None,
        };
        let listed = Listed {
            constants,
            known: Some((Arc::new(columns), stats)),
        };
        let file = Arc::new(ColdFile::new(cold, None, file).listed_as(listed));
        let id = tag.map_or_else(|| env.ids.segment(now), |tag| tag.segment);
        Ok(Arc::new(Segment::with_cold(
            id, &facts, file, None, recorder,
        )))
    }

    /// The columns of which the log tells something, and what.
    fn known(
        &self,
        add: &Add,
        ours: bool,
        rows: u64,
        constants: &[(String, arrow::array::ArrayRef)],
    ) -> (Schema, SegmentStats) {
        let told = delta::known(self.schema(), add.stats.as_deref(), ours);
        let (mut fields, mut columns) = match told {
            Some((schema, stats)) => (schema.fields().to_vec(), stats.columns),
            None => (Vec::new(), Vec::new()),
        };
        for (name, value) in constants {
            let Ok(field) = self.schema().field_with_name(name) else {
                continue;
            };
            let Ok(one) = RecordBatch::try_from_iter([(name, Arc::clone(value))]) else {
                continue;
            };
            if fields.iter().any(|known| known.name() == name) {
                continue;
            }
            let Some(column) = SegmentStats::of(&one).columns.pop() else {
                continue;
            };
            fields.push(Arc::new(field.clone()));
            columns.push(match column.nulls {
                0 => column,
                _ => ColumnStats::all_null(rows),
            });
        }
        (Schema::new(fields), SegmentStats { rows, columns })
    }
}

/// The same for all columns; of those that nothing is known of, without limits.
fn of_all(schema: &Schema, told: &Schema, stats: &SegmentStats) -> SegmentStats {
    let columns = schema.fields().iter().map(|field| {
        let known = told.index_of(field.name()).ok();
        known.and_then(|at| stats.columns.get(at)).map_or_else(
            || {
                let mut unknown = ColumnStats::all_null(stats.rows);
                unknown.nulls = 0;
                (unknown.min_exact, unknown.max_exact) = (false, false);
                unknown
            },
            ColumnStats::clone,
        )
    });
    SegmentStats {
        rows: stats.rows,
        columns: columns.collect(),
    }
}

fn removed(error: Error) -> Error {
    if error.kind() != ErrorKind::NotFound {
        return error;
    }
    Error::new(
        ErrorKind::Expired,
        format!("{error}; files of that version were removed since: ask for a newer one"),
    )
}
