//! The cold move: a change of a table's Delta table, exactly once.
//!
//! 1. The new files are written and read back. Until step 2 nothing knows of them,
//!    and collection finds them.
//! 2. *Intent*: the manifest says what is to be true, and under which number.
//! 3. *Delta commit*: the one moment at which it becomes true for every reader of the
//!    Delta table. It carries the number, and a mark by which it is known again.
//! 4. *Finish*: the manifest says that it is true, and readers of the store see it.
//!
//! A crash before 3 leaves the intent to be carried out at the next open; a crash
//! behind 3 leaves it to be finished. No answer is needed to tell the two apart: the
//! Delta table's own log has the number or has not. One change of a table is under way
//! at a time, and one that is under way is carried out before the next.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;
use thermocline_policy::{SegmentId, Timestamp};
use tokio::sync::OwnedMutexGuard;

use crate::cold::ColdFile;
use crate::cold::delta::{
    self, Add, Change, Committed, DeltaTable, FileTag, Head, Operation, Remove,
};
use crate::error::{Error, ErrorKind, Result};
use crate::layout::{Layout, TableId};
use crate::manifest::{Edit, FileMeta, Home, Intent, SegmentMeta, State, TableMeta};
use crate::mover::forget::Because;
use crate::segment::Segment;
use crate::snapshot::View;
use crate::store::Core;

/// A Delta table as the writing process holds it.
#[derive(Debug)]
pub(crate) struct ColdTable {
    pub(super) delta: DeltaTable,
    /// Where it is, and the epoch of this process; from its first cold write on.
    open: Option<(Head, u64)>,
    /// What others committed before `open`, as far as the manifest does not know of it yet.
    news: Vec<delta::Commit>,
}

/// The Delta tables of a store; each changed by one task at a time.
pub(crate) type ColdTables = Mutex<HashMap<TableId, Arc<tokio::sync::Mutex<ColdTable>>>>;

/// What is to become of a table's cold segments.
#[derive(Debug, Clone, Default)]
pub(super) struct ColdChange {
    /// Segments that get a cold home, or are new.
    pub(super) put: Vec<(SegmentId, Arc<SegmentMeta>)>,
    /// Cold segments that go.
    pub(super) remove: Vec<SegmentId>,
    /// Whether the rows stay the same, and only their files change.
    pub(super) rewrites: bool,
    /// Whether the table goes too.
    pub(super) drop_table: bool,
    /// Why its segments go, if they go for good.
    pub(super) because: Option<Because>,
}

impl ColdChange {
    /// Whether it can still be made: what it is about is there, in its home.
    fn fits(&self, state: &State, table: &TableMeta) -> bool {
        let is_cold = |id: &SegmentId| {
            let meta = table.segments.get(id);
            meta.is_some_and(|meta| matches!(meta.home, Home::Cold(_)))
        };
        let may_be_put = |id: &SegmentId| match table.segments.get(id) {
            Some(meta) if !self.rewrites => matches!(meta.home, Home::Warm(_)),
            Some(_) => self.remove.contains(id),
            None => self.rewrites,
        };
        self.remove.iter().all(is_cold)
            && self.put.iter().all(|(id, _)| may_be_put(id))
            && self.respects(state, table)
    }

    /// Whether it leaves in place what people have asked for by name.
    fn respects(&self, state: &State, table: &TableMeta) -> bool {
        let is_spared = |id: &SegmentId| {
            let (because, meta) = (self.because.as_ref(), table.segments.get(id));
            because.zip(meta).is_some_and(|(because, meta)| {
                because.is_over(state, &table.marks, *id, &meta.partition.to_string())
            })
        };
        let stays = |id: &SegmentId| self.put.iter().any(|(put, _)| put == id);
        self.remove.iter().all(|id| {
            let loses_name = self.rewrites && !stays(id) && table.marks.name(*id);
            !loses_name && !is_spared(id)
        })
    }
}

