//! The main part of W-TinyLFU: a segmented LRU.
//!
//! R. Karedla, J. S. Love, B. G. Wherry: "Caching strategies to improve disk system performance", IEEE
//! Computer 27(3), 1994.

use crate::eviction::{
    percent_of,
    queue::{Entry, Queue},
};

/// What comes in is on probation; what is asked for there is protected.
#[derive(Debug)]
pub(super) struct MainPart {
    share: u64,
    probation: Queue<()>,
    protected: Queue<()>,
    /// Whether probation has a share of its own, and what finds it full uses what room the other has.
    lends: bool,
}

impl MainPart {
    /// The share of protected objects, in percent.
    pub(super) const PROTECTED_PERCENT: u64 = 80;

    /// Of so many bytes.
    pub(super) fn new(share: u64, lends: bool) -> Self {
        Self {
            share,
            probation: Queue::default(),
            protected: Queue::default(),
            lends,
        }
    }

    pub(super) fn share(&self) -> u64 {
        self.share
    }

    fn protected_share(&self) -> u64 {
        percent_of(self.share, Self::PROTECTED_PERCENT)
    }

    pub(super) fn probation_share(&self) -> u64 {
        percent_of(self.share, 100 - Self::PROTECTED_PERCENT)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.probation.bytes() + self.protected.bytes()
    }

    pub(super) fn len(&self) -> usize {
        self.probation.len() + self.protected.len()
    }

    pub(super) fn contains(&self, object: u64) -> bool {
        self.probation.contains(object) || self.protected.contains(object)
    }

    pub(super) fn remove(&mut self, object: u64) -> bool {
        self.probation.remove(object).is_some() || self.protected.remove(object).is_some()
    }

    /// Asks for an object; false if it isn't here. Only one that lends evicts something.
    pub(super) fn hit(&mut self, object: u64, evicted: &mut Vec<u64>) -> bool {
        if self.protected.touch(object) {
            return true;
        }
        let Some(entry) = self.probation.remove(object) else {
            return false;
        };
        if entry.bytes > self.protected_share() {
            self.probation.push(object, entry.bytes, ());
            return true;
        }
        self.protected.push(object, entry.bytes, ());
        if self.demote() && self.lends {
            while self.probation.bytes() > self.probation_share() {
                let Some(victim) = self.pop() else { break };
                evicted.push(victim);
            }
        }
        true
    }

    /// What has been protected for longest beyond the share is on probation again; whether there was any.
    fn demote(&mut self) -> bool {
        let mut demoted = false;
        while self.protected.bytes() > self.protected_share() {
            let Some(entry) = self.protected.pop() else {
                break;
            };
            self.probation.push(entry.object, entry.bytes, ());
            demoted = true;
        }
        demoted
    }

    /// What would leave first comes first.
    pub(super) fn victims(&self) -> impl Iterator<Item = &Entry<()>> {
        (self.probation.oldest_first()).chain(self.protected.oldest_first())
    }

    /// Takes what leaves first.
    pub(super) fn pop(&mut self) -> Option<u64> {
        let object = self.victims().next()?.object;
        self.remove(object);
        Some(object)
    }

    /// Changes the share; what has no room any more leaves.
    pub(super) fn resize(&mut self, share: u64, evicted: &mut Vec<u64>) {
        self.share = share;
        self.demote();
        self.free(0, evicted);
    }

    /// Brings an object in; what has to leave for it does.
    pub(super) fn push(&mut self, object: u64, bytes: u64, evicted: &mut Vec<u64>) {
        if self.lends {
            let fits = |segment: &Queue<()>, share| segment.bytes() + bytes <= share;
            if fits(&self.probation, self.probation_share()) {
                self.probation.push(object, bytes, ());
                return;
            }
            if fits(&self.protected, self.protected_share()) {
                self.protected.push(object, bytes, ());
                return;
            }
        }
        self.free(bytes, evicted);
        self.probation.push(object, bytes, ());
    }

    /// Makes room for so many bytes.
    fn free(&mut self, bytes: u64, evicted: &mut Vec<u64>) {
        while self.bytes() + bytes > self.share {
            let Some(victim) = self.pop() else { break };
            evicted.push(victim);
        }
    }
}
