//! What a trace is like, before it is replayed.

use super::saturating;
use crate::{
    eviction::{NextUses, NextUsesBuilder},
    trace::Request,
};

/// Goes over a trace and finds out what a replay has to know before it starts.
#[derive(Debug, Default)]
pub struct Survey {
    requests: u64,
    bytes: u128,
    footprint: u128,
    objects: std::collections::HashSet<u64>,
    future: Option<NextUsesBuilder>,
}

impl Survey {
    /// Counts; its memory grows with the objects.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Also collects the future for Belady: eight bytes more for each request.
    #[must_use]
    pub fn with_future() -> Self {
        Self {
            future: Some(NextUsesBuilder::default()),
            ..Self::default()
        }
    }

    /// The next request of the trace.
    pub fn push(&mut self, request: &Request) {
        self.requests += 1;
        self.bytes += u128::from(request.bytes);
        if self.objects.insert(request.object) {
            self.footprint += u128::from(request.bytes);
        }
        if let Some(future) = &mut self.future {
            future.push(request.object);
        }
    }

    /// The trace is over.
    #[must_use]
    pub fn finish(self) -> Summary {
        Summary {
            requests: self.requests,
            bytes: saturating(self.bytes),
            objects: self.objects.len() as u64,
            footprint_bytes: saturating(self.footprint),
            future: self.future.map(NextUsesBuilder::finish),
        }
    }
}

/// What a [`Survey`] found.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Summary {
    /// How many requests there are.
    pub requests: u64,
    /// How many bytes they ask for together.
    pub bytes: u64,
    /// How many different objects they ask for.
    pub objects: u64,
    /// The bytes of all objects, each with the size of its first request: a budget of so much misses
    /// each object once.
    pub footprint_bytes: u64,
    /// When each object is requested next; `None` from [`Survey::new`].
    pub future: Option<NextUses>,
}