impl Core {
    /// Makes a change, or finds that it makes no sense any more, which is `false`.
    pub(super) async fn change_cold(
        self: &Arc<Self>,
        id: TableId,
        change: ColdChange,
    ) -> Result<bool> {
        let Some(mut table) = self.cold_table(id).await? else {
            return Ok(false);
        };
        let uuid = self.env.ids.segment(self.env.clock.now());
        let intended = self
            .commit(
                move |state| {
                    let Some(meta) = state
                        .tables
                        .get(&id)
                        .filter(|meta| change.fits(state, meta))
                    else {
                        return Ok(Vec::new());
                    };
                    let intent = Arc::new(Intent {
                        sequence: meta.cold.sequence + 1,
                        uuid,
                        rewrites: change.rewrites,
                        put: change.put,
                        remove: change.remove,
                        drop_table: change.drop_table,
                    });
                    Ok(vec![Edit::ColdIntent { id, intent }])
                },
                move |view, state| {
                    let Some(cold) = state.tables.get(&id).map(|table| &table.cold) else {
                        return false;
                    };
                    view.show_dropping(id, cold.drops_table());
                    let intent = cold.intent.as_ref();
                    intent.is_some_and(|intent| intent.uuid == uuid)
                },
            )
            .await?;
        Ok(intended && self.carry(&mut table, id).await?)
    }

    /// Makes a change that puts `file`, which is given up when nothing came of it.
    pub(super) async fn change_cold_by(
        self: &Arc<Self>,
        id: TableId,
        change: ColdChange,
        file: &ColdFile,
    ) -> Result<bool> {
        let outcome = self.change_cold(id, change).await;
        if !matches!(outcome, Ok(true)) && !self.is_needed(id, &file.meta) {
            file.retire();
        }
        outcome
    }

    /// A table's Delta table, for this task alone, with nothing under way; made if there
    /// is none. `None` when the table is gone.
    pub(crate) async fn cold_table(
        self: &Arc<Self>,
        id: TableId,
    ) -> Result<Option<OwnedMutexGuard<ColdTable>>> {
        let Some(meta) = self.state().tables.get(&id).cloned() else {
            return Ok(None);
        };
        let mut table = self.held(id, &meta)?.lock_owned().await;
        // Who had it before may have given up, and its commit may still be under way.
        self.commits_ended().await;
        if table.open.is_none() {
            let head = self.open_delta(&table.delta, &meta).await?;
            table.news = self.unknown_to(&meta, id, &table.delta, &head).await?;
            let epoch = head.epoch + 1;
            table.open = Some((head, epoch));
        }
        // What an earlier task or process began is carried out first.
        self.carry(&mut table, id).await?;
        Ok(self.state().tables.contains_key(&id).then_some(table))
    }

    /// Carries out a change of the cold table that is about this segment, if one is under way: its
    /// caller gave up.
    pub(crate) async fn settle_cold(
        self: &Arc<Self>,
        id: TableId,
        segment: SegmentId,
    ) -> Result<()> {
        let state = self.state();
        let table = state.tables.get(&id);
        if table.is_some_and(|table| table.cold.puts(segment)) {
            self.cold_table(id).await?;
        }
        Ok(())
    }

    fn held(&self, id: TableId, meta: &TableMeta) -> Result<Arc<tokio::sync::Mutex<ColdTable>>> {
        let mut tables = self.cold_tables.lock();
        if let Some(table) = tables.get(&id) {
            return Ok(Arc::clone(table));
        }
        let delta = self.cold.delta(self.state().store, id, &meta.name)?;
        let table = Arc::new(tokio::sync::Mutex::new(ColdTable {
            delta,
            open: None,
            news: Vec::new(),
        }));
        tables.insert(id, Arc::clone(&table));
        Ok(table)
    }

    /// Looks where the Delta table is, or makes it.
    async fn open_delta(&self, delta: &DeltaTable, meta: &TableMeta) -> Result<Head> {
        let state = self.state();
        let (schema, _) = meta.schema()?;
        let now = self.env.clock.now();
        if meta.cold.floor.is_none() {
            let id = self.env.ids.segment(now).to_string();
            let properties = meta.delta_properties(state.store);
            let described = delta::metadata(id, delta::millis(now), &schema, &properties)?;
            let protocol = delta::protocol(&schema);
            if delta.create(&described, &protocol, now).await? {
                return Ok(Head::new(described));
            }
        }
        let reading = delta.clone();
        let head = self.env.blocking(move || reading.head()).await?;
        delta::refuse_foreign(&head.metadata, state.store, &meta.name)?;
        Ok(head)
    }

