//! A segment gets a slower home.

use std::sync::Arc;

use thermocline_policy::Tier;

use super::cold::ColdChange;
use super::source;
use crate::cold::{self, ColdFile};
use crate::error::{Error, Result};
use crate::layout::{FileName, Layout, TableId};
use crate::manifest::{Edit, FileMeta, State};
use crate::segment::Segment;
use crate::snapshot::TableView;
use crate::store::Core;
use crate::warm::{self, WarmFile};

impl Core {
    /// Gives the segment a home in `to`. A promoted copy in memory stays; rows
    /// whose home was memory stay only with `keep_copy`. Returns whether there
    /// was anything to do.
    pub(super) async fn demote(
        self: &Arc<Self>,
        table: &TableView,
        segment: &Arc<Segment>,
        to: Tier,
        keep_copy: bool,
    ) -> Result<bool> {
        match to {
            _ if segment.home >= to => Ok(false),
            Tier::Hot => Ok(false),
            Tier::Warm => self.demote_to_warm(table, segment, keep_copy).await,
            Tier::Cold => {
                // What only the log has gets a warm home first: a cold move that a crash
                // cuts in two must find its segment again.
                if segment.home == Tier::Hot
                    && !self.demote_to_warm(table, segment, keep_copy).await?
                {
                    return Ok(false);
                }
                let view = self.view();
                let now = view
                    .table_by_id(table.id)
                    .and_then(|t| t.segment(segment.id));
                match now {
                    Some(segment) => self.demote_to_cold(table, segment).await,
                    None => Ok(false),
                }
            }
        }
    }

    async fn demote_to_warm(
        self: &Arc<Self>,
        table: &TableView,
        segment: &Arc<Segment>,
        keep_copy: bool,
    ) -> Result<bool> {
        let mut moved = Segment::clone(segment);
        moved.warm = Some(self.write_warm(table, segment).await?);
        self.log_has(segment).await?;
        if !keep_copy {
            moved.hot = None;
        }
        moved.home = Tier::Warm;
        moved.home_since = self.env.clock.now();
        self.replace(table.id, segment, moved, true).await
    }

    async fn demote_to_cold(
        self: &Arc<Self>,
        table: &TableView,
        segment: &Arc<Segment>,
    ) -> Result<bool> {
        let file = self.write_cold(table, segment).await?;
        let mut moved = Segment::clone(segment);
        moved.cold = Some(Arc::clone(&file));
        moved.warm = None;
        moved.home = Tier::Cold;
        moved.home_since = self.env.clock.now();
        let meta = moved
            .meta()?
            .ok_or_else(|| Error::bug("a cold segment that the manifest does not keep"))?;
        let change = ColdChange {
            put: vec![(segment.id, Arc::new(meta))],
            ..ColdChange::default()
        };
        self.change_cold_by(table.id, change, &file).await
    }

    /// Waits until the log has all writes of a segment. Numbers that a crash takes
    /// back are given out again, and replay must not take new rows for covered ones.
    pub(super) async fn log_has(&self, segment: &Segment) -> Result<()> {
        self.log.wait(segment.facts.lsns.last).await
    }

    /// Commits what `source` has become, and shows it. If that is gone, or was changed meanwhile (a
    /// cold move whose caller gave up is carried out by whoever comes next), the new files are given
    /// up and the answer is false.
    pub(super) async fn replace(
        self: &Arc<Self>,
        table: TableId,
        source: &Arc<Segment>,
        moved: Segment,
        covers: bool,
    ) -> Result<bool> {
        let id = moved.id;
        let moved = Arc::new(moved);
        let for_edit = Arc::clone(&moved);
        let core = Arc::clone(self);
        let (source, before) = (Arc::clone(source), Arc::clone(source));
        let is_settled = move |state: &State| {
            let table = state.tables.get(&table);
            table.is_some_and(|table| !table.cold.puts(id))
        };
        self.commit(
            move |state| {
                // Structural changes are one at a time, so what the view has now
                // it has until this commit is shown.
                if !is_settled(state) || !core.shows(table, &before) {
                    return Ok(Vec::new());
                }
                let Some(meta) = for_edit.meta()? else {
                    return Ok(Vec::new());
                };
                // A copy in memory is not in the manifest.
                let known = state
                    .tables
                    .get(&table)
                    .and_then(|table| table.segments.get(&id));
                if known.is_some_and(|known| **known == meta) {
                    return Ok(Vec::new());
                }
                Ok(vec![Edit::PutSegment {
                    id: table,
                    segment: id,
                    meta: Arc::new(meta),
                    covers,
                }])
            },
            move |view, state| {
                let slot = view
                    .table_mut(table)
                    .and_then(|table| table.segments.iter_mut().find(|s| Arc::ptr_eq(s, &source)));
                match slot.filter(|_| is_settled(state)) {
                    Some(slot) => {
                        source.retire_files_not_in(&moved);
                        *slot = moved;
                        true
                    }
                    None => {
                        moved.retire_files_not_in(&source);
                        false
                    }
                }
            },
        )
        .await
    }

