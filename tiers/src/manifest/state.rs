//! What the manifest says at one version.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use serde::{Deserialize, Serialize};
use thermocline_formats::{PartitionBy, PartitionKey, SegmentStats, decode_schema};
use thermocline_policy::{Policy, SegmentId, Tier, Timestamp};

use super::cold::{ColdMeta, Intent};
use super::{Edit, FORMAT, Marks};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::layout::TableId;
use crate::lsn::{Lsn, LsnRange};

/// The whole manifest at one version.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct State {
    /// On-disk format.
    pub(crate) format: u32,
    /// Names this store for ever, in backups too.
    pub(crate) store: SegmentId,
    /// Counts commits.
    pub(crate) version: u64,
    /// The number that the next table gets.
    pub(crate) next_table: u64,
    /// Every row with an earlier number is in a segment file, or gone for good.
    pub(crate) log_start: Lsn,
    pub(crate) policy: Policy,
    /// Whether a writing process records accesses.
    #[serde(default)]
    pub(crate) record_accesses: bool,
    pub(crate) tables: BTreeMap<TableId, Arc<TableMeta>>,
}

/// One table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TableMeta {
    pub(crate) name: String,
    pub(crate) partition_by: PartitionBy,
    pub(crate) sort_by: Vec<String>,
    pub(crate) event_time: Option<String>,
    /// Every schema the table had, oldest first, as Arrow IPC messages. A
    /// schema's index is its version.
    pub(crate) schemas: Vec<EncodedSchema>,
    /// Segments whose home is warm or cold. A segment whose home is the log is
    /// not here: replay makes it again.
    pub(crate) segments: BTreeMap<SegmentId, Arc<SegmentMeta>>,
    /// Rows that replay must skip, because they are in a segment file or were
    /// dropped. Kept until the log no longer has them.
    pub(crate) covered: Vec<Covered>,
    /// Its Delta table.
    #[serde(default)]
    pub(crate) cold: ColdMeta,
    #[serde(default)]
    pub(crate) marks: Marks,
}

/// An Arrow IPC schema message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EncodedSchema(pub(crate) Vec<u8>);

// As one byte string: a sequence of numbers would cost a byte more for every
// second byte.
impl Serialize for EncodedSchema {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for EncodedSchema {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = EncodedSchema;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an encoded schema")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Ok(EncodedSchema(bytes.to_vec()))
            }
            fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Self::Value, E> {
                Ok(EncodedSchema(bytes))
            }
        }
        deserializer.deserialize_byte_buf(Visitor)
    }
}

/// One segment that has a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SegmentMeta {
    pub(crate) partition: PartitionKey,
    pub(crate) rows: u64,
    /// The writes it may hold rows of.
    pub(crate) lsns: LsnRange,
    pub(crate) schema_version: u32,
    pub(crate) stats: SegmentStats,
    /// Bytes of the rows in memory, measured when the segment was sealed.
    pub(crate) hot_bytes: u64,
    pub(crate) sealed_at: Timestamp,
    /// Since when its home is where it is.
    pub(crate) home_since: Timestamp,
    /// Least and greatest event time.
    pub(crate) event_time: Option<(Timestamp, Timestamp)>,
    /// Where its durable copy is.
    pub(crate) home: Home,
    /// A promoted copy as a warm file; only when the home is cold.
    pub(crate) warm_copy: Option<FileMeta>,
}

/// The durable copy of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Home {
    Warm(FileMeta),
    Cold(FileMeta),
}

impl Home {
    pub(crate) fn tier(&self) -> Tier {
        match self {
            Self::Warm(_) => Tier::Warm,
            Self::Cold(_) => Tier::Cold,
        }
    }

    pub(crate) fn file(&self) -> &FileMeta {
        match self {
            Self::Warm(file) | Self::Cold(file) => file,
        }
    }
}

/// One segment file, and what must be found in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileMeta {
    /// Warm: below the store's directory. Cold: below the cold store's root.
    pub(crate) path: String,
    pub(crate) bytes: u64,
    /// CRC32C of the whole file.
    pub(crate) crc: u32,
    /// Blocks of an IPC file, row groups of a Parquet file.
    pub(crate) parts: u32,
    /// Check of the part that is read at opening.
    pub(crate) seal: Seal,
}

/// Check of a file's footer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seal {
    /// Length of the footer in bytes; 0 where the format finds it by itself.
    pub(crate) len: u32,
    pub(crate) crc: u32,
}

/// Rows of one partition that replay must skip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Covered {
    pub(crate) partition: PartitionKey,
    pub(crate) lsns: LsnRange,
}

/// A name for a new store.
pub(crate) fn fresh_store_id(env: &Env) -> SegmentId {
    env.ids.segment(env.clock.now())
}

impl State {
    /// An empty store.
    pub(crate) fn new(store: SegmentId, policy: Policy) -> Self {
        Self {
            format: FORMAT,
            store,
            version: 0,
            next_table: 1,
            log_start: Lsn(1),
            policy,
            record_accesses: false,
            tables: BTreeMap::new(),
        }
    }

