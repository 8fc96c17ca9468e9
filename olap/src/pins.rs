//! Which snapshot each session reads.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Mutex, RwLock};
use thermocline_tiers::Snapshot;

use crate::cancel::Interrupter;
use crate::report::Counters;

/// What one statement reads, and what its scans have to tell.
#[derive(Debug)]
pub(crate) struct Pin {
    pub(crate) snapshot: Snapshot,
    pub(crate) interrupter: Arc<Interrupter>,
    pub(crate) counters: Counters,
    /// Why a scan failed. DuckDB carries a message only; the kind and the source stay here.
    failure: Mutex<Option<thermocline_tiers::Error>>,
}

impl Pin {
    pub(crate) fn new(snapshot: Snapshot, interrupter: Arc<Interrupter>) -> Self {
        Self {
            snapshot,
            interrupter,
            counters: Counters::default(),
            failure: Mutex::new(None),
        }
    }

    /// Keeps the first failure of the statement; later ones tend to be its consequences.
    pub(crate) fn fail(&self, error: thermocline_tiers::Error) {
        self.failure.lock().get_or_insert(error);
    }

    pub(crate) fn take_failure(&self) -> Option<thermocline_tiers::Error> {
        self.failure.lock().take()
    }
}

/// The pins of all sessions of an engine.
///
/// A view can't carry a snapshot, but it can carry the number of the session that it belongs to,
/// and a session runs one statement at a time.
#[derive(Debug, Default)]
pub(crate) struct Pins {
    next_session: AtomicU64,
    pinned: RwLock<HashMap<u64, Arc<Pin>>>,
}

impl Pins {
    pub(crate) fn new_session(&self) -> u64 {
        self.next_session.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn set(&self, session: u64, pin: Arc<Pin>) {
        self.pinned.write().insert(session, pin);
    }

    pub(crate) fn get(&self, session: u64) -> Option<Arc<Pin>> {
        self.pinned.read().get(&session).cloned()
    }

    pub(crate) fn clear(&self, session: u64) {
        self.pinned.write().remove(&session);
    }
}
