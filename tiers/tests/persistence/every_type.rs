//! Every type that a column may have comes back bit for bit.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::compute::{concat_batches, sort_to_indices, take_record_batch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use tempfile::TempDir;
use thermocline_formats::same_bits;
use thermocline_testing::{arbitrary_batch, arbitrary_schema};
use thermocline_tiers::persistence::{ArrowPersistence, BatchPersistence, ParquetPersistence};
use thermocline_tiers::soa::ArrowSchemaGen;
use thermocline_tiers::{Codec, PartitionBy};

/// Every supported type, and the number of the row.
struct Everything;

impl ArrowSchemaGen for Everything {
    fn arrow_schema() -> SchemaRef {
        let known = arbitrary_schema();
        let mut fields = known.fields().to_vec();
        fields.push(Arc::new(Field::new("row", DataType::Int64, false)));
        Arc::new(Schema::new(fields))
    }

    fn arrow_field_names() -> Vec<&'static str> {
        Vec::new()
    }

    fn arrow_field_types() -> Vec<DataType> {
        Vec::new()
    }
}

fn rows(seed: u64, rows: usize) -> RecordBatch {
    let batch = arbitrary_batch(seed, rows);
    let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
    let rows = i64::try_from(rows).unwrap();
    columns.push(Arc::new(Int64Array::from_iter_values(0..rows)));
    RecordBatch::try_new(Everything::arrow_schema(), columns).unwrap()
}

async fn comes_back(place: &mut dyn BatchPersistence, given: &RecordBatch, name: &str) {
    let half = given.num_rows() / 2;
    place
        .save_batches(vec![given.slice(0, half)])
        .await
        .unwrap();
    place
        .append_batches(vec![given.slice(half, given.num_rows() - half)])
        .await
        .unwrap();
    let found = place.load_batches().await.unwrap().unwrap();
    let found = concat_batches(&Everything::arrow_schema(), &found).unwrap();
    let order = sort_to_indices(found.column_by_name("row").unwrap(), None, None).unwrap();
    let found = take_record_batch(&found, &order).unwrap();
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

/// Columns that can stand in a path, by the names of the schema's types.
fn in_paths() -> Vec<String> {
    let schema = arbitrary_schema();
    let kinds = [
        DataType::Boolean,
        DataType::UInt8,
        DataType::Date32,
        DataType::Utf8,
    ];
    let fields = schema.fields().iter();
    fields
        .filter(|field| kinds.contains(field.data_type()))
        .map(|field| format!("\"{}\"", field.name()))
        .collect()
}

#[tokio::test]
async fn from_memory_and_from_files_of_every_codec() {
    let seeds: Vec<u64> = match std::env::var("THERMOCLINE_SEED") {
        Ok(seed) => vec![seed.parse().unwrap()],
        Err(_) => (0..6).collect(),
    };
    for seed in seeds {
        let given = rows(seed, 40);
        let mut memory = ArrowPersistence::<Everything>::new();
        comes_back(&mut memory, &given, &format!("seed {seed}, memory")).await;
        let codecs = [
            Codec::None,
            Codec::Snappy,
            Codec::Gzip,
            Codec::Zstd(1),
            Codec::Zstd(19),
            Codec::Lz4,
        ];
        for codec in codecs {
            let dir = TempDir::new().unwrap();
            let mut files =
                ParquetPersistence::<Everything>::new(dir.path()).with_compression(codec);
            let name = format!("seed {seed}, {codec:?}");
            comes_back(&mut files, &given, &name).await;
        }
    }
}

#[tokio::test]
async fn from_the_names_of_folders() {
    let columns = in_paths();
    assert!(columns.len() >= 8, "{columns:?}");
    for seed in 10..14 {
        // Long texts are no names of folders; a seed in sixteen has them.
        let given = rows(seed, 12);
        for column in &columns {
            let dir = TempDir::new().unwrap();
            let by: PartitionBy = column.parse().unwrap();
            let mut files =
                ParquetPersistence::<Everything>::new(dir.path()).with_partition_by(by.clone());
            if by.split(&given).is_err() {
                println!("seed {seed}: {column} has a text that is too long");
                continue;
            }
            comes_back(&mut files, &given, &format!("seed {seed}, by {column}")).await;
        }
    }
}
