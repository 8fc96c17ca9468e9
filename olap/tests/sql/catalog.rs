//! Tables show in SQL under their names, whatever these are.

use std::sync::Arc;

use crate::support::{answer, batch, column, ints, numbers, store, strings, table, texts};
use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use thermocline_olap::{ErrorKind, Sql};
use thermocline_tiers::TableOptions;

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_listed_described_and_summarized() {
    let (_dir, store) = store().await;
    table(
        &store,
        "flights",
        &batch(vec![("id", ints([1, 2])), ("carrier", texts(["UA", "AA"]))]),
    )
    .await;
    table(&store, "planes", &batch(vec![("id", ints([1]))])).await;
    assert_eq!(strings(&store, "SHOW TABLES").await, ["flights", "planes"]);
    let described = answer(&store, "DESCRIBE flights").await;
    assert_eq!(column(&described, 0), ["id", "carrier"]);
    assert_eq!(column(&described, 1), ["BIGINT", "VARCHAR"]);
    let summary = answer(&store, "SUMMARIZE flights").await;
    assert_eq!(column(&summary, 2), ["1", "AA"]);
    let plan = column(
        &answer(&store, "EXPLAIN SELECT carrier FROM flights").await,
        1,
    )
    .join("");
    assert!(
        plan.contains("THERMOCLINE_SCAN") && plan.contains("carrier"),
        "{plan}"
    );
    let joined = "SELECT carrier FROM flights JOIN planes USING (id)";
    assert_eq!(strings(&store, joined).await, ["UA"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_case_insensitive_and_may_be_odd() {
    let (_dir, store) = store().await;
    let odd = batch(vec![
        ("select", ints([1])),
        ("two words", ints([2])),
        ("quo\"te", ints([3])),
        ("semi;colon--", ints([4])),
        ("Größe", ints([5])),
        ("row", ints([6])),
        ("a.b", ints([7])),
    ]);
    table(&store, "order", &odd).await;
    let all = r#"SELECT "select" + "two words" + "quo""te" + "semi;colon--" + "größe" + row + "a.b" FROM "ORDER""#;
    assert_eq!(numbers(&store, all).await, [28]);
    assert_eq!(answer(&store, "FROM \"order\"").await.num_columns(), 7);
    table(&store, "a-b", &batch(vec![("x", ints([8]))])).await;
    assert_eq!(numbers(&store, "SELECT X FROM \"A-B\"").await, [8]);
    assert_eq!(numbers(&store, "SELECT f.x FROM \"a-b\" AS f").await, [8]);
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_that_differ_only_in_case_answer_under_other_names() {
    let (_dir, store) = store().await;
    table(
        &store,
        "columns",
        &batch(vec![("Id", ints([3])), ("id", ints([4]))]),
    )
    .await;
    assert!(store.sql("SELECT id FROM columns").collect().await.is_err());
    assert_eq!(numbers(&store, "SELECT Id_1 FROM columns").await, [3]);
    assert_eq!(numbers(&store, "SELECT id_2 FROM columns").await, [4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_table_is_named() {
    let (_dir, store) = store().await;
    table(&store, "flights", &batch(vec![("x", ints([1]))])).await;
    let error = store
        .sql("SELECT * FROM flightz")
        .collect()
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.table()),
        (ErrorKind::UnknownTable, Some("flightz"))
    );
    let error = store
        .sql("SELECT y FROM flights")
        .collect()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_tables_and_empty_answers_have_columns() {
    use futures::TryStreamExt;

    let (_dir, store) = store().await;
    let schema = Arc::new(Schema::new(vec![Field::new("x", DataType::Int64, false)]));
    store
        .create_table("t", TableOptions::new(schema))
        .await
        .unwrap();
    assert_eq!(numbers(&store, "SELECT count(*) FROM t").await, [0]);
    assert_eq!(
        numbers(&store, "SELECT count(x) + count(*) FROM t").await,
        [0]
    );
    let mut stream = store.sql("SELECT x AS y FROM t").await.unwrap();
    assert_eq!(stream.schema().field(0).name(), "y");
    assert!(stream.try_next().await.unwrap().is_none());
    assert!(stream.try_next().await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_without_tables_answers() {
    let (_dir, store) = store().await;
    assert_eq!(numbers(&store, "SELECT 6 * 7").await, [42]);
    assert!(strings(&store, "SHOW TABLES").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_and_columns_appear_and_go_between_queries() {
    let (_dir, store) = store().await;
    let t = table(&store, "t", &batch(vec![("x", ints([1, 2]))])).await;
    assert_eq!(numbers(&store, "SELECT sum(x) FROM t").await, [3]);
    let before = store.snapshot();
    t.add_column(Field::new("y", DataType::Int64, true))
        .await
        .unwrap();
    let schema = t.schema().unwrap();
    let more: Vec<ArrayRef> = vec![ints([3]), Arc::new(Int64Array::from(vec![Some(30)]))];
    t.append(RecordBatch::try_new(schema, more).unwrap())
        .await
        .unwrap();
    assert_eq!(
        numbers(&store, "SELECT sum(x) + sum(y) + count(y) FROM t").await,
        [37]
    );
    // The older snapshot still has the older columns, on the same sessions.
    let old = store
        .sql("SELECT * FROM t")
        .snapshot(before)
        .collect()
        .await
        .unwrap();
    assert_eq!((old[0].num_columns(), old[0].num_rows()), (1, 2));
    assert_eq!(answer(&store, "SELECT * FROM t").await.num_columns(), 2);
    store.drop_table("t").await.unwrap();
    let error = store.sql("SELECT * FROM t").collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownTable);
    table(&store, "t", &batch(vec![("z", texts(["new"]))])).await;
    assert_eq!(strings(&store, "SELECT z FROM t").await, ["new"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_tables_join() {
    let (_dir, store) = store().await;
    for index in 0..100 {
        table(
            &store,
            &format!("t{index:02}"),
            &batch(vec![("x", ints([index]))]),
        )
        .await;
    }
    assert_eq!(strings(&store, "SHOW TABLES").await.len(), 100);
    let sum = (0..100)
        .map(|i| format!("SELECT x FROM t{i:02}"))
        .collect::<Vec<_>>();
    let query = format!("SELECT sum(x) FROM ({})", sum.join(" UNION ALL "));
    assert_eq!(numbers(&store, &query).await, [(0..100).sum::<i64>()]);
}
