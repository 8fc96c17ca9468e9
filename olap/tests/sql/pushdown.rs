//! Conditions leave out segments, and never a row that matches.

use crate::support::{batch, ints, numbers, store, texts};
use futures::TryStreamExt;
use thermocline_olap::{ScanReport, Sql};
use thermocline_tiers::{Selection, Store, TableOptions, Tier};

const SEGMENTS: i64 = 10;
const ROWS: i64 = 1_000;

/// Ten segments, each with its own thousand numbers.
async fn ten_segments(store: &Store, tier: Tier) {
    let schema = rows(0).schema();
    let table = store
        .create_table("t", TableOptions::new(schema))
        .await
        .unwrap();
    for segment in 0..SEGMENTS {
        table.append(rows(segment)).await.unwrap();
        table.seal().await.unwrap();
    }
    if tier != Tier::Hot {
        table.move_to(&Selection::All, tier).await.unwrap();
    }
}

fn rows(segment: i64) -> arrow::array::RecordBatch {
    let range = segment * ROWS..(segment + 1) * ROWS;
    let words = range.clone().map(|x| format!("{:05}", x));
    let day = range
        .clone()
        .map(|x| Some(i32::try_from(x / ROWS).unwrap()));
    let day: arrow::array::Date32Array = day.collect();
    let sparse: arrow::array::Int64Array = range
        .clone()
        .map(|x| (segment == 3 && x % 2 == 0).then_some(x))
        .collect();
    batch(vec![
        ("x", ints(range)),
        ("word", texts(words)),
        ("day", std::sync::Arc::new(day)),
        ("sparse", std::sync::Arc::new(sparse)),
    ])
}

async fn report(store: &Store, query: &str) -> ScanReport {
    let mut stream = store.sql(query).await.unwrap();
    while stream.try_next().await.unwrap().is_some() {}
    stream.report()
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_rule_out_segments() {
    let cases = [
        ("x = 4321", 9),
        ("4321 = x", 9),
        ("x < 1000", 9),
        ("1000 > x", 9),
        ("x >= 9000", 9),
        ("x BETWEEN 1500 AND 2500", 8),
        ("x IN (5, 5005, 5006)", 8),
        ("x < 1000 OR x >= 9000", 8),
        ("x > 3000 AND x % 1000000 < 5000", 3),
        ("NOT (x < 9000)", 9),
        ("word = '04321'", 9),
        ("word LIKE '043%'", 9),
        ("starts_with(word, '07')", 9),
        ("day = DATE '1970-01-03'", 9),
        ("day > '1970-01-08'", 8),
        ("sparse IS NOT NULL", 9),
        ("sparse = 3002", 9),
        ("x IS NULL", 10),
        ("x IS NOT DISTINCT FROM 4321", 9),
        ("x = 4321 AND word = '00001'", 10),
        ("x % 1000000 = 4321", 0),
        ("x % 10 = 1 OR x = 5", 0),
    ];
    for tier in [Tier::Hot, Tier::Warm, Tier::Cold] {
        let (_dir, store) = store().await;
        ten_segments(&store, tier).await;
        for (condition, pruned) in cases {
            let query = format!("SELECT x FROM t WHERE {condition}");
            let report = report(&store, &query).await;
            assert_eq!(report.segments, 10, "{condition} {tier:?}");
            assert_eq!(report.segments_pruned, pruned, "{condition} {tier:?}");
            assert!(
                report.morsels_opened <= 10 - pruned,
                "{condition} {tier:?} {report:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pruning_never_changes_an_answer() {
    let (_dir, store) = store().await;
    ten_segments(&store, Tier::Warm).await;
    for low in (-500..10_500).step_by(731) {
        for (op, far) in [
            ("<", 0),
            ("<=", 999),
            (">", 1),
            (">=", 1_000),
            ("=", 5),
            ("<>", 7),
        ] {
            let pruned = format!(
                "SELECT count(*) FROM t WHERE x {op} {low} OR x = {}",
                low + far
            );
            let exact = pruned
                .replace("WHERE x", "WHERE (x % 1000000)")
                .replace("OR x", "OR (x % 1000000)");
            assert_eq!(
                numbers(&store, &pruned).await,
                numbers(&store, &exact).await,
                "{pruned}"
            );
        }
    }
    let three_valued = [
        "sparse > 3500",
        "NOT (sparse > 3500)",
        "sparse IS NULL AND x < 3100",
        "sparse <> 3000",
        "sparse NOT IN (3000, 3002)",
        "sparse IN (3000, NULL)",
        "sparse IS DISTINCT FROM 3000",
        "NOT (sparse > 3100 AND x < 3500)",
    ];
    for condition in three_valued {
        let pruned = format!("SELECT count(*) FROM t WHERE {condition}");
        let exact = format!(
            "SELECT count(*) FROM t WHERE {}",
            condition
                .replace("sparse", "(sparse % 1000000)")
                .replace("x ", "(x % 1000000) ")
        );
        assert_eq!(
            numbers(&store, &pruned).await,
            numbers(&store, &exact).await,
            "{condition}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_use_of_a_table_is_pruned_by_its_own_conditions() {
    let (_dir, store) = store().await;
    ten_segments(&store, Tier::Warm).await;
    let query = "SELECT (SELECT count(*) FROM t WHERE x < 10) + \
                 (SELECT count(*) FROM t WHERE x >= 9990) + (SELECT count(*) FROM t)";
    assert_eq!(numbers(&store, query).await, [10 + 10 + SEGMENTS * ROWS]);
    let query = "WITH low AS (SELECT * FROM t WHERE x < 1500), high AS (SELECT * FROM t WHERE x > 500) \
                 SELECT count(*) FROM low JOIN high USING (x)";
    assert_eq!(numbers(&store, query).await, [999]);
    let query = "SELECT count(*) FROM (SELECT x, sum(x) OVER () AS total FROM t) WHERE x = 3";
    assert_eq!(numbers(&store, query).await, [1]);
    let query = "SELECT max(total) FROM (SELECT x, sum(x) OVER () AS total FROM t) WHERE x = 3";
    assert_eq!(
        numbers(&store, query).await,
        [(0..SEGMENTS * ROWS).sum::<i64>()]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_rule_out_segments_too() {
    let (_dir, store) = store().await;
    ten_segments(&store, Tier::Warm).await;
    let mut stream = store
        .sql("SELECT x FROM t WHERE x = ? AND word = $2")
        .bind(4321)
        .bind("04321")
        .await
        .unwrap();
    let mut rows = 0;
    while let Some(batch) = stream.try_next().await.unwrap() {
        rows += batch.num_rows();
    }
    assert_eq!(rows, 1);
    assert_eq!(stream.report().segments_pruned, 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn counting_reads_no_column() {
    let (_dir, store) = store().await;
    ten_segments(&store, Tier::Cold).await;
    assert_eq!(
        numbers(&store, "SELECT count(*) FROM t").await,
        [SEGMENTS * ROWS]
    );
    let report = report(&store, "SELECT 1 FROM t").await;
    assert_eq!(report.rows_scanned, 10_000);
    let plan = crate::support::answer(&store, "EXPLAIN SELECT count(*) FROM t").await;
    let plan = crate::support::column(&plan, 1).join("\n");
    assert!(!plan.contains("word"), "{plan}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_does_not_read_everything() {
    let (_dir, store) = store().await;
    ten_segments(&store, Tier::Cold).await;
    let query = "SELECT x FROM t WHERE x >= 2000 LIMIT 3";
    assert_eq!(numbers(&store, query).await.len(), 3);
}
