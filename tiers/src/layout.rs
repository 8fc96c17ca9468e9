//! Where things lie in a store's directory.

use std::path::{Path, PathBuf};

use thermocline_formats::PartitionKey;
use thermocline_policy::SegmentId;

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

    pub(crate) fn manifest(&self) -> PathBuf {
        self.root.join("manifest")
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

    /// A path inside the store, as the manifest writes it.
    pub(crate) fn at(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The manifest's name for a warm file: `warm/<table>/<segment>.arrow`.
    pub(crate) fn warm_name(table: TableId, segment: SegmentId) -> String {
        format!("warm/{}/{segment}.arrow", table.0)
    }

    /// The cold store's name for an object:
    /// `<table>-<id>/<hive partition>/<segment>.parquet`. The number keeps a
    /// dropped table's files apart from those of a new one with its name.
    pub(crate) fn cold_name(
        table: &str,
        id: TableId,
        partition: &PartitionKey,
        segment: SegmentId,
    ) -> String {
        let hive = partition.to_string();
        let slash = if hive.is_empty() { "" } else { "/" };
        format!("{table}-{}/{hive}{slash}{segment}.parquet", id.0)
    }
}

/// The number of a table; never used again after the table is dropped.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(transparent)]
pub(crate) struct TableId(pub(crate) u64);
