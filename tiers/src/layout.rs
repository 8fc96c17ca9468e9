//! Where things lie in a store's directory.

use std::fmt;
use std::path::{Path, PathBuf};

use thermocline_formats::PartitionKey;
use thermocline_policy::SegmentId;

use crate::cold::delta::{partition_columns, partition_dir};
use crate::env::Env;
use crate::snapshot::TableView;

/// The folders and files of one store.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(crate) fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Held by the one writing process.
    pub(crate) fn lock(&self) -> PathBuf {
        self.root.join("LOCK")
    }

    /// How far manifest and log reached at the last close.
    pub(crate) fn ends(&self) -> PathBuf {
        self.root.join("ENDS")
    }

    pub(crate) fn manifest(&self) -> PathBuf {
        self.root.join("manifest")
    }

    /// How much segments are read; a hint.
    pub(crate) fn heat(&self) -> PathBuf {
        self.root.join("heat")
    }

    /// What readers have read, until the writer takes it up.
    pub(crate) fn notes(&self) -> PathBuf {
        self.root.join("accesses")
    }

    /// The accesses that are being recorded, or were last.
    pub(crate) fn traces(&self) -> PathBuf {
        self.root.join("traces")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.root.join("log")
    }

    pub(crate) fn warm(&self) -> PathBuf {
        self.root.join("warm")
    }

    pub(crate) fn cold(&self) -> PathBuf {
        self.root.join("cold")
    }

    /// Says where the cold tier is, if it is elsewhere.
    pub(crate) fn cold_place(&self) -> PathBuf {
        self.root.join("cold.place")
    }

    /// Ranges of remote cold objects; a hint.
    pub(crate) fn cache(&self) -> PathBuf {
        self.root.join("cache")
    }

    /// A path inside the store, as the manifest writes it.
    pub(crate) fn at(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The manifest's name for a new warm file: `warm/<table>/<file>.arrow`.
    pub(crate) fn warm_name(table: TableId, file: &FileName) -> String {
        format!("warm/{}/{file}.arrow", table.0)
    }

    /// The cold store's name for a new object: `<table>-<id>/<partition>/<file>.parquet`. The
    /// number keeps a dropped table's files apart from those of a new one with its name.
    pub(crate) fn cold_name(
        table: &TableView,
        partition: &PartitionKey,
        file: &FileName,
    ) -> String {
        let columns = partition_columns(&table.schema, &table.layout.partition_by);
        let partition = partition_dir(&columns, partition);
        let slash = if partition.is_empty() { "" } else { "/" };
        let dir = Self::cold_dir(&table.name, table.id);
        format!("{dir}/{partition}{slash}{file}.parquet")
    }

    /// Where a table's Delta table is, below the cold store's root: `<table>-<id>`.
    pub(crate) fn cold_dir(table: &str, id: TableId) -> String {
        format!("{table}-{}", id.0)
    }
}

/// Name of a file: the segment, and a number of the file's own. No name is used
/// twice, or collecting an old file could remove the new one of its name.
#[derive(Debug)]
pub(crate) struct FileName {
    segment: SegmentId,
    own: u64,
}

impl FileName {
    pub(crate) fn new(segment: SegmentId, env: &Env) -> Self {
        // The lower half of an identifier is its random part.
        let [_, _, _, _, _, _, _, _, own @ ..] = env.ids.segment(env.clock.now()).0.to_be_bytes();
        Self {
            segment,
            own: u64::from_be_bytes(own),
        }
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:016x}", self.segment, self.own)
    }
}

/// The number of a table; never used again after the table is dropped.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub(crate) struct TableId(pub(crate) u64);
