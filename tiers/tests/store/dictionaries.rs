//! Columns of words whose keys can count fewer words than the table has.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::kit::builder;
use arrow::array::{ArrayRef, AsArray, DictionaryArray, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int8Type, Int64Type};
use futures::TryStreamExt;
use thermocline_tiers::{ScanOptions, Selection, Snapshot, Store, TableOptions, Tier};

/// Eight rows with words that no other batch has; 128 are all that the keys can count.
fn batch(number: i64) -> RecordBatch {
    let words: Vec<String> = (0..8).map(|word| format!("{number}-{word}")).collect();
    let words: DictionaryArray<Int8Type> = words.iter().map(String::as_str).collect();
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(
        (0..8).map(|row| number * 8 + row),
    ));
    RecordBatch::try_from_iter([("number", numbers), ("word", Arc::new(words) as ArrayRef)])
        .unwrap()
}

/// Every row's number and word, and how often it is there.
async fn rows(snapshot: &Snapshot) -> BTreeMap<(i64, String), usize> {
    let table = snapshot.table("words").unwrap();
    let scan = table.scan(ScanOptions::new()).unwrap();
    let batches: Vec<RecordBatch> = scan.stream().try_collect().await.unwrap();
    let mut found = BTreeMap::new();
    for batch in batches {
        let words = cast(batch.column(1), &DataType::Utf8).unwrap();
        let words: &StringArray = words.as_string();
        let numbers = batch.column(0).as_primitive::<Int64Type>();
        for (number, word) in numbers.values().iter().zip(words) {
            *found
                .entry((*number, word.unwrap().to_owned()))
                .or_default() += 1;
        }
    }
    found
}

fn expected(batches: i64) -> BTreeMap<(i64, String), usize> {
    (0..batches * 8)
        .map(|row| ((row, format!("{}-{}", row / 8, row % 8)), 1))
        .collect()
}

async fn filled(dir: &tempfile::TempDir) -> Store {
    let store = builder(dir).open().await.unwrap();
    let table = store
        .create_table("words", TableOptions::new(batch(0).schema()))
        .await
        .unwrap();
    for number in 0..100 {
        table.append(batch(number)).await.unwrap();
    }
    store
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_words_than_keys_become_more_segments_and_no_row_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(&dir).await;
    let all = expected(100);
    assert_eq!(rows(&store.snapshot()).await, all);
    let table = store.table("words").unwrap();
    table.seal().await.unwrap();
    assert_eq!(rows(&store.snapshot()).await, all);
    let segments = table.segments().unwrap();
    assert!(
        segments.len() > 100 * 8 / 128,
        "{} segments",
        segments.len()
    );
    for tier in [Tier::Warm, Tier::Cold, Tier::Hot] {
        table.move_to(&Selection::All, tier).await.unwrap();
        assert_eq!(rows(&store.snapshot()).await, all, "{tier}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replay_brings_back_the_segments_without_a_file_and_only_those() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(&dir).await;
    let table = store.table("words").unwrap();
    table.seal().await.unwrap();
    // Every other segment gets a file, none of which may cover a write of its neighbours.
    for segment in table.segments().unwrap().iter().step_by(2) {
        table
            .move_to(&Selection::Segment(segment.segment), Tier::Warm)
            .await
            .unwrap();
    }
    store.close().await.unwrap();
    let store = builder(&dir).open().await.unwrap();
    assert_eq!(rows(&store.snapshot()).await, expected(100));
    store.table("words").unwrap().seal().await.unwrap();
    assert_eq!(rows(&store.snapshot()).await, expected(100));
}
