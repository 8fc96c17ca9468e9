//! The end of a file's last handle.
//!
//! This file names nothing of the engine but its primitives, and the tests compile it with others that
//! try every interleaving (see `sync`).

use std::sync::Arc;

use super::sync::{AtomicBool, Ordering};

/// Takes the files that nobody needs any more.
pub(crate) trait Collector {
    type File: Clone;

    fn collect_later(&self, file: Self::File);
}

/// Hands a file over when it is dropped, if it was told to. A handle of a file has one of these, and
/// is shared by all who read the file.
#[derive(Debug)]
pub(crate) struct Retired<C: Collector> {
    collector: Option<Arc<C>>,
    file: C::File,
    retired: AtomicBool,
}

impl<C: Collector> Retired<C> {
    /// `collector` is `None` in a reading process, which never collects.
    pub(crate) fn new(collector: Option<Arc<C>>, file: C::File) -> Self {
        Self {
            collector,
            file,
            retired: AtomicBool::new(false),
        }
    }

    /// The manifest no longer needs the file.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
    }
}

impl<C: Collector> Drop for Retired<C> {
    fn drop(&mut self) {
        if let Some(collector) = &self.collector
            && self.retired.load(Ordering::Acquire)
        {
            collector.collect_later(self.file.clone());
        }
    }
}
