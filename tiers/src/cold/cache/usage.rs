//! What the cache was good for.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

/// What the ranges of remote objects that are kept on the local disk were good for, since
/// the store was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ColdCacheStats {
    /// Ranges that came from the disk alone.
    pub hits: u64,
    /// Ranges that the object store had to be asked for, at least for a part.
    pub misses: u64,
    /// Bytes that came from the disk.
    pub read_bytes: u64,
    /// Bytes that were put there.
    pub written_bytes: u64,
    /// Files that were damaged, and so were read from the object store again.
    pub damaged: u64,
    /// Files that were removed to stay within the budget.
    pub evicted: u64,
    /// Bytes on the disk now, as far as this process knows; 0 before the first use.
    pub bytes: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Usage {
    hits: AtomicU64,
    misses: AtomicU64,
    read_bytes: AtomicU64,
    written_bytes: AtomicU64,
    damaged: AtomicU64,
    evicted: AtomicU64,
}

impl Usage {
    /// A range was asked for, and so many of its bytes were here.
    pub(crate) fn asked(&self, here: u64, all: bool) {
        let (count, name) = if all {
            (&self.hits, "thermocline_cold_cache_hits_total")
        } else {
            (&self.misses, "thermocline_cold_cache_misses_total")
        };
        count.fetch_add(1, Ordering::Relaxed);
        metrics::counter!(name).increment(1);
        self.read_bytes.fetch_add(here, Ordering::Relaxed);
        metrics::counter!("thermocline_cold_cache_bytes_total", "op" => "read").increment(here);
    }

    pub(super) fn written(&self, bytes: u64) {
        self.written_bytes.fetch_add(bytes, Ordering::Relaxed);
        metrics::counter!("thermocline_cold_cache_bytes_total", "op" => "write").increment(bytes);
    }

    pub(super) fn damaged(&self) {
        self.damaged.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("thermocline_cold_cache_damaged_total").increment(1);
    }

    pub(super) fn evicted(&self, files: u64) {
        self.evicted.fetch_add(files, Ordering::Relaxed);
        metrics::counter!("thermocline_cold_cache_evicted_total").increment(files);
    }

    pub(super) fn stats(&self, bytes: u64) -> ColdCacheStats {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        ColdCacheStats {
            hits: read(&self.hits),
            misses: read(&self.misses),
            read_bytes: read(&self.read_bytes),
            written_bytes: read(&self.written_bytes),
            damaged: read(&self.damaged),
            evicted: read(&self.evicted),
            bytes,
        }
    }
}
