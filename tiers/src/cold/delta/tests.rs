//! The table against the kernel, which reads what we write, and against itself.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use object_store::ObjectStore;
use object_store::memory::InMemory;
use thermocline_formats::SegmentStats;
use thermocline_policy::{SegmentId, Timestamp};

use super::partition::{partition_columns, partition_dir, partition_key};
use super::*;
use crate::ErrorKind;
use crate::manifest::{FileMeta, Seal};

const NOW: Timestamp = Timestamp(1_700_000_000_000_000);

fn schema() -> Schema {
    Schema::new(vec![
        Field::new("id", DataType::UInt64, false),
        Field::new("at", DataType::Timestamp(TimeUnit::Microsecond, None), true),
    ])
}

fn table(objects: &Arc<dyn ObjectStore>) -> DeltaTable {
    DeltaTable::new(objects, "events-1", "store/1/mover".to_owned(), None).unwrap()
}

fn description() -> Metadata {
    let properties = TableProperties {
        store: Some("store".to_owned()),
        name: "events".to_owned(),
        partition_by: "month(at)".parse().unwrap(),
    };
    metadata("id".to_owned(), 0, &schema(), &properties).unwrap()
}

async fn new_table() -> (Arc<dyn ObjectStore>, DeltaTable, Head) {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let table = table(&objects);
    table
        .create(&description(), &schema::protocol(&schema()), NOW)
        .await
        .unwrap();
    let head = table.head().unwrap();
    (objects, table, head)
}

fn file(path: &str) -> FileMeta {
    FileMeta {
        path: path.to_owned(),
        bytes: 100,
        crc: 7,
        parts: 2,
        seal: Seal { len: 10, crc: 9 },
    }
}

fn add(path: &str) -> Add {
    let columns = description().partition_columns;
    let key = "at_month=2024-03".parse().unwrap();
    Add {
        path: path.to_owned(),
        partition_values: partition_values(&columns, &key),
        size: 100,
        modification_time: 1,
        data_change: true,
        stats: Some(stats(&schema(), &SegmentStats::default())),
        tags: FileTag::new(SegmentId(5), &file(path), 0).into_tags(),
        deletion_vector: None,
    }
}

fn change(sequence: u64, path: &str) -> Change {
    Change {
        operation: Operation::Write,
        uuid: SegmentId(u128::from(sequence) << 64 | u128::from(path.len() as u64)),
        sequence,
        follows: None,
        also: Vec::new(),
        metadata: None,
        add: vec![add(path)],
        remove: Vec::new(),
    }
}

#[tokio::test]
async fn the_kernel_reads_what_was_committed() {
    let (_, table, mut head) = new_table().await;
    assert_eq!((head.version, head.sequence, head.epoch), (0, 0, 0));
    let committed = table
        .commit(
            &mut head,
            3,
            &change(1, "a%25b.parquet"),
            NOW,
            &mut Vec::new(),
        )
        .await
        .unwrap();
    assert!(matches!(committed, Committed::At(1)));
    let read = table.head().unwrap();
    assert_eq!((read.version, read.sequence, read.epoch), (1, 1, 3));
    assert_eq!(read.metadata, description());

    let snapshot = table.snapshot(At::Newest).unwrap();
    let (path, found) = snapshot.files.first_key_value().unwrap();
    assert_eq!(path, "a%b.parquet");
    assert_eq!(
        found.partition_values["at_month"].as_deref(),
        Some("2024-03")
    );
    let tag = FileTag::of(found.tags.as_ref()).unwrap();
    assert_eq!((tag.segment, tag.crc, tag.parts), (SegmentId(5), 7, 2));
    assert!(table.snapshot(At::Version(0)).unwrap().files.is_empty());
}