    /// Whether the segment is in its table as it is here.
    pub(super) fn shows(&self, table: TableId, segment: &Arc<Segment>) -> bool {
        let view = self.view();
        let table = view.table_by_id(table);
        let there = table.and_then(|table| table.segment(segment.id));
        there.is_some_and(|there| Arc::ptr_eq(there, segment))
    }

    /// Writes the segment as a warm file, and reads it back.
    pub(super) async fn write_warm(
        self: &Arc<Self>,
        table: &TableView,
        segment: &Arc<Segment>,
    ) -> Result<Arc<WarmFile>> {
        let core = Arc::clone(self);
        let segment = Arc::clone(segment);
        let id = table.id;
        let schemas = self.schemas(id)?;
        self.env
            .blocking(move || {
                let schema = source::schema(&segment, &schemas)?;
                let name = Layout::warm_name(id, &FileName::new(segment.id, &core.env));
                let rows = source::rows(&segment, &schema)?;
                let options = &core.settings.warm;
                let meta = warm::write(
                    &core.env,
                    &core.layout,
                    name,
                    segment.id,
                    &schema,
                    rows,
                    options,
                )?;
                let file = WarmFile::new(
                    &core.env,
                    &core.layout,
                    &core.maps,
                    Some(Arc::clone(&core.garbage)),
                    meta,
                );
                if let Err(error) = file.verify(segment.facts.rows) {
                    file.retire();
                    return Err(error);
                }
                Ok(Arc::new(file))
            })
            .await
    }

    /// Writes the segment as a cold object, and reads it back.
    pub(super) async fn write_cold(
        self: &Arc<Self>,
        table: &TableView,
        segment: &Arc<Segment>,
    ) -> Result<Arc<ColdFile>> {
        let core = Arc::clone(self);
        let source = Arc::clone(segment);
        let schemas = self.schemas(table.id)?;
        let file = FileName::new(segment.id, &self.env);
        let name = Layout::cold_name(table, &segment.facts.partition, &file);
        let sort_by = table.layout.sort_by.clone();
        let (meta, bytes): (FileMeta, bytes::Bytes) = self
            .env
            .blocking(move || {
                let schema = source::schema(&source, &schemas)?;
                let options = core
                    .settings
                    .cold
                    .clone()
                    .with_sort_by(sort_by)
                    .with_open_types(true);
                let rows = source::rows(&source, &schema)?;
                let (meta, bytes, _) = cold::write(name, source.id, &schema, rows, &options)?;
                Ok((meta, bytes))
            })
            .await?;
        // Who has it keeps a vacuum from it, from before it is there.
        let file = ColdFile::new(&self.cold, Some(Arc::clone(&self.garbage)), meta);
        self.cold.put(&file.meta.path, bytes).await?;
        if let Err(error) = file.verify(segment.facts.rows).await {
            file.retire();
            return Err(error);
        }
        Ok(Arc::new(file))
    }

    pub(super) fn schemas(&self, table: TableId) -> Result<Vec<arrow::datatypes::SchemaRef>> {
        let state = self.state();
        let meta = state
            .tables
            .get(&table)
            .ok_or_else(|| Error::not_found("the table was dropped meanwhile"))?;
        meta.decoded_schemas()
    }
}

impl Segment {
    /// This segment became `new`.
    pub(super) fn retire_files_not_in(&self, new: &Self) {
        let same = |a: &Option<Arc<WarmFile>>, b: &Option<Arc<WarmFile>>| match (a, b) {
            (Some(a), Some(b)) => a.meta == b.meta,
            _ => false,
        };
        if let Some(warm) = self.warm.as_ref().filter(|_| !same(&self.warm, &new.warm)) {
            warm.retire();
        }
        let kept = new.cold.as_ref().map(|cold| &cold.meta);
        if let Some(cold) = self.cold.as_ref().filter(|cold| Some(&cold.meta) != kept) {
            cold.retire();
        }
    }

    /// The manifest lists none of its files any more.
    pub(crate) fn retire_files(&self) {
        if let Some(warm) = &self.warm {
            warm.retire();
        }
        if let Some(cold) = &self.cold {
            cold.retire();
        }
    }
}
