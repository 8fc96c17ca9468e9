//! The cold table alone, as other engines saw it at some version.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::TryStreamExt;
use futures::future::BoxFuture;
use thermocline_formats::SegmentStats;
use thermocline_policy::SegmentId;

use super::Core;
use crate::cold::ColdFile;
use crate::cold::delta::{self, Add, At, FileTag};
use crate::columns::conform;
use crate::error::{Error, ErrorKind, Result};
use crate::layout::{Layout, TableId};
use crate::lsn::{Lsn, LsnRange};
use crate::manifest::{FileMeta, Home, Seal, SegmentMeta, TableMeta};
use crate::segment::Segment;
use crate::snapshot::{TableSnapshot, TableView};

impl Core {
    /// One version of a table's Delta table.
    pub(crate) fn cold_as_of(
        self: &Arc<Self>,
        id: TableId,
        at: At,
    ) -> BoxFuture<'_, Result<TableSnapshot>> {
        Box::pin(async move {
            let state = self.state();
            let gone = || Error::not_found("the table was dropped");
            let meta = state.tables.get(&id).ok_or_else(gone)?;
            let table = self.cold.delta(state.store, id, &meta.name)?;
            let version = self.env.blocking(move || table.snapshot(at)).await;
            let version = version.map_err(|error| {
                // A first move that failed may have left a version without rows.
                let never = meta.cold.floor.is_none() && error.kind() == ErrorKind::NotFound;
                if never { never_cold(&meta.name) } else { error }
            })?;
            let described = version.metadata();
            let (newest, newest_version) = meta.schema()?;
            let (schema, schema_version) = match delta::arrow_schema(&described.configuration)? {
                Some(schema) => {
                    let columns = schema.fields().len();
                    let schemas = meta.decoded_schemas()?;
                    let known = schemas.iter().position(|s| s.fields().len() == columns);
                    let number = known.and_then(|at| u32::try_from(at).ok());
                    (Arc::new(schema), number.unwrap_or(newest_version))
                }
                None => (newest, newest_version),
            };
            let mut now = BTreeMap::new();
            for (segment, known) in &meta.segments {
                if let Home::Cold(file) = &known.home {
                    now.insert(file.path.as_str(), (*segment, known));
                }
            }
            let dir = Layout::cold_dir(&meta.name, id);
            let mut segments = Vec::new();
            // What is read of the past says nothing of the files of today.
            let recorder = Arc::default();
            for (path, add) in &version.files {
                let path = format!("{dir}/{path}");
                let (segment, facts) = match now.get(path.as_str()) {
                    Some((segment, known)) => (*segment, Arc::clone(known)),
                    None => {
                        let columns = &described.partition_columns;
                        let past = self.past(meta, columns, path, add, &schema, schema_version);
                        past.await?
                    }
                };
                let Home::Cold(file) = &facts.home else {
                    continue;
                };
                let file = Arc::new(ColdFile::new(&self.cold, None, file.clone()));
                segments.push(Arc::new(Segment::with_cold(
                    segment, &facts, file, None, &recorder,
                )));
            }
            let view = self.view();
            let current = view.table_by_id(id).ok_or_else(gone)?;
            let view = TableView {
                id,
                name: meta.name.clone(),
                schema,
                schema_version,
                layout: Arc::clone(&current.layout),
                segments,
                open: Vec::new(),
                dropping: false,
            };
            Ok(TableSnapshot::new(&self.env, Arc::new(view), Lsn::ZERO))
        })
    }

    /// What is to be known of a file that is not in the table any more, or that another
    /// program wrote: from its tag and its footer, or else from its rows.
    async fn past(
        &self,
        meta: &TableMeta,
        partition_columns: &[String],
        path: String,
        add: &Add,
        schema: &SchemaRef,
        schema_version: u32,
    ) -> Result<(SegmentId, Arc<SegmentMeta>)> {
        let tag = FileTag::of(add.tags.as_ref());
        let mut file = FileMeta {
            path,
            bytes: add.size,
            crc: tag.as_ref().map_or(0, |tag| tag.crc),
            parts: tag.as_ref().map_or(0, |tag| tag.parts),
            seal: tag.as_ref().map_or(Seal { len: 0, crc: 0 }, |tag| tag.seal),
        };
        let footer = self.cold.footer(&file).await.map_err(vacuumed)?;
        file.parts = u32::try_from(footer.row_groups()).map_err(Error::bug)?;
        let stats = match footer.stats() {
            Some(stats) => stats.clone(),
            None => {
                let cold = ColdFile::new(&self.cold, None, file.clone());
                let mut stats = SegmentStats::default();
                for group in 0..footer.row_groups() {
                    let rows: Vec<RecordBatch> =
                        cold.read(group, None, None).await?.try_collect().await?;
                    for batch in &rows {
                        stats.merge(&SegmentStats::of(&conform(batch, schema)?));
                    }
                }
                stats
            }
        };
        let now = self.env.clock.now();
        let partition =
            delta::partition_key(partition_columns, &meta.partition_by, &add.partition_values)?;
        let meta = SegmentMeta {
            partition,
            rows: stats.rows,
            lsns: LsnRange {
                first: Lsn::ZERO,
                last: Lsn::ZERO,
            },
            schema_version: tag
                .as_ref()
                .map_or(schema_version, |tag| tag.schema_version),
            stats,
            hot_bytes: 0,
            sealed_at: now,
            home_since: now,
            event_time: None,
            home: Home::Cold(file),
            warm_copy: None,
        };
        let segment = tag.map_or_else(|| self.env.ids.segment(now), |tag| tag.segment);
        Ok((segment, Arc::new(meta)))
    }
}

fn vacuumed(error: Error) -> Error {
    if error.kind() != ErrorKind::NotFound {
        return error;
    }
    Error::new(
        ErrorKind::Expired,
        format!("{error}; files of that version were removed since: ask for a newer one"),
    )
}

fn never_cold(table: &str) -> Error {
    Error::not_found(format!(
        "nothing of table `{table}` has ever been cold, so its cold part has no versions; move some of \
         it to cold first"
    ))
}
