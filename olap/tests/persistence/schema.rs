//! Columns by name; a difference is named; a new optional column is added.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use thermocline_tiers::persistence::{BatchPersistence, SoAPersistence};
use thermocline_tiers::soa::{self, ArrowSchemaGen, ToArrow};
use thermocline_tiers::{ErrorKind, Predicate};

use crate::kit::{columns, in_memory, sales};

columns!(WithNote, "amount": DataType::Float64, true; "note": DataType::Utf8, true;
    "shop": DataType::Utf8, false; "id": DataType::Int64, false);
columns!(WithRequired, "id": DataType::Int64, false; "shop": DataType::Utf8, false;
    "amount": DataType::Float64, true; "paid": DataType::Boolean, false);
columns!(WithoutShop, "id": DataType::Int64, false; "amount": DataType::Float64, true);
columns!(WithSmallId, "id": DataType::Int32, false; "shop": DataType::Utf8, false;
    "amount": DataType::Float64, true);
columns!(WithRequiredAmount, "id": DataType::Int64, false; "shop": DataType::Utf8, false;
    "amount": DataType::Float64, false);

fn with_note(ids: std::ops::Range<i64>) -> WithNote {
    let rows = sales(ids.clone()).0;
    let columns: Vec<ArrayRef> = vec![
        Arc::clone(rows.column(2)),
        Arc::new(StringArray::from_iter_values(
            ids.map(|id| format!("n{id}")),
        )),
        Arc::clone(rows.column(1)),
        Arc::clone(rows.column(0)),
    ];
    WithNote(RecordBatch::try_new(WithNote::arrow_schema(), columns).unwrap())
}

#[tokio::test]
async fn a_new_optional_column_is_null_in_older_rows() {
    let mut old = in_memory();
    old.save(&sales(0..4)).await.unwrap();
    let mut new = old.sibling::<WithNote>("sales").unwrap();
    // Before the table has it, too.
    let found = new.load().await.unwrap().unwrap();
    assert_eq!(found.0.column_by_name("note").unwrap().null_count(), 4);
    let none = new.scan(&Predicate::is_not_null("note")).await.unwrap();
    assert_eq!(none.unwrap().0.num_rows(), 0);

    new.append(&with_note(4..6)).await.unwrap();
    let noted = new.scan(&Predicate::is_not_null("note")).await.unwrap();
    assert_eq!(noted, Some(with_note(4..6)));
    assert_eq!(new.count().await.unwrap(), 6);
    for error in [
        old.load().await.unwrap_err(),
        old.append(&sales(6..7)).await.unwrap_err(),
        old.save(&sales(6..7)).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::SchemaMismatch, "{error}");
        assert_eq!(error.column(), Some("note"), "{error}");
    }
    assert_eq!(new.count().await.unwrap(), 6);
}

async fn differs<T: ToArrow + Send + Sync>(column: &str) {
    let mut set = in_memory();
    set.save(&sales(0..6)).await.unwrap();
    let mut other = set.sibling::<T>("sales").unwrap();
    let Err(load) = other.load().await else {
        panic!("rows without a fitting `{column}` were loaded");
    };
    let empty = || vec![RecordBatch::new_empty(T::arrow_schema())];
    let append = other.append_batches(empty()).await;
    let save = other.save_batches(empty()).await;
    let errors = match column {
        // That there is a null shows when rows are read.
        "amount" => vec![load],
        _ => vec![load, append.unwrap_err(), save.unwrap_err()],
    };
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::SchemaMismatch, "{error}");
        assert_eq!(error.column(), Some(column), "{error}");
    }
    if column != "amount" {
        assert_eq!(set.load().await.unwrap(), Some(sales(0..6)));
    }
}

#[tokio::test]
async fn a_column_that_is_missing_unknown_or_of_another_type_is_named() {
    differs::<WithRequired>("paid").await;
    differs::<WithoutShop>("shop").await;
    differs::<WithSmallId>("id").await;
    differs::<WithRequiredAmount>("amount").await;
}

#[tokio::test]
async fn a_null_is_an_error_and_never_a_zero() {
    let set = in_memory();
    let text = "CREATE TABLE sales (id BIGINT, shop VARCHAR, amount DOUBLE)";
    set.sql(text).execute().await.unwrap();
    set.sql("INSERT INTO sales VALUES (1, 'Ulm', 0.5), (NULL, 'Gera', 1.5)")
        .execute()
        .await
        .unwrap();
    let error = set.load().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch, "{error}");
    assert_eq!(error.column(), Some("id"), "{error}");
    assert!(error.to_string().contains("row 1"), "{error}");
}

#[tokio::test]
async fn the_database_holds_required_columns_to_it() {
    let mut set = in_memory();
    set.save(&sales(0..3)).await.unwrap();
    let error = set
        .sql("UPDATE sales SET shop = NULL")
        .execute()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.to_string().contains("shop"), "{error}");
    let changed = set
        .sql("UPDATE sales SET amount = NULL WHERE id > ?")
        .bind(0);
    assert_eq!(changed.execute().await.unwrap(), 2);
}

#[tokio::test]
async fn columns_that_differ_only_in_case_are_refused_as_such() {
    columns!(Twice, "id": DataType::Int64, false; "ID": DataType::Int64, false);
    let column: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let batch = RecordBatch::try_new(Twice::arrow_schema(), vec![Arc::clone(&column), column]);
    let mut set = in_memory().sibling::<Twice>("twice").unwrap();
    let error = set.save(&Twice(batch.unwrap())).await.unwrap_err();
    assert!(
        error.to_string().to_lowercase().contains("`id`") || error.to_string().contains("ID"),
        "{error}"
    );
    assert_eq!(set.load().await.unwrap(), None);
}
