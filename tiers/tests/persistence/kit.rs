//! What the tests share: a type of rows, versions of it, and backends.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, Schema, SchemaRef};
use tempfile::TempDir;
use thermocline_tiers::persistence::{ArrowPersistence, DynPersistence, ParquetPersistence};
use thermocline_tiers::soa::{self, ArrowSchemaGen, ToArrow};

/// Sales, as columns.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sales {
    pub(crate) id: Vec<i64>,
    pub(crate) shop: Vec<String>,
    pub(crate) amount: Vec<Option<f64>>,
}

impl Sales {
    /// Sales `ids` in three shops; every fifth has no amount.
    pub(crate) fn of(ids: std::ops::Range<i64>) -> Self {
        Self {
            id: ids.clone().collect(),
            shop: ids
                .clone()
                .map(|id| ["Ulm", "Gera", "a/b=c %ü"][usize::try_from(id % 3).unwrap()].to_owned())
                .collect(),
            amount: ids
                .map(|id| (id % 5 != 0).then_some(id as f64 / 4.0))
                .collect(),
        }
    }

    /// The same rows in the order of their ids.
    pub(crate) fn sorted(&self) -> Self {
        let mut order: Vec<usize> = (0..self.id.len()).collect();
        order.sort_by_key(|row| self.id[*row]);
        Self {
            id: order.iter().map(|row| self.id[*row]).collect(),
            shop: order.iter().map(|row| self.shop[*row].clone()).collect(),
            amount: order.iter().map(|row| self.amount[*row]).collect(),
        }
    }
}

pub(crate) fn sales_fields() -> Vec<Field> {
    vec![
        Field::new("id", DataType::Int64, false),
        Field::new("shop", DataType::Utf8, false),
        Field::new("amount", DataType::Float64, true),
    ]
}

impl ArrowSchemaGen for Sales {
    fn arrow_schema() -> SchemaRef {
        Arc::new(Schema::new(sales_fields()))
    }

    fn arrow_field_names() -> Vec<&'static str> {
        vec!["id", "shop", "amount"]
    }

    fn arrow_field_types() -> Vec<DataType> {
        vec![DataType::Int64, DataType::Utf8, DataType::Float64]
    }
}

impl ToArrow for Sales {
    fn to_record_batch(&self) -> soa::Result<RecordBatch> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from(self.id.clone())),
            Arc::new(StringArray::from(self.shop.clone())),
            Arc::new(Float64Array::from(self.amount.clone())),
        ];
        soa::batch(&Self::arrow_schema(), columns)
    }

    fn from_record_batch(batch: &RecordBatch) -> soa::Result<Self> {
        // What is handed over has exactly the type's columns.
        assert_eq!(batch.schema(), Self::arrow_schema());
        Ok(Self {
            id: batch
                .column(0)
                .as_primitive::<Int64Type>()
                .values()
                .to_vec(),
            shop: batch
                .column(1)
                .as_string::<i32>()
                .iter()
                .map(|shop| shop.unwrap().to_owned())
                .collect(),
            amount: batch
                .column(2)
                .as_primitive::<Float64Type>()
                .iter()
                .collect(),
        })
    }
}

/// A type that is its columns and nothing else, for rows as batches.
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
                Ok(Self(batch.clone()))
            }
        }
    };
}

// Versions of `Sales`. The columns stand in another order, too.
columns!(WithNote, "amount": DataType::Float64, true; "note": DataType::Utf8, true;
    "shop": DataType::Utf8, false; "id": DataType::Int64, false);
columns!(WithRequired, "id": DataType::Int64, false; "shop": DataType::Utf8, false;
    "amount": DataType::Float64, true; "paid": DataType::Boolean, false);
columns!(WithoutShop, "id": DataType::Int64, false; "amount": DataType::Float64, true);
columns!(WithTextId, "id": DataType::Utf8, false; "shop": DataType::Utf8, false;
    "amount": DataType::Float64, true);
columns!(WithRequiredAmount, "id": DataType::Int64, false; "shop": DataType::Utf8, false;
    "amount": DataType::Float64, false);

/// `WithNote`s of the same rows; `note` is "n" and the id.
pub(crate) fn with_note(sales: &Sales) -> WithNote {
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Float64Array::from(sales.amount.clone())),
        Arc::new(StringArray::from_iter_values(
            sales.id.iter().map(|id| format!("n{id}")),
        )),
        Arc::new(StringArray::from(sales.shop.clone())),
        Arc::new(Int64Array::from(sales.id.clone())),
    ];
    WithNote(RecordBatch::try_new(WithNote::arrow_schema(), columns).unwrap())
}

/// One persistence of each kind, with its name.
pub(crate) fn backends<T: ToArrow + Send + Sync + 'static>(
    dir: &TempDir,
) -> Vec<(&'static str, DynPersistence<T>)> {
    let parquet = |name: &str| ParquetPersistence::<T>::new(dir.path().join(name));
    vec![
        ("memory", DynPersistence::new(ArrowPersistence::new())),
        ("parquet", DynPersistence::new(parquet("plain"))),
        (
            "partitioned parquet",
            DynPersistence::new(
                parquet("partitioned").with_partition_by("shop, bucket(2, id)".parse().unwrap()),
            ),
        ),
    ]
}

/// The Parquet files below a directory.
pub(crate) fn parquet_files(dir: &std::path::Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(parquet_files(&path));
        } else if path.extension().is_some_and(|e| e == "parquet") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Every file below a directory.
pub(crate) fn all_files(dir: &std::path::Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(all_files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

pub(crate) fn one_row(schema: &SchemaRef) -> RecordBatch {
    let columns = schema
        .fields()
        .iter()
        .map(|field| {
            thermocline_testing::arbitrary_batch_of(
                &Arc::new(Schema::new(vec![field.as_ref().clone()])),
                1,
                1,
            )
        })
        .map(|batch| Arc::clone(batch.column(0)))
        .collect();
    let batch = RecordBatch::try_new(Arc::clone(schema), columns).unwrap();
    assert_eq!(batch.column(0).len(), 1);
    batch
}
