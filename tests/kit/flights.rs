//! The data of `examples/data/nycflights13`.
#![expect(
    clippy::disallowed_methods,
    reason = "the source files are no part of a store"
)]

use std::path::PathBuf;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use thermocline::arrow::array::RecordBatch;
use thermocline::{Store, Table, TableOptions};
use thermocline_testing::Random;

/// The data set's tables.
pub const TABLES: [&str; 5] = ["flights", "airlines", "airports", "planes", "weather"];

/// The source file of a table.
pub fn file(table: &str) -> PathBuf {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/nycflights13");
    PathBuf::from(data).join(format!("{table}.parquet"))
}

/// The rows of a table's source file, in its order.
pub fn batches(table: &str, batch_rows: usize) -> Vec<RecordBatch> {
    let bytes = bytes::Bytes::from(std::fs::read(file(table)).unwrap());
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
    reader
        .with_batch_size(batch_rows)
        .build()
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

/// Creates a table for these rows; by month and sorted where there is a time.
pub async fn create(store: &Store, name: &str) -> Table {
    let schema = batches(name, 1 << 17)[0].schema();
    let mut options = TableOptions::new(schema);
    if matches!(name, "flights" | "weather") {
        options = options
            .partition_by("month(time_hour)".parse().unwrap())
            .event_time("time_hour");
    }
    if name == "flights" {
        options = options.sort_by(["carrier", "flight"]);
    }
    store.create_table(name, options).await.unwrap()
}

/// Creates a table and appends its rows in batches of many sizes, sealing now
/// and then. The last batches stay open.
pub async fn load(store: &Store, name: &str, random: &mut Random) -> Table {
    let table = create(store, name).await;
    for batch in batches(name, 1 << 17) {
        let mut start = 0;
        while start < batch.num_rows() {
            let rows = (1 + random.below(30_000)).min(batch.num_rows() - start);
            table.append(batch.slice(start, rows)).await.unwrap();
            start += rows;
            if random.one_in(6) {
                table.seal().await.unwrap();
            }
        }
    }
    table
}