    /// Whether the table and the columns of a write are known here.
    pub(crate) fn knows(&self, record: &crate::log::Record) -> bool {
        let table = self.tables.get(&record.table);
        table.is_some_and(|table| (record.schema_version as usize) < table.schemas.len())
    }

    /// Makes the edits true, all of them or (with an error) an unknown part:
    /// the caller works on a copy.
    pub(crate) fn apply(&mut self, edits: &[Edit]) -> Result<()> {
        for edit in edits {
            self.apply_one(edit)?;
        }
        self.version += 1;
        Ok(())
    }

    fn apply_one(&mut self, edit: &Edit) -> Result<()> {
        match edit {
            Edit::CreateTable { id, table } => {
                self.next_table = self.next_table.max(id.0.saturating_add(1));
                self.tables.insert(*id, Arc::new(table.clone()));
            }
            Edit::DropTable { id } => {
                self.tables.remove(id);
            }
            Edit::AddSchema { id, schema } => self.table_mut(*id)?.schemas.push(schema.clone()),
            Edit::PutSegment {
                id,
                segment,
                meta,
                covers,
            } => {
                let table = self.table_mut(*id)?;
                if *covers {
                    let lsns = meta.lsns;
                    table.covered.push(Covered {
                        partition: meta.partition.clone(),
                        lsns,
                    });
                }
                table.segments.insert(*segment, Arc::clone(meta));
            }
            Edit::RemoveSegment { id, segment } => {
                let table = self.table_mut(*id)?;
                table.segments.remove(segment);
                table.marks.forget(*segment);
            }
            Edit::Cover { id, covered } => self.table_mut(*id)?.covered.push(covered.clone()),
            Edit::TrimLog { start } => {
                self.log_start = self.log_start.max(*start);
                let start = self.log_start;
                for table in self.tables.values_mut().filter(|t| !t.covered.is_empty()) {
                    Arc::make_mut(table)
                        .covered
                        .retain(|covered| covered.lsns.last >= start);
                }
            }
            Edit::ColdIntent { id, intent } => {
                let cold = &mut self.table_mut(*id)?.cold;
                cold.sequence = cold.sequence.max(intent.sequence);
                cold.intent = Some(Arc::clone(intent));
            }
            Edit::ColdDone {
                id,
                sequence,
                floor,
            } => self.finish_cold(*id, *sequence, *floor)?,
            Edit::ColdGivenUp { id, sequence } => {
                self.take_intent(*id, *sequence)?;
            }
            Edit::ColdFloor { id, floor } => {
                let cold = &mut self.table_mut(*id)?.cold;
                cold.floor = cold.floor.max(Some(*floor));
            }
            Edit::SetPolicy { policy } => self.policy = Policy::clone(policy),
            Edit::SetMarks { id, marks } => self.table_mut(*id)?.marks = marks.clone(),
            Edit::RecordAccesses { record } => self.record_accesses = *record,
        }
        Ok(())
    }

    /// Makes true what an intent said.
    fn finish_cold(&mut self, id: TableId, sequence: u64, floor: u64) -> Result<()> {
        let intent = self.take_intent(id, sequence)?;
        if intent.drop_table {
            self.tables.remove(&id);
            return Ok(());
        }
        let table = self.table_mut(id)?;
        table.cold.floor = table.cold.floor.max(Some(floor));
        for segment in &intent.remove {
            table.segments.remove(segment);
            if intent.takes_away(*segment) {
                table.marks.forget(*segment);
            }
        }
        for (segment, meta) in &intent.put {
            table.segments.insert(*segment, Arc::clone(meta));
        }
        Ok(())
    }

    fn take_intent(&mut self, id: TableId, sequence: u64) -> Result<Arc<Intent>> {
        let cold = &mut self.table_mut(id)?.cold;
        match cold.intent.take() {
            Some(intent) if intent.sequence == sequence => Ok(intent),
            _ => Err(Error::bug(format!(
                "the manifest ends change {sequence} of cold table {}, which is not under way",
                id.0
            ))),
        }
    }

    fn table_mut(&mut self, id: TableId) -> Result<&mut TableMeta> {
        self.tables
            .get_mut(&id)
            .map(Arc::make_mut)
            .ok_or_else(|| Error::bug(format!("the manifest edits table {} that it lacks", id.0)))
    }
}

impl TableMeta {
    /// The newest schema and its version.
    pub(crate) fn schema(&self) -> Result<(SchemaRef, u32)> {
        let newest = self.schemas.last().ok_or_else(|| {
            Error::corrupt("manifest", format!("table `{}` has no schema", self.name))
        })?;
        let version = u32::try_from(self.schemas.len() - 1).map_err(Error::bug)?;
        Ok((decode_schema(&newest.0)?, version))
    }

    /// Every schema, by version.
    pub(crate) fn decoded_schemas(&self) -> Result<Vec<SchemaRef>> {
        self.schemas
            .iter()
            .map(|schema| Ok(decode_schema(&schema.0)?))
            .collect()
    }
}
