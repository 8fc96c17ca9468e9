//! A plain DuckDB over the source files, to compare answers with, and answers
//! as single batches.

use std::sync::Arc;

use duckdb_neo::Parameters;
use duckdb_neo::arrow::{ArrowArray, ArrowSchema};
use duckdb_neo::connection::Connection;
use duckdb_neo::environment::{Environment, StorageLocation};
use futures::TryStreamExt;
use thermocline::Sql;
use thermocline::arrow::array::{
    Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, StructArray,
};
use thermocline::arrow::compute::concat_batches;
use thermocline::arrow::datatypes::{DataType, Float64Type, Schema};
use thermocline::arrow::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi};
use thermocline::formats::same_bits;

use super::flights;

/// The answer of a store or reader, as one batch.
pub async fn answer(source: &impl Sql, query: &str) -> RecordBatch {
    let stream = source
        .sql(query)
        .await
        .unwrap_or_else(|error| panic!("{error}\n{query}"));
    let schema = stream.schema();
    let batches: Vec<_> = stream
        .try_collect()
        .await
        .unwrap_or_else(|error| panic!("{error}\n{query}"));
    concat_batches(&schema, &batches).unwrap()
}

/// The answer of a query whose columns are all integers, row by row.
pub async fn numbers(source: &impl Sql, query: &str) -> Vec<Vec<i64>> {
    let answer = answer(source, query).await;
    let columns: Vec<ArrayRef> = answer
        .columns()
        .iter()
        .map(|column| thermocline::arrow::compute::cast(column, &DataType::Int64).unwrap())
        .collect();
    let value = |column: &ArrayRef, row| {
        column
            .as_primitive::<thermocline::arrow::datatypes::Int64Type>()
            .value(row)
    };
    (0..answer.num_rows())
        .map(|row| columns.iter().map(|c| value(c, row)).collect())
        .collect()
}

/// A DuckDB in memory that knows nothing of Thermocline.
pub struct Oracle(Connection);

impl Oracle {
    /// Loads the source files into tables of its own.
    pub fn of_flights() -> Self {
        let instance = Environment::new()
            .unwrap()
            .open(StorageLocation::InMemory)
            .unwrap();
        let connection = instance.connect().unwrap();
        for table in flights::TABLES {
            let file = flights::file(table)
                .display()
                .to_string()
                .replace('\'', "''");
            let load = format!("CREATE TABLE {table} AS FROM read_parquet('{file}')");
            connection.execute(load, Parameters::None).unwrap();
        }
        Self(connection)
    }

    /// Its answer, as one batch.
    pub fn answer(&self, query: &str) -> RecordBatch {
        let mut result = self
            .0
            .arrow_query(query, Parameters::None, None)
            .unwrap_or_else(|error| panic!("{}\n{query}", error.message));
        let types = types(result.schema().unwrap());
        let schema = Arc::new(Schema::try_from(&types).unwrap());
        let mut batches = Vec::new();
        while let Some(array) = result.next_array().unwrap() {
            let rows = array.len();
            let columns = columns(array, &types);
            let options = RecordBatchOptions::new().with_row_count(Some(rows));
            let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &options);
            batches.push(batch.unwrap());
        }
        concat_batches(&schema, &batches).unwrap()
    }
}

fn types(schema: ArrowSchema) -> FFI_ArrowSchema {
    let mut raw = schema.into_raw();
    // SAFETY: both are the struct of the Arrow C data interface, filled by
    // DuckDB; taking it leaves an empty one that needs no release.
    unsafe { FFI_ArrowSchema::from_raw((&raw mut raw).cast()) }
}

fn columns(array: ArrowArray, types: &FFI_ArrowSchema) -> Vec<ArrayRef> {
    let mut raw = array.into_raw();
    // SAFETY: as for the schema.
    let array = unsafe { FFI_ArrowArray::from_raw((&raw mut raw).cast()) };
    // SAFETY: DuckDB made the array for this very schema.
    let data = unsafe { from_ffi(array, types) }.unwrap();
    StructArray::from(data).columns().to_vec()
}

/// Whether two answers agree: the same names, types, rows and order; bit for
/// bit, but doubles only within `tolerance` of their size when there is one
/// (the sum of doubles depends on their order).
pub fn difference(
    got: &RecordBatch,
    expected: &RecordBatch,
    tolerance: Option<f64>,
) -> Option<String> {
    let types = |batch: &RecordBatch| -> Vec<(String, DataType)> {
        let fields = batch.schema_ref().fields();
        fields
            .iter()
            .map(|f| (f.name().clone(), f.data_type().clone()))
            .collect()
    };
    if types(got) != types(expected) {
        return Some(format!("{:?} instead of {:?}", types(got), types(expected)));
    }
    if got.num_rows() != expected.num_rows() {
        return Some(format!(
            "{} rows instead of {}",
            got.num_rows(),
            expected.num_rows()
        ));
    }
    for index in 0..got.num_columns() {
        let (ours, theirs) = (got.column(index), expected.column(index));
        let same = match (ours.data_type(), tolerance) {
            (DataType::Float64, Some(tolerance)) => close(ours, theirs, tolerance),
            _ => same_bits(
                &got.project(&[index]).unwrap(),
                &expected.project(&[index]).unwrap(),
            ),
        };
        if !same {
            let name = got.schema_ref().field(index).name();
            return Some(format!("column {name}: {ours:?} instead of {theirs:?}"));
        }
    }
    None
}

fn close(a: &ArrayRef, b: &ArrayRef, tolerance: f64) -> bool {
    let (a, b) = (
        a.as_primitive::<Float64Type>(),
        b.as_primitive::<Float64Type>(),
    );
    a.iter().zip(b.iter()).all(|pair| match pair {
        (Some(a), Some(b)) => {
            a.to_bits() == b.to_bits() || (a - b).abs() <= tolerance * a.abs().max(b.abs())
        }
        (None, None) => true,
        _ => false,
    })
}
