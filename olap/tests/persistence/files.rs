//! Databases in files.

use tempfile::TempDir;
use thermocline_olap::persistence::DuckDBPersistence;
use thermocline_tiers::ErrorKind;
use thermocline_tiers::persistence::{ParquetPersistence, SoAPersistence};

use crate::kit::{Sales, sales};

fn open(dir: &TempDir) -> Result<DuckDBPersistence<Sales>, thermocline_tiers::Error> {
    let path = dir.path().join("shop.duckdb");
    DuckDBPersistence::new(path.to_str(), "sales")
}

#[tokio::test]
async fn a_set_survives_its_handle() {
    let dir = TempDir::new().unwrap();
    open(&dir).unwrap().save(&sales(0..100)).await.unwrap();
    open(&dir).unwrap().append(&sales(100..120)).await.unwrap();
    let again = open(&dir).unwrap();
    assert_eq!(again.load().await.unwrap(), Some(sales(0..120)));
    assert_eq!(again.memory_stats().await.unwrap().total_rows, 120);
    assert!(again.memory_stats().await.unwrap().total_bytes > 0);
}

#[tokio::test]
async fn a_file_that_is_open_is_not_opened_again() {
    let dir = TempDir::new().unwrap();
    let mut one = open(&dir).unwrap();
    one.save(&sales(0..3)).await.unwrap();
    let error = open(&dir).unwrap_err();
    assert!(error.to_string().contains("shop"), "{error}");
    drop(one);
    open(&dir).unwrap();
}

#[test]
fn what_is_no_database_is_refused_by_name() {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("shop.duckdb"), "text".repeat(10_000)).unwrap();
    let error = open(&dir).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    assert!(error.to_string().contains("shop.duckdb"), "{error}");

    let nowhere = dir.path().join("not/there.duckdb");
    let error = DuckDBPersistence::<Sales>::new(nowhere.to_str(), "sales").unwrap_err();
    assert!(error.to_string().contains("there.duckdb"), "{error}");
}

#[tokio::test]
async fn duckdb_reads_a_directory_of_typed_rows_as_hive_partitions() {
    let dir = TempDir::new().unwrap();
    let mut files = ParquetPersistence::<Sales>::new(dir.path())
        .with_partition_by("shop, truncate(10, id)".parse().unwrap());
    files.save(&sales(50..60)).await.unwrap();
    files.save(&sales(0..40)).await.unwrap();
    files.append(&sales(40..45)).await.unwrap();
    let database = DuckDBPersistence::<Sales>::new(None, "unused").unwrap();
    let query = format!(
        "SELECT id, shop, amount FROM read_parquet('{}/**/*.parquet', hive_partitioning = true) \
         ORDER BY id",
        dir.path().display()
    );
    let found: Sales = database.sql(&query).rows().await.unwrap();
    assert_eq!(found, sales(0..45));
}
