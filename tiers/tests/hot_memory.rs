//! What a million orders take in the hot tier, counted at the allocator.
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "tests may panic, and print averages"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::{ArrayRef, Float64Array, RecordBatch, UInt8Array, UInt32Array, UInt64Array};
use thermocline_tiers::{Durability, Store, TableOptions, Tier};

/// Bytes that are allocated now.
static HELD: AtomicUsize = AtomicUsize::new(0);

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call goes to the system's allocator with the caller's own arguments.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of this method, which is the system's too.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as in `alloc`; the system's allocator gave this memory out.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// Bytes of an order: five columns of `u64`, two of `f64`, one of `u32`, two of one byte.
const ROW: usize = 62;

fn orders(ids: std::ops::Range<u64>) -> RecordBatch {
    let id = |factor: u64| -> ArrayRef {
        let values = ids.clone().map(|id| id.wrapping_mul(factor));
        Arc::new(UInt64Array::from_iter_values(values))
    };
    let money = || -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(
            ids.clone().map(|id| id as f64 / 4.0),
        ))
    };
    let code = |codes: u64| -> ArrayRef {
        Arc::new(UInt8Array::from_iter_values(
            ids.clone().map(|id| u8::try_from(id % codes).unwrap()),
        ))
    };
    let quantity = ids.clone().map(|id| u32::try_from(id % 9).unwrap());
    RecordBatch::try_from_iter([
        ("order_id", id(1)),
        ("customer_id", id(7)),
        ("product_id", id(13)),
        (
            "quantity",
            Arc::new(UInt32Array::from_iter_values(quantity)) as ArrayRef,
        ),
        ("unit_price", money()),
        ("total_amount", money()),
        ("status", code(4)),
        ("payment_method", code(3)),
        ("order_timestamp", id(60)),
        ("shipping_address_hash", id(0x9e37_79b9_7f4a_7c15)),
    ])
    .unwrap()
}

#[tokio::test]
async fn a_million_orders_take_little_more_than_their_bytes() {
    let rows = 1_000_000_usize;
    let dir = tempfile::tempdir().unwrap();
    let store = Store::builder(dir.path())
        .create_new()
        .background(false)
        .open()
        .await
        .unwrap();
    let options = TableOptions::new(orders(0..0).schema());
    let table = store.create_table("orders", options).await.unwrap();
    // What a first write and a first seal leave behind is not of the rows.
    table.append(orders(0..1)).await.unwrap();
    table.seal().await.unwrap();

    let before = HELD.load(Ordering::Relaxed);
    for first in (0..rows as u64).step_by(10_000) {
        table
            .append_with(orders(first..first + 10_000), Durability::Memory)
            .await
            .unwrap();
    }
    // Frames that wait for the log are no rows in memory.
    store.flush().await.unwrap();
    // Each row is in the log once, whatever was there before it.
    let log = store.stats().log_bytes;
    assert!(
        log * 100 <= (rows * ROW) as u64 * 105,
        "the log has {log} bytes of {rows} rows"
    );
    let open = HELD.load(Ordering::Relaxed) - before;
    table.seal().await.unwrap();
    let sealed = HELD.load(Ordering::Relaxed) - before;
    for (what, held) in [("open", open), ("sealed", sealed)] {
        assert!(held >= rows * ROW, "{held} bytes can't hold the rows");
        assert!(
            held * 100 <= rows * ROW * 115,
            "{what}: {} bytes a row",
            held as f64 / rows as f64
        );
    }
    assert_eq!(store.stats().tiers[&Tier::Hot].rows, rows as u64 + 1);
}