#[tokio::test]
async fn tags_and_progress_survive_a_checkpoint() {
    let (objects, table, mut head) = new_table().await;
    for sequence in 1..=3 {
        let change = change(sequence, &format!("{sequence}.parquet"));
        table
            .commit(&mut head, 1, &change, NOW, &mut Vec::new())
            .await
            .unwrap();
    }
    assert_eq!(table.checkpoint().unwrap(), 3);
    // Commit 3 and the checkpoint are left.
    assert_eq!(table.clean_log(3, i64::MIN).await.unwrap(), 0);
    assert_eq!(table.clean_log(3, i64::MAX).await.unwrap(), 3);
    let path = format!("events-1/_delta_log/{:020}.json", 3);
    object_store::ObjectStoreExt::delete(&objects, &path.into())
        .await
        .unwrap();
    let read = table.head().unwrap();
    assert_eq!(
        (read.version, read.sequence, read.epoch, read.checkpoint),
        (3, 3, 1, 3)
    );
    let snapshot = table.snapshot(At::Newest).unwrap();
    assert_eq!(snapshot.files.len(), 3);
    for file in snapshot.files.values() {
        assert_eq!(FileTag::of(file.tags.as_ref()).unwrap().crc, 7);
    }
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_found_again() {
    let (_, table, mut head) = new_table().await;
    let before = head.clone();
    let change = change(1, "a.parquet");
    table
        .commit(&mut head, 1, &change, NOW, &mut Vec::new())
        .await
        .unwrap();
    let mut head = before;
    let again = table
        .commit(&mut head, 1, &change, NOW, &mut Vec::new())
        .await
        .unwrap();
    assert!(matches!(again, Committed::At(1)));
    assert_eq!(table.head().unwrap().version, 1);
}

#[tokio::test]
async fn the_older_of_two_writers_is_fenced() {
    let (_, table, mut old) = new_table().await;
    let mut new = old.clone();
    table
        .commit(&mut new, 2, &change(1, "new.parquet"), NOW, &mut Vec::new())
        .await
        .unwrap();
    let refused = table
        .commit(&mut old, 1, &change(1, "old"), NOW, &mut Vec::new())
        .await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Fenced);
    let files = table.snapshot(At::Newest).unwrap().files;
    assert_eq!(files.keys().collect::<Vec<_>>(), ["new.parquet"]);
}

#[test]
fn partition_values_are_told_apart() {
    let by = "carrier".parse().unwrap();
    let schema = Schema::new(vec![Field::new("carrier", DataType::Utf8, true)]);
    let columns = partition_columns(&schema, &by);
    assert_eq!(columns, ["carrier_partition"]);
    // Encoded it would be longer than a file system takes.
    let long = "ü".repeat(60);
    // Each value, what the log says, and its directory.
    let cases = [
        (Some(""), Some("\"\""), "%22%22"),
        (Some("\""), Some("\""), "%22"),
        (Some("\"\""), Some("\"\"\""), "%22%22%22"),
        (Some("\"\"\""), Some("\"\"\"\""), "%22%22%22%22"),
        (None, None, "__HIVE_DEFAULT_PARTITION__"),
        (
            Some("__HIVE_DEFAULT_PARTITION__"),
            Some("__HIVE_DEFAULT_PARTITION__"),
            "%5F_HIVE_DEFAULT_PARTITION__",
        ),
        (Some("a/b=c"), Some("a/b=c"), "a%2Fb%3Dc"),
        (Some("%41"), Some("%41"), "%2541"),
        (Some("ü"), Some("ü"), "%C3%BC"),
        (Some(&long), Some(&long), &long),
    ];
    for (value, logged, dir) in cases {
        let key = thermocline_formats::PartitionKey::of(&by, [value]).unwrap();
        let values = partition_values(&columns, &key);
        assert_eq!(values["carrier_partition"].as_deref(), logged);
        assert_eq!(
            partition_dir(&columns, &key),
            format!("carrier_partition={dir}")
        );
        assert_eq!(partition_key(&columns, &by, &values).unwrap(), key);
    }
}
