//! What a recording of accesses must still have.

use std::collections::BTreeMap;

use thermocline_policy::trace::Request;

use crate::failure::{Outcome, ensure};

/// The recording of one store.
#[derive(Debug, Clone, Default)]
pub struct TraceFacts {
    /// Recordings that have begun: each removes the one before.
    begun: usize,
    /// Calls under way, or given up, that begin one.
    beginning: usize,
    /// What somebody has read of it, so that it is on the disk.
    read: Vec<Request>,
}

impl TraceFacts {
    /// A recording is about to begin.
    pub fn begin(&mut self) {
        self.begun += 1;
        self.beginning += 1;
        self.read.clear();
    }

    /// It has begun, or it was refused.
    pub fn began(&mut self) {
        self.beginning = self.beginning.saturating_sub(1);
    }

    /// Recordings that have begun.
    #[must_use]
    pub fn begun(&self) -> usize {
        self.begun
    }

    /// What was read before a power cut may be gone.
    pub(super) fn forget(&mut self) {
        self.read.clear();
        self.beginning = 0;
    }

    /// What was read of the recording so far.
    #[must_use]
    pub fn known(&self) -> Vec<Request> {
        self.read.clone()
    }

    /// Checks what was read, and remembers it. When the reading began, `begun` recordings had begun,
    /// and `known` was read.
    ///
    /// # Errors
    /// When something is missing that was read before, or it has no order.
    pub fn check(&mut self, requests: Vec<Request>, begun: usize, known: &[Request]) -> Outcome {
        ensure(requests.is_sorted_by_key(|request| request.time), || {
            format!("recorded accesses are in no order: {requests:?}")
        })?;
        if begun != self.begun || self.beginning > 0 {
            return Ok(());
        }
        let mut left: BTreeMap<(i64, u64, u64), usize> = BTreeMap::new();
        let name = |request: &Request| (request.time.0, request.object, request.bytes);
        for request in &requests {
            *left.entry(name(request)).or_default() += 1;
        }
        for request in known {
            let there = left.get_mut(&name(request)).filter(|times| **times > 0);
            let found = there.is_some();
            if let Some(times) = there {
                *times -= 1;
            }
            ensure(found, || {
                format!(
                    "of {} recorded accesses that were read, {request:?} is not among the {} of now",
                    known.len(),
                    requests.len()
                )
            })?;
        }
        // Of two that read at the same time, the one that saw less may be told later.
        if requests.len() >= self.read.len() {
            self.read = requests;
        }
        Ok(())
    }
}
