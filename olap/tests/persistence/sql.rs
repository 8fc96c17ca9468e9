//! SQL to batches and to typed rows, of a database and of a store's tiers.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use tempfile::TempDir;
use thermocline_olap::Sql;
use thermocline_tiers::persistence::SoAPersistence;
use thermocline_tiers::soa::{self, ArrowSchemaGen, ToArrow};
use thermocline_tiers::{ErrorKind, Selection, Store, Tier};

use crate::kit::{Sales, columns, in_memory, sales};

columns!(ByShop, "shop": DataType::Utf8, false; "rows": DataType::UInt32, false;
    "total": DataType::Float64, true; "ids": DataType::Int64, false);
columns!(Running, "id": DataType::Int64, false; "place": DataType::Int64, false;
    "so_far": DataType::Float64, true; "before": DataType::Int64, true);

const BY_SHOP: &str = "SELECT shop, count(*) AS rows, sum(amount) AS total, sum(id) AS ids \
                       FROM sales GROUP BY shop ORDER BY shop";

/// The same by hand, over `sales(0..60)`.
fn by_shop() -> ByShop {
    let mut found: Vec<(&str, u32, f64, i64)> = vec![
        ("Gera", 0, 0.0, 0),
        ("Ulm", 0, 0.0, 0),
        ("it's \"ü\"", 0, 0.0, 0),
    ];
    for id in 0..60_i64 {
        let place = [1, 0, 2][usize::try_from(id % 3).unwrap()];
        let (_, rows, total, ids) = &mut found[place];
        *rows += 1;
        *total += if id % 5 == 0 { 0.0 } else { id as f64 / 4.0 };
        *ids += id;
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(found.iter().map(|f| f.0))),
        Arc::new(UInt32Array::from_iter_values(found.iter().map(|f| f.1))),
        Arc::new(Float64Array::from_iter_values(found.iter().map(|f| f.2))),
        Arc::new(Int64Array::from_iter_values(found.iter().map(|f| f.3))),
    ];
    ByShop(RecordBatch::try_new(ByShop::arrow_schema(), columns).unwrap())
}

#[tokio::test]
async fn groups_and_windows_become_typed_rows() {
    let mut set = in_memory();
    set.save(&sales(0..60)).await.unwrap();
    // `count` is 64 bits in SQL, `sum` of integers 128.
    let found: ByShop = set.sql(BY_SHOP).rows().await.unwrap();
    assert_eq!(found, by_shop());

    let running: Running = set
        .sql(
            "SELECT id, row_number() OVER w AS place, sum(amount) OVER w AS so_far, \
             lag(id) OVER w AS before FROM sales WHERE id BETWEEN $1 AND $2 \
             WINDOW w AS (ORDER BY id DESC) ORDER BY id DESC",
        )
        .bind(1)
        .bind(4)
        .rows()
        .await
        .unwrap();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(vec![4, 3, 2, 1])),
        Arc::new(Int64Array::from(vec![1, 2, 3, 4])),
        Arc::new(Float64Array::from(vec![1.0, 1.75, 2.25, 2.5])),
        Arc::new(Int64Array::from(vec![None, Some(4), Some(3), Some(2)])),
    ];
    let expected = RecordBatch::try_new(Running::arrow_schema(), columns).unwrap();
    assert_eq!(running, Running(expected));
}

#[tokio::test]
async fn an_answer_that_does_not_fit_names_the_column() {
    let mut set = in_memory();
    set.save(&sales(0..6)).await.unwrap();
    let cases = [
        (
            "SELECT id, shop FROM sales WHERE id < 0 AND amount > 0",
            None,
        ),
        (
            "SELECT shop, amount FROM sales",
            Some(("id", ErrorKind::SchemaMismatch)),
        ),
        (
            "SELECT *, 1 AS more FROM sales",
            Some(("more", ErrorKind::SchemaMismatch)),
        ),
        (
            "SELECT id, 7 AS shop, amount FROM sales",
            Some(("shop", ErrorKind::SchemaMismatch)),
        ),
        (
            "SELECT id::DOUBLE AS id, shop, amount FROM sales",
            Some(("id", ErrorKind::SchemaMismatch)),
        ),
        (
            "SELECT nullif(id, 2) AS id, shop, amount FROM sales",
            Some(("id", ErrorKind::SchemaMismatch)),
        ),
        (
            "SELECT 18446744073709551615::UBIGINT AS id, shop, amount FROM sales",
            Some(("id", ErrorKind::TypeConversion)),
        ),
        (
            "SELECT id + 1 AS id, shop, NULL::DOUBLE AS amount FROM sales LIMIT 0",
            None,
        ),
    ];
    for (query, expected) in cases {
        let answer = set.sql(query).rows::<Sales>().await;
        match expected {
            // `amount` may be null and so may be missing.
            None => assert_eq!(answer.unwrap().0.num_rows(), 0, "{query}"),
            Some((column, kind)) => {
                let error = answer.unwrap_err();
                assert_eq!(error.kind(), kind, "{query}: {error}");
                assert_eq!(error.column(), Some(column), "{query}: {error}");
            }
        }
    }
}

#[tokio::test]
async fn wrong_sql_is_told_from_a_table_that_is_not_there_yet() {
    let set = in_memory();
    let error = set.sql("SELECT * FROM sales").collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    for wrong in ["SELEC 1", "", "SELECT 1; SELECT 2", "SELECT ?"] {
        let error = set.sql(wrong).collect().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{wrong}: {error}");
    }
}

#[tokio::test]
async fn tables_of_a_store_answer_in_typed_rows_from_every_tier() {
    let dir = TempDir::new().unwrap();
    let store = Store::builder(dir.path())
        .create_if_missing()
        .background(false)
        .open()
        .await
        .unwrap();
    let table = store.typed::<Sales>("sales").await.unwrap();
    let none: ByShop = store.sql(BY_SHOP).rows().await.unwrap();
    assert_eq!(none.0.num_rows(), 0);
    table.append(&sales(0..60)).await.unwrap();
    for tier in [None, Some(Tier::Warm), Some(Tier::Cold)] {
        if let Some(tier) = tier {
            table.table().move_to(&Selection::All, tier).await.unwrap();
        }
        let found: ByShop = store.sql(BY_SHOP).rows().await.unwrap();
        assert_eq!(found, by_shop(), "{tier:?}");
    }
    let error = store
        .sql("SELECT shop FROM sales WHERE id < 0")
        .rows::<Sales>()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch, "{error}");
    assert_eq!(error.column(), Some("id"), "{error}");
    let error = store
        .sql("SELECT * FROM gone")
        .rows::<Sales>()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
}
