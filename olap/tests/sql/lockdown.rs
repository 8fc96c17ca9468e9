//! A query reads the store's tables and can do nothing else.

use crate::support::{batch, ints, numbers, store, table};
use thermocline_olap::{ErrorKind, Sql, SqlEngine, SqlOptions};
use thermocline_tiers::Store;

async fn one_table() -> (tempfile::TempDir, Store) {
    let (dir, store) = store().await;
    table(&store, "t", &batch(vec![("x", ints(0..100))])).await;
    (dir, store)
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_reads_is_allowed() {
    let (_dir, store) = one_table().await;
    let queries = [
        "SELECT 1",
        "FROM t",
        "TABLE t",
        "VALUES (1), (2)",
        "WITH u AS (SELECT x FROM t) SELECT * FROM u",
        "SHOW TABLES",
        "DESCRIBE t",
        "SUMMARIZE t",
        "EXPLAIN SELECT * FROM t",
        "EXPLAIN ANALYZE SELECT * FROM t",
        "EXPLAIN (FORMAT json) SELECT * FROM t",
        "EXPLAIN (SELECT x FROM t)",
        "SELECT * FROM t;",
        "-- a comment\nSELECT 1 /* and another */",
        "SELECT * FROM range(3)",
        "PIVOT t ON x IN (1, 2) USING count(*)",
    ];
    for query in queries {
        if let Err(error) = store.sql(query).collect().await {
            panic!("{query}: {error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_writes_or_changes_settings_is_refused() {
    let (_dir, store) = one_table().await;
    let statements = [
        "INSERT INTO t VALUES (1)",
        "UPDATE t SET x = 1",
        "DELETE FROM t",
        "CREATE TABLE u (x INT)",
        "CREATE VIEW v AS SELECT 1",
        "CREATE MACRO m() AS 1",
        "DROP VIEW t",
        "ALTER VIEW t RENAME TO u",
        "COPY t TO '/tmp/thermocline-lockdown.csv'",
        "EXPORT DATABASE '/tmp/thermocline-lockdown'",
        "ATTACH '/tmp/thermocline-lockdown.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET threads = 1",
        "SET VARIABLE v = 1",
        "RESET threads",
        "PRAGMA threads = 1",
        "CALL pragma_version()",
        "BEGIN",
        "CHECKPOINT",
        "VACUUM",
        "PREPARE p AS SELECT 1",
        "USE memory",
        "EXPLAIN ANALYZE COPY t TO '/tmp/thermocline-lockdown.csv'",
        "EXPLAIN ANALYZE DELETE FROM t",
        "EXPLAIN (ANALYZE) DELETE FROM t",
        "EXPLAIN ANALYZE /* SELECT */ CREATE TABLE u (x INT)",
    ];
    for statement in statements {
        let error = match store.sql(statement).collect().await {
            Ok(_) => panic!("{statement} was allowed"),
            Err(error) => error,
        };
        assert_eq!(error.kind(), ErrorKind::NotAllowed, "{statement}: {error}");
        assert!(!error.to_string().is_empty());
    }
    assert_eq!(numbers(&store, "SELECT count(*) FROM t").await, [100]);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_and_the_network_are_out_of_reach() {
    let (_dir, store) = one_table().await;
    let queries = [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM 'file.parquet'",
        "SELECT * FROM read_parquet('/etc/passwd')",
        "SELECT * FROM read_json('/etc/passwd')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM sniff_csv('/etc/passwd')",
        "SELECT * FROM 'https://example.org/file.parquet'",
        "WITH u AS (COPY (SELECT 1) TO '/tmp/thermocline-lockdown.csv') SELECT 1",
        "SELECT * FROM arrow_scan(1, 2, 3)",
        "SELECT * FROM query('COPY t TO ''/tmp/thermocline-lockdown.csv''')",
    ];
    for query in queries {
        assert!(
            store.sql(query).collect().await.is_err(),
            "{query} was allowed"
        );
    }
    assert_eq!(numbers(&store, "SELECT count(*) FROM t").await, [100]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_door_to_files_can_be_opened() {
    let (_dir, store) = one_table().await;
    store
        .start_sql(SqlOptions::default().with_external_access(true))
        .unwrap();
    let lines = numbers(&store, "SELECT count(*) FROM read_text('/etc/passwd')").await;
    assert_eq!(lines, [1]);
    // Statements that write are no queries all the same.
    let error = store
        .sql("COPY t TO '/tmp/x.csv'")
        .collect()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAllowed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_exactly_one_statement() {
    let (_dir, store) = one_table().await;
    let two = store.sql("SELECT 1; SELECT 2").collect().await.unwrap_err();
    assert_eq!(two.kind(), ErrorKind::NotAllowed);
    for none in ["", "  ", ";", "-- nothing"] {
        let error = store.sql(none).collect().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidQuery, "{none:?}: {error}");
    }
    let error = store.sql("SELECT 1\0").collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    let error = store.sql("SELEC 1").collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scan_function_is_of_no_use_by_itself() {
    let (_dir, store) = one_table().await;
    for call in [
        "thermocline_scan(999, 't')",
        "thermocline_scan(-1, 't')",
        "thermocline_scan(0, 'u')",
    ] {
        let error = store
            .sql(&format!("SELECT * FROM {call}"))
            .collect()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidQuery, "{call}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_engine_spills_to_its_directory() {
    let (dir, store) = store().await;
    let rows: i64 = 2_000_000;
    let scattered = (0..rows).map(|x| x * 7_919 % rows);
    table(
        &store,
        "t",
        &batch(vec![("x", ints(scattered)), ("y", ints(0..rows))]),
    )
    .await;
    let spill = dir.path().join("spill");
    let options = SqlOptions::default()
        .with_threads(2)
        .with_memory_limit(40 << 20)
        .with_spill_directory(&spill);
    let engine = SqlEngine::new(options).unwrap();
    // 32 MB of rows and as much for sorting them do not fit into 40 MB.
    let query = "SELECT count(*) FROM (SELECT x, y, lag(x) OVER (ORDER BY x) AS before FROM t) \
                 WHERE before IS NULL OR before + 1 = x";
    let counted = engine.sql(&store, query).collect().await.unwrap();
    assert_eq!(
        crate::support::column(&crate::support::whole(&counted), 0),
        [rows.to_string()]
    );
    assert!(spill.exists(), "nothing was spilled");
}