    /// What others committed up to `head` since the manifest was last told.
    async fn unknown_to(
        &self,
        meta: &TableMeta,
        id: TableId,
        delta: &DeltaTable,
        head: &Head,
    ) -> Result<Vec<delta::Commit>> {
        let floor = meta.cold.floor.unwrap_or(0);
        if head.version <= floor {
            return Ok(Vec::new());
        }
        let app = Layout::delta_app(self.state().store, id);
        let mut commits = delta.since(floor).await?;
        commits.retain(|c| c.version <= head.version && !c.txns.contains_key(&app));
        Ok(commits)
    }

    /// After opening: takes note of what others did, and carries out what was under way.
    pub(crate) async fn catch_up(
        self: &Arc<Self>,
        news: Vec<(TableId, Vec<delta::Commit>)>,
    ) -> Result<()> {
        for (id, mut commits) in news {
            if let Some(meta) = self.state().tables.get(&id).cloned() {
                let delta = self.cold.delta(self.state().store, id, &meta.name)?;
                self.take_note(&delta, id, &mut commits).await?;
            }
        }
        let state = self.state();
        let pending = state
            .tables
            .iter()
            .filter(|(_, table)| table.cold.intent.is_some());
        for id in pending.map(|(id, _)| *id) {
            self.cold_table(id).await?;
        }
        Ok(())
    }

    /// Carries out the change that the manifest says is under way, if there is one.
    /// `false` when others have made it senseless.
    async fn carry(self: &Arc<Self>, table: &mut ColdTable, id: TableId) -> Result<bool> {
        let ColdTable { delta, open, news } = table;
        let Some((head, epoch)) = open else {
            return Ok(false);
        };
        self.take_note(delta, id, news).await?;
        let Some(meta) = self.state().tables.get(&id).cloned() else {
            return Ok(false);
        };
        let last = meta.cold.sequence;
        let Some(intent) = meta.cold.intent.clone() else {
            if head.sequence > last {
                return Err(outdated(&meta.name, head.sequence, last));
            }
            return Ok(false);
        };
        let committed = if head.sequence >= intent.sequence {
            Committed::At(find(delta, head, &meta, &intent).await?)
        } else if intent.is_overtaken(&meta) {
            // Found out now, or by an earlier task that got no further.
            Committed::Overtaken
        } else {
            let now = self.env.clock.now();
            let change = delta_change(&meta, self.state().store, head, &intent, now)?;
            let outcome = delta.commit(head, *epoch, &change, now, news).await;
            // Before the end of the change, which says that everything up to it is known.
            let noted = self.take_note(delta, id, news).await;
            let committed = outcome?;
            noted?;
            committed
        };
        let done = match committed {
            Committed::At(version) => {
                self.finish(id, &intent, version).await?;
                true
            }
            Committed::Overtaken => {
                self.give_up_change(id, &intent).await?;
                false
            }
        };
        self.checkpoint_if_due(delta, head).await;
        Ok(done)
    }

    /// Makes it true in the manifest and for readers of the store.
    async fn finish(self: &Arc<Self>, id: TableId, intent: &Arc<Intent>, floor: u64) -> Result<()> {
        let sequence = intent.sequence;
        let (intent, core) = (Arc::clone(intent), Arc::clone(self));
        self.commit(
            move |state| {
                let table = state.tables.get(&id);
                let pending = table.and_then(|table| table.cold.intent.as_ref());
                Ok(match pending {
                    Some(pending) if pending.sequence == sequence => vec![Edit::ColdDone {
                        id,
                        sequence,
                        floor,
                    }],
                    // A task that was given up half-way got as far as this.
                    _ => Vec::new(),
                })
            },
            move |view, _| core.show_cold(view, id, &intent),
        )
        .await
    }

