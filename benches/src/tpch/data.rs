//! Rows of the TPC-H tables.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatchReader;
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator,
    PartSuppGenerator, RegionGenerator, SupplierGenerator,
};
use tpchgen_arrow::{
    CustomerArrow, LineItemArrow, NationArrow, OrderArrow, PartArrow, PartSuppArrow, RegionArrow,
    SupplierArrow,
};

use crate::harness::Outcome;

/// Rows of a generated batch.
const BATCH_ROWS: usize = 65_536;

/// The generators of the eight tables.
pub(super) fn tables(scale: f64) -> Vec<(&'static str, Box<dyn RecordBatchReader>)> {
    macro_rules! rows {
        ($rows:ident($generator:ident)) => {
            Box::new($rows::new($generator::new(scale, 1, 1)).with_batch_size(BATCH_ROWS))
        };
    }
    vec![
        ("region", rows!(RegionArrow(RegionGenerator))),
        ("nation", rows!(NationArrow(NationGenerator))),
        ("supplier", rows!(SupplierArrow(SupplierGenerator))),
        ("customer", rows!(CustomerArrow(CustomerGenerator))),
        ("part", rows!(PartArrow(PartGenerator))),
        ("partsupp", rows!(PartSuppArrow(PartSuppGenerator))),
        ("orders", rows!(OrderArrow(OrderGenerator))),
        ("lineitem", rows!(LineItemArrow(LineItemGenerator))),
    ]
}

/// The schema with strings as a store keeps them.
pub(super) fn plain_schema(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Utf8View => Arc::new(Field::new(
            field.name(),
            DataType::Utf8,
            field.is_nullable(),
        )),
        _ => Arc::clone(field),
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// A generated batch in that schema.
pub(super) fn plain(batch: &RecordBatch, schema: &SchemaRef) -> Outcome<RecordBatch> {
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| cast(column, field.data_type()));
    Ok(RecordBatch::try_new(
        Arc::clone(schema),
        columns.collect::<Result<_, _>>()?,
    )?)
}
