//! Footers, page indexes and bloom filters of cold objects, kept in memory.

use std::ops::Range;

use bytes::Bytes;
use moka::sync::Cache;
use object_store::path::Path;
use thermocline_formats::ParquetSegment;

/// What is not rows of cold objects, as much of it as fits.
#[derive(Debug, Clone)]
pub(super) struct Metadata(Cache<Key, Kept>);

/// A path, and where in the object a filter starts; the footer has none.
type Key = (String, Option<u64>);

#[derive(Debug, Clone)]
enum Kept {
    /// With its page index.
    Footer(ParquetSegment),
    Filter(Bytes),
}

impl Metadata {
    /// At most so many bytes.
    pub(super) fn new(bytes: u64) -> Self {
        let weight = |(path, _): &Key, kept: &Kept| {
            let bytes = match kept {
                Kept::Footer(footer) => footer.memory_size(),
                Kept::Filter(bytes) => bytes.len(),
            };
            u32::try_from(path.len() + bytes).unwrap_or(u32::MAX)
        };
        let cache = Cache::builder().weigher(weight).max_capacity(bytes);
        Self(cache.support_invalidation_closures().build())
    }

    pub(super) fn footer(&self, path: &str) -> Option<ParquetSegment> {
        match self.0.get(&(path.to_owned(), None))? {
            Kept::Footer(footer) => {
                metrics::counter!("thermocline_cold_footers_total", "from" => "cache").increment(1);
                Some(footer)
            }
            Kept::Filter(_) => None,
        }
    }

    pub(super) fn keep_footer(&self, path: &str, footer: &ParquetSegment) {
        metrics::counter!("thermocline_cold_footers_total", "from" => "store").increment(1);
        let kept = Kept::Footer(footer.clone());
        self.0.insert((path.to_owned(), None), kept);
    }

    /// Its bytes; who reads them compares their checksum.
    pub(super) fn filter(&self, path: &Path, range: &Range<u64>) -> Option<Bytes> {
        let long = range.end.saturating_sub(range.start);
        match self.0.get(&(path.to_string(), Some(range.start)))? {
            Kept::Filter(bytes) if bytes.len() as u64 == long => {
                metrics::counter!("thermocline_cold_filters_total", "from" => "cache").increment(1);
                Some(bytes)
            }
            _ => None,
        }
    }

    pub(super) fn keep_filter(&self, path: &Path, range: &Range<u64>, bytes: &Bytes) {
        metrics::counter!("thermocline_cold_filters_total", "from" => "store").increment(1);
        // Not a view of something larger, which it would hold on to.
        let kept = Kept::Filter(Bytes::copy_from_slice(bytes));
        self.0.insert((path.to_string(), Some(range.start)), kept);
    }

    /// Nothing of this object is to be believed.
    pub(super) fn forget_all(&self, path: &str) {
        self.forget(path);
        let path = path.to_owned();
        // Only where such closures are not supported is there an error.
        let _ = self.0.invalidate_entries_if(move |(of, _), _| *of == path);
    }

    /// The object is gone. Its filters leave by age: no name is used twice.
    pub(super) fn forget(&self, path: &str) {
        self.0.invalidate(&(path.to_owned(), None));
    }
}
