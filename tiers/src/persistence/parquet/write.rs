//! Changing a set: new files, then the list, then the old files' end.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use thermocline_formats::{
    ParquetSegmentWriter, PartitionBy, PartitionKey, SegmentStats, decode_schema, encode_batch,
    encode_schema,
};

use super::directory::{Directory, in_file, in_path, project, project_batch};
use super::listing::{Listed, Listing};
use crate::error::{Error, ErrorKind, Result};
use crate::persistence::arrow_conversion::conform_batch;

/// What becomes of the rows that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Append,
    Replace,
}

/// A file to be.
struct Planned {
    path: String,
    batches: Vec<RecordBatch>,
}

impl Directory {
    /// Writes rows, alone.
    pub(super) fn write(&self, batches: &[RecordBatch], mode: Mode) -> Result<()> {
        // What does not fit leaves no trace, not even the directory.
        self.check()?;
        let batches = batches
            .iter()
            .map(|batch| conform_batch(batch, &self.schema))
            .collect::<Result<Vec<_>>>()?;
        let planned = self.plan(&batches)?;
        let _lock = self.lock()?;
        self.carry_out(planned, mode)
    }

    /// The same for a caller that has the lock.
    pub(super) fn write_locked(&self, batches: &[RecordBatch], mode: Mode) -> Result<()> {
        self.check()?;
        let planned = self.plan(batches)?;
        self.carry_out(planned, mode)
    }

    fn check(&self) -> Result<()> {
        thermocline_formats::check_schema(&self.schema)?;
        self.partition_by.check(&self.schema)?;
        let paths = in_path(&self.partition_by, &self.schema);
        if paths.len() == self.schema.fields().len() {
            return Err(Error::invalid(format!(
                "every column of the set in `{}` would stand in the path and none in the files; \
                 leave one out of the partitioning, or partition by `bucket` or `truncate` of it",
                self.path.display()
            )));
        }
        Ok(())
    }

    /// Divides the rows into files.
    fn plan(&self, batches: &[RecordBatch]) -> Result<Vec<Planned>> {
        let mut parts: BTreeMap<PartitionKey, Vec<RecordBatch>> = BTreeMap::new();
        for batch in batches {
            for (key, rows) in self.partition_by.split(batch)? {
                parts.entry(key).or_default().push(rows);
            }
        }
        let now = self.env.clock.now();
        let files = parts.into_iter().map(|(key, batches)| {
            let folder = match key.to_string() {
                key if key.is_empty() => key,
                key => format!("{key}/"),
            };
            let id = self.env.ids.segment(now);
            Planned {
                path: format!("{folder}part-{id}.parquet"),
                batches,
            }
        });
        Ok(files.collect())
    }

    /// A failure at any point leaves the set as it was, or, once the list is
    /// replaced, as it should be. Whatever is in the way then is named in the
    /// list, and the next change removes it.
    fn carry_out(&self, planned: Vec<Planned>, mode: Mode) -> Result<()> {
        let mut listing = self.listing()?.unwrap_or_default();
        let append = mode == Mode::Append && listing.saved;
        self.check_columns(&listing)?;
        if append {
            self.check_partitioning(&listing)?;
        }
        self.remove_doomed(&mut listing);
        if !planned.is_empty() {
            let names = planned.iter().map(|file| file.path.clone());
            listing.doomed.extend(names);
            listing.store(&self.env, &self.path)?;
        }
        let encoded = encode_schema(&self.schema)?;
        let mut next = listing.clone();
        next.saved = true;
        next.partition_by = self.partition_by.clone();
        if !append {
            next.schemas.clear();
            next.files.clear();
        }
        if next.schemas.last() != Some(&encoded) {
            next.schemas.push(encoded);
        }
        let schema = next.schemas.len() - 1;
        let new: Vec<String> = planned.iter().map(|file| file.path.clone()).collect();
        for file in planned {
            match self.write_file(file, schema) {
                Ok(written) => next.files.push(written),
                Err(error) => {
                    // The space is given back at once.
                    self.remove_doomed(&mut listing);
                    return Err(error);
                }
            }
        }
        next.doomed.retain(|name| !new.contains(name));
        if !append {
            let old = listing.files.iter().map(|file| file.path.clone());
            next.doomed.extend(old);
        }
        next.store(&self.env, &self.path)?;
        self.remove_doomed(&mut next);
        Ok(())
    }