    pub(super) fn show_cold(&self, view: &mut View, id: TableId, intent: &Intent) {
        if intent.drop_table {
            let name = view.table_by_id(id).map(|table| table.name.clone());
            if let Some(table) = name.and_then(|name| view.tables.remove(&name)) {
                table.segments.iter().for_each(|s| s.retire_files());
            }
            return;
        }
        let Some(table) = view.table_mut(id) else {
            return;
        };
        let mut removed = Vec::new();
        for gone in intent.remove.iter().filter(|id| intent.takes_away(**id)) {
            if let Some(at) = table.segments.iter().position(|s| s.id == *gone) {
                let segment = table.segments.remove(at);
                segment.retire_files();
                removed.push(segment);
            }
        }
        for (segment, meta) in &intent.put {
            let Home::Cold(file) = &meta.home else {
                continue;
            };
            let at = table.segments.iter().position(|s| s.id == *segment);
            let old = at.and_then(|at| table.segments.get(at)).cloned();
            let same = |old: &Arc<Segment>| old.cold.as_ref().is_some_and(|c| c.meta == *file);
            if old.as_ref().is_some_and(same) {
                continue;
            }
            let garbage = Some(Arc::clone(&self.garbage));
            let cold = Arc::new(ColdFile::new(&self.cold, garbage, file.clone()));
            let new = Arc::new(Segment::with_cold(
                *segment,
                meta,
                cold,
                old.as_deref(),
                &self.recorder,
            ));
            if old.is_none() {
                self.inherit_heat(&new, &removed, intent);
            }
            if let Some(old) = old {
                old.retire_files_not_in(&new);
            }
            match at.and_then(|at| table.segments.get_mut(at)) {
                Some(slot) => *slot = new,
                None => table.segments.push(new),
            }
        }
    }

    /// A file that others were put together in is as warm as all of them were. When a
    /// partition got several new files, nobody knows which rows of theirs were read.
    fn inherit_heat(&self, new: &Segment, removed: &[Arc<Segment>], intent: &Intent) {
        let partition = &new.facts.partition;
        let put = intent.put.iter();
        if put.filter(|(_, meta)| meta.partition == *partition).count() != 1 {
            return;
        }
        let (now, half_life) = (self.env.clock.now(), self.recorder.half_life());
        for old in removed
            .iter()
            .filter(|old| old.facts.partition == *partition)
        {
            new.access.add(&old.access.get(), now, half_life);
        }
    }

    /// The change is not in the Delta table and cannot get there any more.
    async fn give_up_change(self: &Arc<Self>, id: TableId, intent: &Arc<Intent>) -> Result<()> {
        let sequence = intent.sequence;
        let (intent, core) = (Arc::clone(intent), Arc::clone(self));
        self.commit(
            move |_| Ok(vec![Edit::ColdGivenUp { id, sequence }]),
            move |view, _| {
                view.show_dropping(id, false);
                for (_, meta) in &intent.put {
                    let Home::Cold(file) = &meta.home else {
                        continue;
                    };
                    let garbage = Some(Arc::clone(&core.garbage));
                    ColdFile::new(&core.cold, garbage, file.clone()).retire();
                }
            },
        )
        .await
    }

    /// A failure is no failure of the commit: the next one tries again.
    async fn checkpoint_if_due(&self, delta: &DeltaTable, head: &mut Head) {
        let every = self.settings.cold_checkpoint_commits.max(1);
        if head.version.saturating_sub(head.checkpoint) < every {
            return;
        }
        let writing = delta.clone();
        let keep = i64::try_from(self.settings.cold_log_keep.as_millis()).unwrap_or(i64::MAX);
        let before = delta::millis(self.env.clock.now()).saturating_sub(keep);
        let written = match self.env.blocking(move || writing.checkpoint()).await {
            Ok(version) => {
                head.checkpoint = version;
                delta.clean_log(version, before).await.map(|_| ())
            }
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            let what = "could not write a checkpoint of a cold table, or clean its log";
            self.note_failure("cold_log", what, &error);
        }
    }

    /// Whether a cold file is a segment's, or is to become one by a change that is under way:
    /// a change that was made may yet end in an error.
    fn is_needed(&self, id: TableId, file: &FileMeta) -> bool {
        let state = self.state();
        let Some(table) = state.tables.get(&id) else {
            return false;
        };
        let intended = table.cold.intent.iter().flat_map(|intent| &intent.put);
        let intended = intended.map(|(_, meta)| meta);
        let mut homes = table.segments.values().chain(intended);
        homes.any(|meta| meta.home.file() == file)
    }
}

/// Where a change is that the Delta table has already.
async fn find(delta: &DeltaTable, head: &Head, meta: &TableMeta, intent: &Intent) -> Result<u64> {
    let mark = intent.uuid.to_string();
    let commits = match delta.since(meta.cold.floor.unwrap_or(0)).await {
        // The log was cleaned behind a checkpoint; the number alone has to do.
        Err(error) if error.kind() == ErrorKind::Expired => {
            return match head.sequence == intent.sequence {
                true => Ok(head.version),
                false => Err(outdated(&meta.name, head.sequence, intent.sequence)),
            };
        }
        other => other?,
    };
    let ours = commits.iter().find(|c| c.uuid.as_deref() == Some(&mark));
    match ours {
        Some(ours) if head.sequence == intent.sequence => Ok(ours.version),
        _ => Err(outdated(&meta.name, head.sequence, intent.sequence)),
    }
}

