//! Reading a set.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::SchemaRef;
use futures::TryStreamExt;
use thermocline_formats::{ParquetSegment, Predicate, decode_batch, decode_schema};

use super::directory::{Directory, in_path, project};
use super::listing::{Listed, Listing};
use super::mapped::MappedFile;
use crate::env::block_on;
use crate::error::{Error, ErrorKind, Result};
use crate::persistence::arrow_conversion::{conform_batch, matching};

/// How often a reader begins again because a writer replaced the files that it
/// was reading.
const ATTEMPTS: usize = 16;

impl Directory {
    /// The rows that match; `None` when the set was never saved.
    pub(super) fn read(&self, predicate: &Predicate) -> Result<Option<Vec<RecordBatch>>> {
        for _ in 0..ATTEMPTS {
            let Some(listing) = self.listing()?.filter(|listing| listing.saved) else {
                return Ok(None);
            };
            match self.read_listed(&listing, predicate) {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    let now = self.listing()?.map(|now| now.generation);
                    if now == Some(listing.generation) {
                        // Nobody replaced it, so it is lost.
                        let why = format!("{error}; restore it from a backup");
                        return Err(Error::new(ErrorKind::Corrupt, why).because(error));
                    }
                }
                read => return read.map(Some),
            }
        }
        Err(Error::new(
            ErrorKind::Expired,
            format!(
                "`{}` changes faster than it can be read; try again",
                self.path.display()
            ),
        ))
    }

    fn read_listed(&self, listing: &Listing, predicate: &Predicate) -> Result<Vec<RecordBatch>> {
        let schemas = listing
            .schemas
            .iter()
            .map(|schema| Ok(decode_schema(schema)?))
            .collect::<Result<Vec<_>>>()?;
        let mut found = Vec::new();
        for file in &listing.files {
            let schema = schemas
                .get(file.schema)
                .ok_or_else(|| Error::corrupt(self.path.display(), "a file has no schema"))?;
            self.read_file(listing, file, schema, predicate, &mut found)?;
        }
        Ok(found)
    }

    fn read_file(
        &self,
        listing: &Listing,
        file: &Listed,
        schema: &SchemaRef,
        predicate: &Predicate,
        found: &mut Vec<RecordBatch>,
    ) -> Result<()> {
        // Even if nothing is read of it: rows that cannot be read are an error,
        // whatever is asked.
        let nothing = RecordBatch::new_empty(Arc::clone(schema));
        conform_batch(&nothing, &self.schema)?;
        if !predicate.may_match(schema, &file.stats) {
            return Ok(());
        }
        let path = self.path.join(&file.path);
        let mut reader = self.open(&path, file)?;
        let named = |e| Error::format(path.display(), e);
        let segment =
            block_on(None, ParquetSegment::load(&mut reader, Some(file.seal))).map_err(named)?;
        let columns = in_path(&listing.partition_by, schema);
        let constants = match columns.as_slice() {
            [] => None,
            columns => {
                let schema = project(schema, columns)?;
                Some(decode_batch(&schema, &file.in_path.clone().into()).map_err(named)?)
            }
        };
        for row_group in 0..segment.row_groups() {
            if !segment.row_group_may_match(row_group, predicate) {
                continue;
            }
            let batches = segment
                .read(reader.clone(), row_group, None, Some(predicate))
                .map_err(named)?;
            let batches: Vec<RecordBatch> = block_on(None, batches.try_collect()).map_err(named)?;
            for batch in batches {
                let whole = with_constants(&batch, constants.as_ref())?;
                let batch = matching(&conform_batch(&whole, &self.schema)?, predicate)?;
                if batch.num_rows() > 0 {
                    found.push(batch);
                }
            }
        }
        Ok(())
    }

    /// Maps a file, if it is as long as it was written.
    fn open(&self, path: &Path, file: &Listed) -> Result<MappedFile> {
        let len = self
            .env
            .fs
            .len(path)
            .map_err(|e| Error::io(path, "read", e))?;
        let map = self
            .env
            .fs
            .map(path)
            .map_err(|e| Error::io(path, "map", e))?;
        let written = file.seal.file_len;
        if len != written || map.len() as u64 != written {
            return Err(Error::corrupt(
                path.display(),
                format!("it has {len} bytes instead of {written}"),
            ));
        }
        Ok(MappedFile::new(map))
    }
}

/// The batch with the columns that stand in the path.
fn with_constants(batch: &RecordBatch, constants: Option<&RecordBatch>) -> Result<RecordBatch> {
    let Some(constants) = constants else {
        return Ok(batch.clone());
    };
    let first = UInt32Array::from(vec![0_u32; batch.num_rows()]);
    let mut fields = batch.schema_ref().fields().to_vec();
    let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
    let schema = constants.schema_ref();
    for (field, constant) in schema.fields().iter().zip(constants.columns()) {
        fields.push(Arc::clone(field));
        columns.push(take(constant, &first, None)?);
    }
    let schema = arrow::datatypes::Schema::new(fields);
    Ok(RecordBatch::try_new(Arc::new(schema), columns)?)
}