    fn write_file(&self, file: Planned, schema: usize) -> Result<Listed> {
        let paths = in_path(&self.partition_by, &self.schema);
        let files = in_file(&paths, &self.schema);
        let file_schema = project(&self.schema, &files)?;
        let mut stats = SegmentStats::default();
        for batch in &file.batches {
            stats.merge(&SegmentStats::of(batch));
        }
        let in_path = match file.batches.first() {
            Some(first) if !paths.is_empty() => {
                encode_batch(&project_batch(&first.slice(0, 1), &paths)?)?
            }
            _ => Vec::new(),
        };
        let path = self.path.join(&file.path);
        let mut sealed = None;
        self.env.write_atomically(&path, |out| {
            let named = |e| Error::format(path.display(), e);
            let mut writer = ParquetSegmentWriter::try_new(out, &file_schema, &self.options, &[])
                .map_err(named)?;
            for batch in &file.batches {
                writer
                    .write(&project_batch(batch, &files)?)
                    .map_err(named)?;
            }
            let (_, summary) = writer.finish().map_err(named)?;
            sealed = Some(summary.seal());
            Ok(())
        })?;
        let seal = sealed.ok_or_else(|| Error::bug("a file was written without an end"))?;
        Ok(Listed {
            path: file.path,
            seal,
            schema,
            stats,
            in_path,
        })
    }

    /// Rows can be added only to those that are divided the same way.
    fn check_partitioning(&self, listing: &Listing) -> Result<()> {
        if listing.partition_by == self.partition_by || listing.files.is_empty() {
            return Ok(());
        }
        let as_text = |by: &PartitionBy| match by.to_string() {
            none if none.is_empty() => "nothing".to_owned(),
            by => format!("`{by}`"),
        };
        Err(Error::invalid(format!(
            "the set in `{}` is partitioned by {} and cannot take rows partitioned by {}; open it \
             with its own partitioning, or save or compact it with the new one",
            self.path.display(),
            as_text(&listing.partition_by),
            as_text(&self.partition_by),
        )))
    }

    /// A set takes only rows of its type, or of one that has more nullable
    /// columns: what is saved over another type's rows is likely in the wrong
    /// directory.
    fn check_columns(&self, listing: &Listing) -> Result<()> {
        match listing.schemas.last() {
            None => Ok(()),
            Some(bytes) => check_grown(&self.path, &decode_schema(bytes)?, &self.schema),
        }
    }
}

/// Whether rows of an older schema can be read as rows of a newer one, by name:
/// only nullable columns may have been added.
pub(super) fn check_grown(path: &Path, old: &SchemaRef, new: &SchemaRef) -> Result<()> {
    let empty = RecordBatch::new_empty(std::sync::Arc::clone(old));
    conform_batch(&empty, new).map_err(|error| named(path, error))?;
    // A column may become nullable, but not the other way round.
    let stricter = |schema: &Schema, name: &str| {
        schema
            .field_with_name(name)
            .is_ok_and(|field| !field.is_nullable())
    };
    let stricter = old
        .fields()
        .iter()
        .find(|field| field.is_nullable() && stricter(new, field.name()));
    if let Some(field) = stricter {
        let name = field.name();
        let error = Error::new(
            ErrorKind::SchemaMismatch,
            format!("column `{name}` may be null there; make it an `Option`"),
        );
        return Err(named(path, error.on_column(name)));
    }
    Ok(())
}

/// The same error with the directory's name.
fn named(path: &Path, error: Error) -> Error {
    let message = format!(
        "the rows do not fit the set in `{}`, clear it to keep others there: {error}",
        path.display()
    );
    let column = error.column().map(str::to_owned);
    let named = Error::new(error.kind(), message).because(error);
    match column {
        Some(column) => named.on_column(column),
        None => named,
    }
}
