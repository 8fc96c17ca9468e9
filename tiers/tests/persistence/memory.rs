//! Rows in memory.

use arrow::array::Array;
use thermocline_tiers::persistence::{ArrowPersistence, BatchPersistence, SoAPersistence};
use thermocline_tiers::soa::ToArrow;

use crate::kit::Sales;

#[tokio::test]
async fn what_is_saved_is_not_copied() {
    let batch = Sales::of(0..1000).to_record_batch().unwrap();
    let mut sales = ArrowPersistence::<Sales>::new();
    sales.save_batches(vec![batch.clone()]).await.unwrap();
    let loaded = sales.load_batches().await.unwrap().unwrap();
    assert_eq!(loaded.len(), 1);
    for (given, kept) in batch.columns().iter().zip(loaded[0].columns()) {
        let (given, kept) = (given.to_data(), kept.to_data());
        let pointers = |data: &arrow::array::ArrayData| -> Vec<_> {
            data.buffers()
                .iter()
                .map(arrow::buffer::Buffer::as_ptr)
                .collect()
        };
        assert_eq!(pointers(&given), pointers(&kept));
    }
}

#[tokio::test]
async fn many_small_appends_become_few_batches() {
    let mut sales = ArrowPersistence::<Sales>::new();
    let rows = 10_000_i64;
    for id in 0..rows {
        sales.append(&Sales::of(id..id + 1)).await.unwrap();
    }
    let stats = sales.memory_stats().await.unwrap();
    assert_eq!(stats.total_rows, 10_000);
    // Of as many rows as the binary digits of 10,000 say.
    assert_eq!(stats.num_batches, 10_000_u32.count_ones() as usize);
    assert_eq!(
        stats.average_batch_size,
        stats.total_bytes / stats.num_batches
    );
    assert_eq!(sales.load().await.unwrap().unwrap(), Sales::of(0..rows));
}

#[tokio::test]
async fn a_clone_is_another_handle_on_the_same_set() {
    let mut one = ArrowPersistence::<Sales>::new();
    let other = one.clone();
    one.save(&Sales::of(0..5)).await.unwrap();
    assert_eq!(other.load().await.unwrap(), Some(Sales::of(0..5)));
}
