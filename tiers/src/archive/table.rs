//! One version of one table.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{Schema, SchemaRef};
use thermocline_formats::{PartitionBy, PartitionKey};

use super::Archive;
use crate::cold::delta::{self, Add, DeltaSnapshot, PARTITION_BY, STORE};
use crate::error::{Error, ErrorKind, Result};

/// One version of an archived table: which files it has, as the Delta log says.
#[derive(Clone)]
pub struct ArchivedTable {
    pub(super) archive: Archive,
    name: String,
    /// Below the place; empty when the place is the table.
    pub(super) dir: String,
    pub(super) version: DeltaSnapshot,
    schema: SchemaRef,
    /// Of a table of our own.
    partition_by: Option<PartitionBy>,
    partition_columns: Vec<String>,
    owner: Option<String>,
}

/// The files of one partition.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct ArchivedPartition {
    /// Its name as a path, such as `carrier=UA/time_hour_month=2013-01`; empty without
    /// partitioning.
    pub partition: String,
    /// Files.
    pub files: usize,
    /// Rows; `None` when a file's writer did not say how many it has.
    pub rows: Option<u64>,
    /// Bytes of the files.
    pub bytes: u64,
}

impl fmt::Debug for ArchivedTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArchivedTable")
            .field("name", &self.name)
            .field("version", &self.version())
            .finish_non_exhaustive()
    }
}

impl ArchivedTable {
    pub(super) fn new(
        archive: &Archive,
        name: String,
        dir: String,
        version: DeltaSnapshot,
    ) -> Result<Self> {
        version.check_readable(&name)?;
        let described = version.metadata();
        let ours = delta::arrow_schema(&described.configuration)?;
        let (schema, partition_by) = match ours {
            Some(schema) => {
                let by = described.configuration.get(PARTITION_BY);
                let by = by.map(|by| by.parse()).transpose()?;
                (schema, Some(by.unwrap_or_default()))
            }
            None => (version.arrow_schema(&name)?, None),
        };
        if let Some(away) = version.files.keys().find(|path| is_elsewhere(path)) {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "the Delta table `{name}` has files outside of its folder, such as `{away}`, \
                     which is not supported here; copy the table, or use another engine"
                ),
            ));
        }
        Ok(Self {
            archive: archive.clone(),
            name,
            dir,
            version,
            schema: Arc::new(schema),
            partition_by,
            partition_columns: described.partition_columns,
            owner: described.configuration.get(STORE).cloned(),
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version, from 0.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version.version
    }

    /// Its columns.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// How its rows are grouped; `None` when another program made the table.
    #[must_use]
    pub fn partition_by(&self) -> Option<&PartitionBy> {
        self.partition_by.as_ref()
    }

    /// The identifier of the store that owns it, if one does.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        self.owner.as_deref()
    }

    /// Number of files.
    #[must_use]
    pub fn files(&self) -> usize {
        self.version.files.len()
    }

    /// Bytes of its files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.version.files.values().map(|file| file.size).sum()
    }

    /// Number of rows; `None` when a file's writer did not say how many it has.
    #[must_use]
    pub fn rows(&self) -> Option<u64> {
        let files = self.version.files.values();
        files
            .map(|file| delta::stated_rows(file.stats.as_deref()))
            .sum()
    }

    /// Its partitions, by name.
    ///
    /// # Errors
    /// When a partition value cannot be read.
    pub fn partitions(&self) -> Result<Vec<ArchivedPartition>> {
        let mut partitions: BTreeMap<String, ArchivedPartition> = BTreeMap::new();
        for file in self.version.files.values() {
            let name = self.partition(file)?.to_string();
            let rows = delta::stated_rows(file.stats.as_deref());
            let known = partitions
                .entry(name.clone())
                .or_insert_with(|| ArchivedPartition {
                    partition: name,
                    files: 0,
                    rows: Some(0),
                    bytes: 0,
                });
            known.files += 1;
            known.bytes += file.size;
            known.rows = known.rows.zip(rows).map(|(a, b)| a + b);
        }
        Ok(partitions.into_values().collect())
    }

    pub(super) fn partition(&self, file: &Add) -> Result<PartitionKey> {
        let (columns, values) = (&self.partition_columns, &file.partition_values);
        match &self.partition_by {
            Some(by) => delta::partition_key(columns, by, values),
            None => Ok(delta::foreign_partition(columns, values)),
        }
    }

    /// The columns whose values stand in the log instead of in this file.
    pub(super) fn constants(&self, file: &Add) -> Result<Vec<(String, ArrayRef)>> {
        if self.partition_by.is_some() {
            return Ok(Vec::new());
        }
        let schema: &Schema = &self.schema;
        let columns = self.partition_columns.iter();
        columns
            .map(|column| {
                let field = schema.field_with_name(column).map_err(|_| {
                    Error::corrupt(
                        format_args!("{}/_delta_log", self.name),
                        format!("the table is partitioned by `{column}`, which it does not have"),
                    )
                })?;
                let text = file.partition_values.get(column).and_then(Option::as_deref);
                Ok((column.clone(), delta::partition_constant(field, text)?))
            })
            .collect()
    }
}

/// Whether a file of a table is not below it.
fn is_elsewhere(path: &str) -> bool {
    path.starts_with('/') || path.contains("://") || path.starts_with("file:")
}
