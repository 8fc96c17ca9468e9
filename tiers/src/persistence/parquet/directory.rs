//! The directory of a set.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use thermocline_formats::{ParquetOptions, PartitionBy, Predicate, Transform};

use super::listing::Listing;
use super::write::Mode;
use crate::env::{Env, FileLock};
use crate::error::{Error, ErrorKind, Result};

/// Name of the file that a writer locks.
const LOCK: &str = "_thermocline.lock";

/// The directory of a set, and how new files of it are to be.
#[derive(Debug, Clone)]
pub(super) struct Directory {
    pub(super) path: PathBuf,
    pub(super) env: Env,
    pub(super) options: ParquetOptions,
    pub(super) partition_by: PartitionBy,
    /// The columns of the type.
    pub(super) schema: SchemaRef,
}

impl Directory {
    /// What belongs to the set; `None` when nothing was ever written here.
    pub(super) fn listing(&self) -> Result<Option<Listing>> {
        Listing::load(&self.env, &self.path)
    }

    /// Makes this handle the only writer, until the lock is dropped.
    pub(super) fn lock(&self) -> Result<Box<dyn FileLock>> {
        let fs = &self.env.fs;
        fs.create_dir_all(&self.path)
            .map_err(|e| Error::io(&self.path, "create", e))?;
        let path = self.path.join(LOCK);
        let note = format!("process {}\n", std::process::id());
        fs.lock(&path, &note).map_err(|e| match e.kind() {
            std::io::ErrorKind::WouldBlock => Error::new(
                ErrorKind::Locked,
                format!(
                    "another writer is changing `{}`; try again when it is done",
                    self.path.display()
                ),
            ),
            _ => Error::io(&path, "lock", e),
        })
    }

    /// Writes all rows anew.
    pub(super) fn compact(&self) -> Result<()> {
        let _lock = self.lock()?;
        match self.read(&Predicate::True)? {
            None => Ok(()),
            Some(batches) => self.write_locked(&batches, Mode::Replace),
        }
    }

    /// Forgets the set.
    pub(super) fn clear(&self) -> Result<()> {
        match self.listing()? {
            None => return Ok(()),
            Some(listing) if !listing.saved && listing.doomed.is_empty() => return Ok(()),
            Some(_) => {}
        }
        let _lock = self.lock()?;
        let mut listing = self.listing()?.unwrap_or_default();
        let files = std::mem::take(&mut listing.files);
        listing
            .doomed
            .extend(files.into_iter().map(|file| file.path));
        listing.saved = false;
        listing.schemas.clear();
        listing.store(&self.env, &self.path)?;
        self.remove_doomed(&mut listing);
        Ok(())
    }

    /// Removes what a listing says is to be removed, and keeps in it what could
    /// not be.
    pub(super) fn remove_doomed(&self, listing: &mut Listing) {
        listing.doomed.retain(|name| {
            let path = self.path.join(name);
            let gone = |path| match self.env.fs.remove(path) {
                Ok(()) => true,
                Err(e) => e.kind() == std::io::ErrorKind::NotFound,
            };
            !(gone(&path) && gone(&path.with_extension("tmp")))
        });
    }
}

/// Indexes of the columns whose values stand in the path.
pub(super) fn in_path(partition_by: &PartitionBy, schema: &Schema) -> Vec<usize> {
    let fields = partition_by.fields().iter();
    let mut columns: Vec<usize> = fields
        .filter(|field| field.transform == Transform::Identity)
        .filter_map(|field| schema.index_of(&field.column).ok())
        .collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}

/// The other columns.
pub(super) fn in_file(in_path: &[usize], schema: &Schema) -> Vec<usize> {
    (0..schema.fields().len())
        .filter(|column| !in_path.contains(column))
        .collect()
}

/// Some columns of a schema.
pub(super) fn project(schema: &Schema, columns: &[usize]) -> Result<SchemaRef> {
    Ok(Arc::new(schema.project(columns)?))
}

/// Some columns of a batch.
pub(super) fn project_batch(batch: &RecordBatch, columns: &[usize]) -> Result<RecordBatch> {
    Ok(batch.project(columns)?)
}
