//! Reading one morsel.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::StreamExt;
use futures::stream::BoxStream;
use thermocline_formats::{ParquetSegment, Predicate, SegmentStats};

use super::home;
use super::morsel::{Part, Target};
use crate::cold::ColdFile;
use crate::columns::{conform, conform_with};
use crate::error::{Error, Result};
use crate::segment::Segment;
use crate::warm::WarmFile;

/// The batches of one morsel. Blocks while it waits for a file.
pub struct MorselReader {
    schema: SchemaRef,
    rows: Rows,
}

enum Rows {
    Memory(std::vec::IntoIter<RecordBatch>),
    Cold {
        file: Arc<ColdFile>,
        stream: BoxStream<'static, Result<RecordBatch>>,
    },
}

impl MorselReader {
    pub(super) fn open(
        target: &Target,
        part: &Part,
        segment: Option<&Segment>,
        columns: &[usize],
    ) -> Result<Self> {
        let schema: SchemaRef = Arc::new(target.project(columns)?);
        let batches = match part {
            Part::Open(batches) => batches.clone(),
            Part::Hot(rows, index) => vec![rows.morsel(*index)],
            Part::Warm(file, index) => {
                let skip =
                    |stats: &SegmentStats| !target.predicate.may_match(&target.table_schema, stats);
                match segment.and_then(|segment| Some((segment, segment.cold.as_ref()?))) {
                    Some((segment, home)) => {
                        home::block(file, home, segment, *index, &schema, skip)?
                    }
                    None => Self::warm_block(file, *index, skip)?,
                }
            }
            Part::Cold(file, index) => {
                return Self::open_cold(target, file, *index, schema);
            }
        };
        let batches = batches
            .iter()
            .map(|batch| conform(batch, &schema))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            schema,
            rows: Rows::Memory(batches.into_iter()),
        })
    }

    /// One block of a warm file that is the only copy.
    fn warm_block(
        file: &WarmFile,
        index: usize,
        skip: impl FnOnce(&SegmentStats) -> bool,
    ) -> Result<Vec<RecordBatch>> {
        let mapped = file.segment()?;
        if mapped.block_stats(index).is_some_and(skip) {
            metrics::counter!("thermocline_scan_blocks_pruned_total").increment(1);
            return Ok(Vec::new());
        }
        Ok(vec![mapped.read_block(index).map_err(|e| file.error(e))?])
    }

    fn open_cold(
        target: &Target,
        file: &Arc<ColdFile>,
        index: usize,
        schema: SchemaRef,
    ) -> Result<Self> {
        let wanted = Arc::clone(&schema);
        let stream = file.wait(async {
            let footer = file.footer().await?;
            let predicate = understood(target, &footer);
            if predicate.is_some_and(|p| !footer.row_group_may_match(index, p)) {
                metrics::counter!("thermocline_scan_row_groups_pruned_total").increment(1);
                return Ok(None);
            }
            let there = home::in_file(footer.schema(), &wanted);
            file.read(index, Some(&there), predicate).await.map(Some)
        })?;
        let rows = match stream {
            Some(stream) => Rows::Cold {
                file: Arc::clone(file),
                stream,
            },
            None => Rows::Memory(Vec::new().into_iter()),
        };
        Ok(Self { schema, rows })
    }

    /// Whether it is known already that there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        matches!(&self.rows, Rows::Memory(batches) if batches.as_slice().is_empty())
    }

    /// The columns of its batches.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }
}

/// The predicate, if there is one and the file's limits can be compared with it: those of
/// another writer are in the units of its own types.
fn understood<'a>(target: &'a Target, file: &ParquetSegment) -> Option<&'a Predicate> {
    let same = |name: &&str| {
        let there = file.schema().field_with_name(name);
        let wanted = target.table_schema.field_with_name(name);
        match (there, wanted) {
            (Ok(there), Ok(wanted)) => there.data_type() == wanted.data_type(),
            _ => true,
        }
    };
    match &target.predicate {
        Predicate::True => None,
        _ if file.stats().is_none() && !target.predicate.columns().iter().all(same) => None,
        other => Some(other),
    }
}

impl Iterator for MorselReader {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.rows {
            Rows::Memory(batches) => batches.next().map(Ok),
            Rows::Cold { file, stream } => {
                let batch = file.wait(stream.next())?;
                Some(
                    batch.map_err(Error::or_expired).and_then(|batch| {
                        conform_with(&batch, &self.schema, &file.listed().constants)
                    }),
                )
            }
        }
    }
}

impl fmt::Debug for MorselReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MorselReader")
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}
