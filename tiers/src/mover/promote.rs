//! A segment gets a faster copy.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use thermocline_policy::Tier;

use super::source;
use crate::error::{Error, Result};
use crate::hot::HotRows;
use crate::segment::Segment;
use crate::snapshot::TableView;
use crate::store::Core;

impl Core {
    /// Gives the segment a copy in `to`, beside its slower home. Returns whether
    /// there was anything to do.
    pub(super) async fn promote(
        self: &Arc<Self>,
        table: &TableView,
        segment: &Arc<Segment>,
        to: Tier,
    ) -> Result<bool> {
        if segment.tier() <= to {
            return Ok(false);
        }
        let mut moved = Segment::clone(segment);
        match to {
            Tier::Hot => {
                let source = Arc::clone(segment);
                let schemas = self.schemas(table.id)?;
                let rows = self
                    .env
                    .blocking(move || in_memory(&source, &schemas))
                    .await?;
                moved.hot = Some(Arc::new(rows));
            }
            Tier::Warm => moved.warm = Some(self.write_warm(table, segment).await?),
            Tier::Cold => return Ok(false),
        }
        self.replace(table.id, segment, moved, false).await
    }
}

/// All rows of a segment, decoded; checked against the number that was sealed.
/// A damaged copy is left out, because there is the home.
fn in_memory(segment: &Segment, schemas: &[SchemaRef]) -> Result<HotRows> {
    let schema = source::schema(segment, schemas)?;
    let batches = match (collect(segment, &schema), &segment.warm) {
        (Err(error), Some(copy)) if segment.home == Tier::Cold => {
            copy.note_damage(&error);
            let mut home = Segment::clone(segment);
            home.warm = None;
            collect(&home, &schema)?
        }
        (batches, _) => batches?,
    };
    let whole = concat_batches(&schema, &batches).map_err(Error::bug)?;
    if whole.num_rows() as u64 != segment.facts.rows {
        return Err(Error::corrupt(
            format_args!("segment {}", segment.id),
            format!(
                "it has {} rows instead of {}",
                whole.num_rows(),
                segment.facts.rows
            ),
        ));
    }
    Ok(HotRows::new(whole))
}

fn collect(segment: &Segment, schema: &SchemaRef) -> Result<Vec<RecordBatch>> {
    source::rows(segment, schema)?.collect()
}
