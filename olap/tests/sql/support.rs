//! Stores and answers for the tests.
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Int64Type, Schema};
use tempfile::TempDir;
use thermocline_olap::Sql;
use thermocline_tiers::{Store, Table, TableOptions};

/// An empty store whose mover stands still.
pub(crate) async fn store() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::builder(dir.path().join("store"))
        .create_if_missing()
        .background(false)
        .open()
        .await
        .unwrap();
    (dir, store)
}

pub(crate) async fn table(store: &Store, name: &str, batch: &RecordBatch) -> Table {
    let table = store
        .create_table(name, TableOptions::new(batch.schema()))
        .await
        .unwrap();
    table.append(batch.clone()).await.unwrap();
    table
}

pub(crate) fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let fields: Vec<_> = columns
        .iter()
        .map(|(name, column)| arrow::datatypes::Field::new(*name, column.data_type().clone(), true))
        .collect();
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

pub(crate) fn ints(values: impl IntoIterator<Item = i64>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<Int64Array>())
}

pub(crate) fn texts<S: AsRef<str>>(values: impl IntoIterator<Item = S>) -> ArrayRef {
    Arc::new(
        values
            .into_iter()
            .map(|value| Some(value.as_ref().to_owned()))
            .collect::<StringArray>(),
    )
}

/// The whole answer as one batch.
pub(crate) async fn answer(source: &impl Sql, query: &str) -> RecordBatch {
    whole(&source.sql(query).collect().await.unwrap())
}

pub(crate) fn whole(batches: &[RecordBatch]) -> RecordBatch {
    match batches.first() {
        Some(first) => concat_batches(&first.schema(), batches).unwrap(),
        None => RecordBatch::new_empty(Arc::new(Schema::empty())),
    }
}

/// The first column of the answer as integers.
pub(crate) async fn numbers(source: &impl Sql, query: &str) -> Vec<i64> {
    let answer = answer(source, query).await;
    if answer.num_columns() == 0 {
        return Vec::new();
    }
    let column = cast(answer.column(0), &DataType::Int64).unwrap();
    column
        .as_primitive::<Int64Type>()
        .iter()
        .flatten()
        .collect()
}

/// A column of the answer as strings; nulls as `NULL`.
pub(crate) fn column(answer: &RecordBatch, index: usize) -> Vec<String> {
    if answer.num_columns() == 0 {
        return Vec::new();
    }
    let column = cast(answer.column(index), &DataType::Utf8).unwrap();
    column
        .as_string::<i32>()
        .iter()
        .map(|value| value.unwrap_or("NULL").to_owned())
        .collect()
}

pub(crate) async fn strings(source: &impl Sql, query: &str) -> Vec<String> {
    column(&answer(source, query).await, 0)
}
