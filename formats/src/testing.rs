//! The generated schemas and batches as a table has them: with field ids.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
pub(crate) use thermocline_testing::Random;
use thermocline_testing::arbitrary_batch_of;

pub(crate) fn arbitrary_schema() -> SchemaRef {
    Arc::new(crate::with_field_ids(
        &thermocline_testing::arbitrary_schema(),
    ))
}

pub(crate) fn arbitrary_batch(seed: u64, rows: usize) -> RecordBatch {
    arbitrary_batch_of(&arbitrary_schema(), seed, rows)
}