/// The store is older than its cold table.
pub(crate) fn outdated(table: &str, there: u64, here: u64) -> Error {
    Error::new(
        ErrorKind::Outdated,
        format!(
            "table `{table}`: its cold Delta table has change {there}, and this store knows \
             changes up to {here}, so the store is an older copy of another, as a restored backup \
             is; open the newer one, or give this one a cold place of its own by `backup` and \
             `restore` from the newer"
        ),
    )
}

/// What an intent means in Delta's terms.
pub(crate) fn delta_change(
    meta: &TableMeta,
    store: SegmentId,
    head: &Head,
    intent: &Intent,
    now: Timestamp,
) -> Result<Change> {
    let (schema, _) = meta.schema()?;
    let now = delta::millis(now);
    let columns = &head.metadata.partition_columns;
    let data_change = !intent.rewrites;
    let described = meta.described(store, head)?;
    let change_of_table =
        (described != head.metadata).then(|| (delta::protocol(&schema), described));
    let mut change = Change {
        operation: match (intent.rewrites, intent.put.is_empty()) {
            (true, _) => Operation::Optimize,
            (false, true) => Operation::Delete,
            (false, false) => Operation::Write,
        },
        uuid: intent.uuid,
        sequence: intent.sequence,
        follows: None,
        also: Vec::new(),
        metadata: change_of_table,
        add: Vec::new(),
        remove: Vec::new(),
    };
    for (segment, new) in &intent.put {
        let Home::Cold(file) = &new.home else {
            continue;
        };
        change.add.push(Add {
            path: delta_path(file)?,
            partition_values: delta::partition_values(columns, &new.partition),
            size: file.bytes,
            modification_time: now,
            data_change,
            stats: Some(delta::stats(&schema, &new.stats)),
            tags: FileTag::new(*segment, file, new.schema_version).into_tags(),
            deletion_vector: None,
        });
    }
    // A segment may have got a cold home after the drop was asked for.
    let all = meta.segments.keys().filter(|_| intent.drop_table);
    let removed: BTreeSet<&SegmentId> = intent.remove.iter().chain(all).collect();
    for segment in removed {
        let Some(old) = meta.segments.get(segment) else {
            continue;
        };
        let Home::Cold(file) = &old.home else {
            continue;
        };
        change.remove.push(Remove {
            path: delta_path(file)?,
            deletion_timestamp: Some(now),
            data_change,
            extended_file_metadata: Some(true),
            partition_values: Some(delta::partition_values(columns, &old.partition)),
            size: Some(file.bytes),
        });
    }
    Ok(change)
}

/// A cold file's path as the Delta table writes it: below the table, and encoded.
pub(super) fn delta_path(file: &FileMeta) -> Result<String> {
    let (_, below) = file
        .path
        .split_once('/')
        .ok_or_else(|| Error::bug(format!("the cold file `{}` is in no table", file.path)))?;
    Ok(delta::encoded_path(below))
}

impl TableMeta {
    /// What the Delta table is told of this table.
    pub(crate) fn delta_properties(&self, store: SegmentId) -> delta::TableProperties {
        delta::TableProperties {
            store: Some(store.to_string()),
            name: self.name.clone(),
            partition_by: self.partition_by.clone(),
        }
    }

    /// The Delta table's description as it should be, with what others have set.
    fn described(&self, store: SegmentId, head: &Head) -> Result<delta::Metadata> {
        let (schema, _) = self.schema()?;
        let now = &head.metadata;
        let created = now.created_time.unwrap_or_default();
        let properties = self.delta_properties(store);
        let wanted = delta::metadata(now.id.clone(), created, &schema, &properties)?;
        let mut described = now.clone();
        described.configuration.extend(wanted.configuration);
        // The partition columns stay what they were when a new column takes their name.
        if wanted.partition_columns == now.partition_columns {
            described.schema_string = wanted.schema_string;
        }
        Ok(described)
    }
}

impl Layout {
    /// Under which a store counts its changes of a table.
    pub(crate) fn delta_app(store: SegmentId, id: TableId) -> String {
        format!("{store}/{}/mover", id.0)
    }
}
