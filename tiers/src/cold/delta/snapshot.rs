//! A whole version of the table, by the kernel.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{Array, AsArray, MapArray, RecordBatch, StructArray};
use arrow::datatypes::Int64Type;
use delta_kernel::KernelError;
use delta_kernel::engine::arrow_data::ArrowEngineData;
use delta_kernel::history_manager::error::LogHistoryError;
use delta_kernel::history_manager::{HistoryCommitType, latest_version_as_of};
use delta_kernel::snapshot::{Snapshot, SnapshotRef};

use super::action::{Add, Format, Metadata};
use super::engine::{Engine, ROOT};
use crate::error::{Error, ErrorKind, Result, is_full};

/// Which version of a table is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum At {
    /// The newest.
    #[default]
    Newest,
    /// The one with this number, from 0.
    Version(u64),
    /// The newest one that was committed at this time or before.
    Time(thermocline_policy::Timestamp),
}

/// One version of a table: what every reader of it sees.
#[derive(Debug, Clone)]
pub(crate) struct DeltaSnapshot {
    pub(crate) version: u64,
    /// By path relative to the table, not encoded.
    pub(crate) files: BTreeMap<String, Add>,
    pub(super) kernel: SnapshotRef,
}

/// Reads a version, with its files or without. Blocks.
pub(super) fn read(
    engine: &Engine,
    name: &str,
    version: Option<u64>,
    files: bool,
) -> Result<DeltaSnapshot> {
    let failed = |error| explain(name, &error);
    let mut builder = Snapshot::builder_for(ROOT);
    if let Some(version) = version {
        builder = builder.at_version(version);
    }
    let kernel = builder.build(engine).map_err(|error| match error {
        // There is a log, and it is not whole.
        KernelError::MissingVersion(_) | KernelError::FileNotFound(_) if version.is_none() => {
            damaged_log(name, &error)
        }
        // Of a log that is cleaned the oldest files go first.
        KernelError::MissingMetadata
        | KernelError::MissingProtocol
        | KernelError::MissingMetadataAndProtocol => match version {
            Some(version) if Snapshot::builder_for(ROOT).build(engine).is_ok() => {
                cleaned_up(name, version)
            }
            _ => damaged_log(name, &error),
        },
        error => failed(error),
    })?;
    let mut snapshot = DeltaSnapshot {
        version: kernel.version(),
        files: BTreeMap::new(),
        kernel,
    };
    if files {
        snapshot.files = active(engine, name, &snapshot.kernel)?;
    }
    Ok(snapshot)
}

fn active(engine: &Engine, name: &str, kernel: &SnapshotRef) -> Result<BTreeMap<String, Add>> {
    let failed = |error| explain(name, &error);
    let scan = Arc::clone(kernel).scan_builder().build().map_err(failed)?;
    let mut files = BTreeMap::new();
    for part in scan.scan_metadata(engine).map_err(failed)? {
        let (data, selected) = part.map_err(failed)?.scan_files.into_parts();
        let data = ArrowEngineData::try_from_engine_data(data).map_err(failed)?;
        let rows = data.record_batch();
        for row in 0..rows.num_rows() {
            if selected.get(row).copied().unwrap_or(true) {
                let add = add(rows, row)
                    .ok_or_else(|| Error::bug("the kernel lists a file without a path"))?;
                files.insert(super::action::decoded_path(&add.path), add);
            }
        }
    }
    Ok(files)
}

fn add(rows: &RecordBatch, row: usize) -> Option<Add> {
    let text = |name: &str| {
        let column = rows.column_by_name(name)?.as_string_opt::<i32>()?;
        column.is_valid(row).then(|| column.value(row).to_owned())
    };
    let number = |name: &str| {
        let column = rows.column_by_name(name)?.as_primitive_opt::<Int64Type>()?;
        column.is_valid(row).then(|| column.value(row))
    };
    let constants = rows.column_by_name("fileConstantValues")?.as_struct_opt()?;
    let deleted = rows.column_by_name("deletionVector")?.is_valid(row);
    Some(Add {
        path: text("path")?,
        partition_values: map(constants, "partitionValues", row).unwrap_or_default(),
        size: number("size").and_then(|size| u64::try_from(size).ok())?,
        modification_time: number("modificationTime").unwrap_or(0),
        data_change: false,
        stats: text("stats"),
        tags: map(constants, "tags", row),
        deletion_vector: deleted.then_some(serde_json::Value::Bool(true)),
    })
}

