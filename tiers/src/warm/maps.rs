//! Which warm files are mapped.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use parking_lot::Mutex;
use thermocline_formats::IpcSegment;

use crate::error::Result;

/// The mapped files of a store, of which there are only so many at a time: what was read longest ago
/// is mapped again when it is read. (Linux gives a process 65,530 mappings.)
///
/// A file that is being read stays mapped meanwhile, and as long as somebody holds its batches.
#[derive(Debug)]
pub(crate) struct Maps {
    /// In the order in which they were read. What leaves is unmapped at once, not when the cache gets
    /// round to it: a removed file takes room on the disk until then.
    mapped: Cache<u64, Arc<Slot>>,
    next: AtomicU64,
}

type Slot = Mutex<Option<Arc<IpcSegment>>>;

/// One file's place among them.
#[derive(Debug)]
pub(super) struct Mapping {
    maps: Arc<Maps>,
    name: u64,
    slot: Arc<Slot>,
}

impl Maps {
    /// At most so many, and one.
    pub(crate) fn new(files: u64) -> Self {
        let lru = Cache::builder().eviction_policy(EvictionPolicy::lru());
        let lru = lru.max_capacity(files.max(1));
        Self {
            mapped: lru
                .eviction_listener(|_, slot: Arc<Slot>, _| *slot.lock() = None)
                .build(),
            next: AtomicU64::new(0),
        }
    }
}

impl Mapping {
    /// The place of a file that is not mapped yet.
    pub(super) fn new(maps: &Arc<Maps>) -> Self {
        Self {
            name: maps.next.fetch_add(1, Ordering::Relaxed),
            maps: Arc::clone(maps),
            slot: Arc::default(),
        }
    }

    /// The mapped file. One thread maps it, the others wait; after a failure the next one tries again.
    pub(super) fn get(&self, map: impl FnOnce() -> Result<IpcSegment>) -> Result<Arc<IpcSegment>> {
        let mut slot = self.slot.lock();
        if let Some(mapped) = &*slot {
            let mapped = Arc::clone(mapped);
            drop(slot);
            // It was read just now.
            self.maps.mapped.get(&self.name);
            return Ok(mapped);
        }
        let mapped = Arc::new(map()?);
        *slot = Some(Arc::clone(&mapped));
        drop(slot);
        self.maps.mapped.insert(self.name, Arc::clone(&self.slot));
        // Otherwise those that are too many would stay a while longer.
        self.maps.mapped.run_pending_tasks();
        Ok(mapped)
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        self.slot.lock().take();
        self.maps.mapped.invalidate(&self.name);
    }
}
