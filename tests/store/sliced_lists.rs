//! A batch may be a slice of a larger one, with lists that start in the middle of their items: SQL
//! sees its rows, and nothing of what it was cut from.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::sync::Arc;

use crate::kit::builder;
use crate::kit::oracle::answer;
use thermocline::TableOptions;
use thermocline::arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray, RecordBatch};
use thermocline::arrow::buffer::{NullBuffer, OffsetBuffer};
use thermocline::arrow::datatypes::{DataType, Field, Int64Type};

/// Lists of 0, 1, 2, 3, 0, 1, … numbers.
fn lists(null_items: bool, null_lists: bool) -> ArrayRef {
    let lengths: Vec<usize> = (0..40).map(|row| row % 4).collect();
    let items = lengths.iter().sum::<usize>();
    let items: Int64Array = (0..i64::try_from(items).unwrap())
        .map(|item| (!null_items || item % 3 != 1).then_some(item))
        .collect();
    // A null list may well have items behind it.
    let nulls = null_lists.then(|| (0..40).map(|row| row % 5 != 2).collect::<NullBuffer>());
    let item = Arc::new(Field::new("item", DataType::Int64, true));
    Arc::new(ListArray::new(
        item,
        OffsetBuffer::from_lengths(lengths),
        Arc::new(items),
        nulls,
    ))
}

fn plain(lists: &ArrayRef, rows: impl Iterator<Item = usize>) -> Vec<Option<Vec<Option<i64>>>> {
    let lists = lists.as_list::<i32>();
    rows.map(|row| {
        lists.is_valid(row).then(|| {
            lists
                .value(row)
                .as_primitive::<Int64Type>()
                .iter()
                .collect()
        })
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_of_a_sliced_batch_are_the_same_in_sql() {
    let mut wrong = Vec::new();
    for (null_items, null_lists) in [(false, false), (false, true), (true, false), (true, true)] {
        for (start, len) in [(0, 40), (0, 20), (3, 20), (20, 20), (37, 3)] {
            let values = lists(null_items, null_lists);
            let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..40));
            let batch = RecordBatch::try_from_iter_with_nullable([
                ("n", numbers, false),
                ("v", values.clone(), true),
            ])
            .unwrap();
            let dir = tempfile::tempdir().unwrap();
            let store = builder(&dir).open().await.unwrap();
            let table = store
                .create_table("t", TableOptions::new(batch.schema()))
                .await
                .unwrap();
            table.append(batch.slice(start, len)).await.unwrap();
            let got = answer(&store, "SELECT v FROM t ORDER BY n").await;
            let got = plain(got.column(0), 0..got.num_rows());
            let expected = plain(&values, start..start + len);
            if got != expected {
                wrong.push((null_items, null_lists, start, len));
                println!(
                    "{:?}: {got:?}\ninstead of {expected:?}",
                    wrong.last().unwrap()
                );
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "(null items, null lists, start, length): {wrong:?}"
    );
}
