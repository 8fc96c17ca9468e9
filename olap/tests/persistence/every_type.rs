//! Every type that a column may have comes back bit for bit, from memory and from a file.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Schema, SchemaRef, TimeUnit};
use tempfile::TempDir;
use thermocline_formats::same_bits;
use thermocline_olap::persistence::DuckDBPersistence;
use thermocline_testing::{arbitrary_batch_of, arbitrary_schema};
use thermocline_tiers::persistence::BatchPersistence;
use thermocline_tiers::soa::ArrowSchemaGen;

/// Every supported type but the two that SQL has less room for: floats of 16 bits, whose NaNs lose
/// their payload, and seconds and milliseconds with a zone, which are microseconds there.
struct Everything;

impl ArrowSchemaGen for Everything {
    fn arrow_schema() -> SchemaRef {
        let known = arbitrary_schema();
        let fields = known.fields().iter().filter(|field| {
            !matches!(
                field.data_type(),
                DataType::Float16
                    | DataType::Timestamp(TimeUnit::Second | TimeUnit::Millisecond, Some(_))
            )
        });
        Arc::new(Schema::new(fields.cloned().collect::<Vec<_>>()))
    }

    fn arrow_field_names() -> Vec<&'static str> {
        Vec::new()
    }

    fn arrow_field_types() -> Vec<DataType> {
        Vec::new()
    }
}

fn assert_same(found: &[RecordBatch], given: &RecordBatch, name: &str) {
    let found = concat_batches(&Everything::arrow_schema(), found).unwrap();
    for index in 0..given.num_columns() {
        let (found, given) = (
            found.project(&[index]).unwrap(),
            given.project(&[index]).unwrap(),
        );
        assert!(
            same_bits(&found, &given),
            "{name}: {:?}\ninstead of {:?}",
            found.column(0),
            given.column(0)
        );
    }
}

#[tokio::test]
async fn from_memory_and_from_a_file_opened_again() {
    let seeds: Vec<u64> = match std::env::var("THERMOCLINE_SEED") {
        Ok(seed) => vec![seed.parse().unwrap()],
        Err(_) => (0..8).collect(),
    };
    for seed in seeds {
        let given = arbitrary_batch_of(&Everything::arrow_schema(), seed, 50);
        let mut memory = DuckDBPersistence::<Everything>::new(None, "t").unwrap();
        memory.save_batches(vec![given.slice(0, 20)]).await.unwrap();
        memory
            .append_batches(vec![given.slice(20, 30)])
            .await
            .unwrap();
        let found = memory.load_batches().await.unwrap().unwrap();
        assert_same(&found, &given, &format!("seed {seed}, memory"));

        let dir = TempDir::new().unwrap();
        let path = dir.path().join("t.duckdb");
        let mut file = DuckDBPersistence::<Everything>::new(path.to_str(), "t").unwrap();
        file.save_batches(vec![given.clone()]).await.unwrap();
        // Compressed and written, not only logged.
        file.sql("CHECKPOINT").execute().await.unwrap();
        drop(file);
        let file = DuckDBPersistence::<Everything>::new(path.to_str(), "t").unwrap();
        let found = file.load_batches().await.unwrap().unwrap();
        assert_same(&found, &given, &format!("seed {seed}, file"));
    }
}
