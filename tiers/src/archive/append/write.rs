//! The rows of a chunk as files.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use futures::{StreamExt, stream};
use thermocline_formats::{PartitionBy, PartitionKey, SegmentStats};
use thermocline_policy::SegmentId;

use super::archiver::Archiver;
use crate::cold;
use crate::cold::delta::{self, Add, FileTag};
use crate::error::{Error, Result};
use crate::hot::sorted;
use crate::manifest::FileMeta;

/// Files that are encoded and sent together. Each needs memory of its own.
const AT_ONCE: usize = 2;

/// The rows of one partition.
type Piece = (PartitionKey, RecordBatch);

impl Archiver {
    /// Writes the rows, and reads the footer of each file back. What was written is noted in
    /// `written` as it begins, also when the answer is an error.
    pub(super) async fn write(
        &self,
        batches: Vec<RecordBatch>,
        written: &mut Vec<String>,
    ) -> Result<Vec<Add>> {
        let (schema, by) = (Arc::clone(&self.schema), self.partition_by.clone());
        let pieces = self
            .env
            .blocking(move || divide(batches, &schema, &by))
            .await?;
        let named: Vec<_> = pieces
            .into_iter()
            .map(|piece| {
                let id = self.env.ids.segment(self.env.clock.now());
                let path = self.path(&piece.0, id);
                written.push(path.clone());
                (id, path, piece)
            })
            .collect();
        let mut files = stream::iter(named)
            .map(|(id, path, piece)| self.file(id, path, piece))
            .buffer_unordered(AT_ONCE);
        let mut adds = Vec::new();
        while let Some(add) = files.next().await {
            adds.push(add?);
        }
        adds.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(adds)
    }

    fn path(&self, partition: &PartitionKey, id: SegmentId) -> String {
        let partition = delta::partition_dir(&self.partition_columns, partition);
        let slash = if partition.is_empty() { "" } else { "/" };
        let own = id.to_string();
        format!("{}/{partition}{slash}{}", self.dir, self.job.file(&own))
    }

    async fn file(&self, id: SegmentId, path: String, piece: Piece) -> Result<Add> {
        let (partition, rows) = piece;
        let (schema, sort_by) = (Arc::clone(&self.schema), self.sort_by.clone());
        let options = self.files.clone();
        let encoded = self.env.blocking(move || {
            let rows = sorted(rows, &sort_by)?;
            let given = rows.num_rows() as u64;
            let (file, bytes, stats) = cold::write(path, id, &schema, [Ok(rows)], &options)?;
            Ok((file, bytes, stats, given))
        });
        let (file, bytes, stats, given) = encoded.await?;
        self.cold.put(&file.path, bytes).await?;
        let found = self.cold.footer(&file).await?.rows();
        self.cold.forget(&file.path);
        if found != given {
            return Err(Error::corrupt(
                &file.path,
                format!("it has {found} rows instead of {given}"),
            ));
        }
        self.add(id, &file, &partition, &stats)
    }

    fn add(
        &self,
        id: SegmentId,
        file: &FileMeta,
        partition: &PartitionKey,
        stats: &SegmentStats,
    ) -> Result<Add> {
        let below = file.path.strip_prefix(&self.dir);
        let below = below
            .ok_or_else(|| Error::bug(format!("the file `{}` is in another table", file.path)))?;
        Ok(Add {
            path: delta::encoded_path(below.trim_start_matches('/')),
            partition_values: delta::partition_values(&self.partition_columns, partition),
            size: file.bytes,
            modification_time: delta::millis(self.env.clock.now()),
            data_change: true,
            stats: Some(delta::stats(&self.schema, stats)),
            tags: FileTag::new(id, file, 0).into_tags(),
            deletion_vector: None,
        })
    }
}

/// The rows of each partition together, in their order. Blocks.
fn divide(batches: Vec<RecordBatch>, schema: &SchemaRef, by: &PartitionBy) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    for whole in joined(batches, schema)? {
        pieces.extend(by.split(&whole)?);
    }
    Ok(pieces)
}

/// The rows as one batch, or as few more if they don't fit into one: the values of
/// dictionaries may be more than the keys can count.
fn joined(mut batches: Vec<RecordBatch>, schema: &SchemaRef) -> Result<Vec<RecordBatch>> {
    if batches.len() < 2 {
        return Ok(batches);
    }
    match concat_batches(schema, &batches) {
        Ok(whole) => Ok(vec![whole]),
        Err(_) => {
            let behind = batches.split_off(batches.len() / 2);
            let mut parts = joined(batches, schema)?;
            parts.extend(joined(behind, schema)?);
            Ok(parts)
        }
    }
}
