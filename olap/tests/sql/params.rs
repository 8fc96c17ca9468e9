//! Placeholders take values of every kind.

use crate::support::{column, store, whole};
use thermocline_olap::{ErrorKind, Sql, SqlValue};

async fn shown(value: impl Into<SqlValue>) -> (String, String) {
    let (_dir, store) = store().await;
    let query = store.sql("SELECT typeof($1), $1::VARCHAR").bind(value);
    let answer = whole(&query.collect().await.unwrap());
    (column(&answer, 0).remove(0), column(&answer, 1).remove(0))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_value_arrives_as_itself() {
    let cases: [(SqlValue, &str, &str); 12] = [
        (7_i64.into(), "BIGINT", "7"),
        (u64::MAX.into(), "UBIGINT", "18446744073709551615"),
        (1.5_f64.into(), "DOUBLE", "1.5"),
        ("it's; -- text".into(), "VARCHAR", "it's; -- text"),
        (true.into(), "BOOLEAN", "true"),
        (vec![0_u8, 0xff].into(), "BLOB", "\\x00\\xFF"),
        (SqlValue::Null, "\"NULL\"", "NULL"),
        (SqlValue::Date(0), "DATE", "1970-01-01"),
        (
            SqlValue::Timestamp(1),
            "TIMESTAMP",
            "1970-01-01 00:00:00.000001",
        ),
        (
            SqlValue::TimestampNanos(1),
            "TIMESTAMP_NS",
            "1970-01-01 00:00:00.000000001",
        ),
        (
            SqlValue::Instant(0),
            "TIMESTAMP WITH TIME ZONE",
            "1970-01-01 00:00:00+00",
        ),
        (SqlValue::Decimal(12_345, 10, 2), "DECIMAL(10,2)", "123.45"),
    ];
    for (value, kind, text) in cases {
        let said = format!("{value:?}");
        assert_eq!(
            shown(value).await,
            (kind.to_owned(), text.to_owned()),
            "{said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn placeholders_are_filled_in_their_order() {
    let (_dir, store) = store().await;
    let query = store.sql("SELECT $2 - $1, $1").bind(3).bind(10);
    let answer = whole(&query.collect().await.unwrap());
    assert_eq!(
        (column(&answer, 0), column(&answer, 1)),
        (vec!["7".into()], vec!["3".into()])
    );
    let query = store.sql("SELECT ? || ? || ?").bind("a").params(["b", "c"]);
    assert_eq!(column(&whole(&query.collect().await.unwrap()), 0), ["abc"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_and_placeholders_must_match() {
    let (_dir, store) = store().await;
    for (query, values) in [("SELECT ?", 0), ("SELECT ?", 2), ("SELECT 1", 1)] {
        let error = store
            .sql(query)
            .params(0..values)
            .collect()
            .await
            .unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::InvalidQuery,
            "{query} with {values}: {error}"
        );
    }
    let wide = store.sql("SELECT ?").bind(SqlValue::Decimal(1, 39, 0));
    let error = wide.collect().await.unwrap_err();
    assert!(
        error.to_string().starts_with("parameter 1 can't be used"),
        "{error}"
    );
}
