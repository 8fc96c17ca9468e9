//! Types of rows that are their columns and nothing else.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use thermocline_olap::persistence::DuckDBPersistence;
use thermocline_tiers::soa::{self, ArrowSchemaGen, ToArrow};

macro_rules! columns {
    ($name:ident, $($column:literal: $data_type:expr, $nullable:literal);* $(;)?) => {
        #[derive(Debug, Clone, PartialEq)]
        pub(crate) struct $name(pub(crate) RecordBatch);

        impl ArrowSchemaGen for $name {
            fn arrow_schema() -> SchemaRef {
                Arc::new(Schema::new(vec![$(Field::new($column, $data_type, $nullable)),*]))
            }

            fn arrow_field_names() -> Vec<&'static str> {
                vec![$($column),*]
            }

            fn arrow_field_types() -> Vec<DataType> {
                vec![$($data_type),*]
            }
        }

        impl ToArrow for $name {
            fn to_record_batch(&self) -> soa::Result<RecordBatch> {
                Ok(self.0.clone())
            }

            fn from_record_batch(batch: &RecordBatch) -> soa::Result<Self> {
                // What is handed over has exactly the type's columns.
                assert_eq!(batch.schema(), Self::arrow_schema());
                Ok(Self(batch.clone()))
            }
        }
    };
}
pub(crate) use columns;

columns!(Sales, "id": DataType::Int64, false; "shop": DataType::Utf8, false;
    "amount": DataType::Float64, true);

/// Sales `ids` in three shops; every fifth has no amount.
pub(crate) fn sales(ids: std::ops::Range<i64>) -> Sales {
    let shops = ["Ulm", "Gera", "it's \"ü\""];
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values(ids.clone())),
        Arc::new(StringArray::from_iter_values(
            ids.clone()
                .map(|id| shops[usize::try_from(id.rem_euclid(3)).unwrap()]),
        )),
        Arc::new(
            ids.map(|id| (id % 5 != 0).then_some(id as f64 / 4.0))
                .collect::<Float64Array>(),
        ),
    ];
    Sales(RecordBatch::try_new(Sales::arrow_schema(), columns).unwrap())
}

pub(crate) fn in_memory() -> DuckDBPersistence<Sales> {
    DuckDBPersistence::new(None, "sales").unwrap()
}

/// The numbers of a column.
pub(crate) fn numbers(batch: &RecordBatch, column: &str) -> Vec<i64> {
    let column = batch.column_by_name(column).unwrap();
    column.as_primitive::<Int64Type>().values().to_vec()
}
