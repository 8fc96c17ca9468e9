//! What rows take in memory, and what adding one costs, counted at the allocator.

extern crate thermocline_formats as thermocline;

#[expect(dead_code, clippy::unwrap_used, reason = "shared with other tests")]
#[path = "soa/orders.rs"]
mod orders;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use orders::{OrderSoA, OrderStore, order};
use thermocline_formats::soa::ToArrow;

/// Bytes that are allocated now.
static HELD: AtomicUsize = AtomicUsize::new(0);
/// Bytes that were ever allocated, those included that moved when memory grew.
static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call goes to the system's allocator with the caller's own arguments.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(layout.size(), Ordering::Relaxed);
        ALLOCATED.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of this method, which is the system's too.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as in `alloc`; the system's allocator gave this memory out.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        HELD.fetch_add(size, Ordering::Relaxed);
        ALLOCATED.fetch_add(size, Ordering::Relaxed);
        // SAFETY: as in `dealloc`.
        unsafe { System.realloc(memory, layout, size) }
    }
}

/// Bytes of an order: five columns of `u64`, two of `f64`, one of `u32`, two of one byte.
const ROW: usize = 62;

/// The counters are the process's, so that all of this is one test.
#[test]
fn rows_take_little_more_than_their_bytes_and_adding_one_costs_the_same_however_many_there_are() {
    // Not only where the number of rows happens to fit.
    for rows in [1_000_000_usize, 1_100_000, 1_500_000] {
        let before = HELD.load(Ordering::Relaxed);
        let mut columns = OrderSoA::new();
        (0..rows as u64).for_each(|id| columns.push(order(id)));
        let held = HELD.load(Ordering::Relaxed) - before;
        assert!(held >= rows * ROW, "{held} bytes can't hold {rows} rows");
        assert!(
            held * 100 <= rows * ROW * 115,
            "{held} bytes for {rows} rows"
        );
        assert!(
            columns.memory_size().abs_diff(held) < 4096,
            "{} is said",
            columns.memory_size()
        );
        // A record batch of them is the same memory.
        let batch = columns.to_record_batch();
        let more = HELD.load(Ordering::Relaxed) - before - held;
        assert!(
            more < 16_384,
            "{more} bytes more for a batch of {:?} rows",
            batch.map(|b| b.num_rows())
        );
    }

    // Bytes that are allocated, or moved to where there is more room, for each row that is added.
    let mut store = OrderStore::new();
    let mut add = |rows: std::ops::Range<u64>| {
        let (before, count) = (ALLOCATED.load(Ordering::Relaxed), rows.end - rows.start);
        rows.for_each(|id| {
            store.add(order(id));
        });
        (ALLOCATED.load(Ordering::Relaxed) - before) as u64 / count
    };
    let (early, late) = (add(0..100_000), add(100_000..1_000_000));
    // Columns grow by an eighth: of each byte that is there in the end, at most eight were left
    // behind. The index doubles: at most 2 × 17 bytes a row.
    let bound = 9 * 62 + 2 * 34;
    assert!(
        early <= bound && late <= bound,
        "{early} and {late} bytes a row"
    );
    // The millionth row replaced costs nothing.
    let before = ALLOCATED.load(Ordering::Relaxed);
    (0..1_000_000).for_each(|id| {
        store.add(order(id));
    });
    assert_eq!(ALLOCATED.load(Ordering::Relaxed), before);
    assert_eq!(store.len(), 1_000_000);
}
