//! How much memory is held.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

static COUNTING: AtomicBool = AtomicBool::new(false);
static HELD: AtomicI64 = AtomicI64::new(0);

/// The system's allocator, which counts while a [`Count`] lives.
#[derive(Debug)]
pub(crate) struct Counted;

fn add(bytes: usize, sign: i64) {
    if COUNTING.load(Ordering::Relaxed) {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        HELD.fetch_add(sign * bytes, Ordering::Relaxed);
    }
}

// SAFETY: every call goes to the system's allocator with the caller's own arguments.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size(), 1);
        // SAFETY: the caller keeps the contract of this method, which is the system's too.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size(), 1);
        // SAFETY: as in `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        add(layout.size(), -1);
        // SAFETY: as in `alloc`; the system's allocator gave this memory out.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        add(layout.size(), -1);
        add(size, 1);
        // SAFETY: as in `dealloc`.
        unsafe { System.realloc(memory, layout, size) }
    }
}

/// Counts what is allocated and not freed since it was made. One at a time.
#[derive(Debug)]
pub(crate) struct Count(());

impl Count {
    pub(crate) fn start() -> Self {
        HELD.store(0, Ordering::Relaxed);
        COUNTING.store(true, Ordering::Relaxed);
        Self(())
    }

    /// Bytes held now that were not held at the start.
    pub(crate) fn held(&self) -> i64 {
        HELD.load(Ordering::Relaxed)
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        COUNTING.store(false, Ordering::Relaxed);
    }
}