fn map(of: &StructArray, name: &str, row: usize) -> Option<BTreeMap<String, Option<String>>> {
    let map: &MapArray = of.column_by_name(name)?.as_map_opt()?;
    if map.is_null(row) {
        return None;
    }
    let entries = map.value(row);
    let keys = entries.column(0).as_string_opt::<i32>()?;
    let values = entries.column(1).as_string_opt::<i32>()?;
    let pairs = (0..entries.len()).map(|at| {
        let value = values.is_valid(at).then(|| values.value(at).to_owned());
        (keys.value(at).to_owned(), value)
    });
    Some(pairs.collect())
}

impl DeltaSnapshot {
    pub(super) fn txn(&self, engine: &Engine, name: &str, app: &str) -> Result<Option<u64>> {
        let found = self.kernel.get_app_id_version(app, engine);
        let found = found.map_err(|error| explain(name, &error))?;
        Ok(found.and_then(|version| u64::try_from(version).ok()))
    }

    /// The newest checkpoint that it is read from, or 0.
    pub(super) fn checkpoint(&self) -> u64 {
        self.kernel.log_segment().checkpoint_version.unwrap_or(0)
    }

    /// What the table is in this version.
    pub(crate) fn metadata(&self) -> Metadata {
        let configuration = self.kernel.table_configuration();
        let metadata = configuration.metadata();
        let sorted = |map: &HashMap<String, String>| {
            map.iter().map(|(k, v)| (k.clone(), v.clone())).collect()
        };
        Metadata {
            id: metadata.id().to_owned(),
            name: metadata.name().map(str::to_owned),
            format: Format {
                provider: metadata.format_provider().to_owned(),
                options: sorted(metadata.format_options()),
            },
            schema_string: metadata.schema_string().clone(),
            partition_columns: configuration.logical_partition_columns().to_vec(),
            configuration: sorted(metadata.configuration()),
            created_time: metadata.created_time(),
        }
    }
}

/// The newest version that was committed at this time, in milliseconds, or before.
pub(super) fn version_at(engine: &Engine, name: &str, millis: i64) -> Result<u64> {
    let failed = |error| explain(name, &error);
    let newest = Snapshot::builder_for(ROOT).build(engine).map_err(failed)?;
    let kind = HistoryCommitType::Recreatable;
    let found = latest_version_as_of(&newest, engine, millis, kind);
    Ok(found.map_err(failed)?.version)
}

/// The kernel's error as ours: which table, and the way out.
pub(super) fn explain(name: &str, error: &KernelError) -> Error {
    use KernelError as E;

    let text = error.to_string();
    let (kind, way_out) = match error {
        E::Unsupported(_) => (
            ErrorKind::Unsupported,
            "; write it anew without that feature, or read it with another engine",
        ),
        E::FileNotFound(_) | E::MissingVersion(_) | E::EmptyLog => (ErrorKind::NotFound, ""),
        E::ObjectStore(object_store::Error::NotFound { .. }) => (ErrorKind::NotFound, ""),
        E::LogHistory(why) if matches!(**why, LogHistoryError::TimestampOutOfRange { .. }) => {
            (ErrorKind::NotFound, "; ask for a later time")
        }
        other if is_full(other) => (
            ErrorKind::Full,
            "; free some space, nothing written before is lost",
        ),
        E::ObjectStore(_) | E::IOError(_) => (ErrorKind::Io, ""),
        other if is_outage(other) => (ErrorKind::Io, ""),
        _ => (
            ErrorKind::Corrupt,
            "; if the log of the table is damaged, restore it from a backup",
        ),
    };
    Error::new(
        kind,
        format!("the Delta table `{name}` cannot be read: {text}{way_out}"),
    )
}

fn cleaned_up(name: &str, version: u64) -> Error {
    Error::new(
        ErrorKind::Expired,
        format!(
            "version {version} of the Delta table `{name}` is too old: its log begins later; ask for a \
             later version"
        ),
    )
}

fn damaged_log(name: &str, error: &KernelError) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!(
            "the Delta table `{name}` cannot be read, because a part of its log is missing: {error}; \
             if nobody is cleaning it up just now, restore it from a backup"
        ),
    )
}

/// The error of a log on which the kernel panics.
pub(super) fn unreadable(name: &str) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!(
            "the log of the Delta table `{name}` is damaged, most likely a checkpoint; restore it from \
             a backup"
        ),
    )
}

/// Whether the object store stands anywhere in the chain of causes.
fn is_outage(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<object_store::Error>() || error.is::<std::io::Error>() {
            return true;
        }
        next = error.source();
    }
    false
}
