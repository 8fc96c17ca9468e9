//! Connections to an engine's instance, kept for the next query.

use std::sync::Arc;

use duckdb_neo::connection::Connection;
use duckdb_neo::instance::Instance;
use parking_lot::Mutex;

use crate::Result;
use crate::pins::{Pin, Pins};
use crate::views::Views;

/// Sessions that are kept while nobody uses them.
const MOST_IDLE: usize = 16;

/// A connection with its views; it runs one statement at a time.
#[derive(Debug)]
pub(crate) struct Session {
    id: u64,
    pub(crate) connection: Connection,
    pub(crate) views: Views,
    pins: Arc<Pins>,
}

impl Session {
    /// Makes the session's tables those of this pin.
    pub(crate) fn read(&mut self, pin: &Arc<Pin>) -> Result<()> {
        self.pins.set(self.id, Arc::clone(pin));
        self.views.refresh(&self.connection, self.id, &pin.snapshot)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.pins.clear(self.id);
    }
}

/// The sessions of one engine.
#[derive(Debug)]
pub(crate) struct Sessions {
    idle: Mutex<Vec<Session>>,
    pins: Arc<Pins>,
    instance: Instance,
}

impl Sessions {
    pub(crate) fn new(instance: Instance, pins: Arc<Pins>) -> Self {
        Self {
            idle: Mutex::default(),
            pins,
            instance,
        }
    }

    pub(crate) fn take(&self) -> Result<Session> {
        if let Some(session) = self.idle.lock().pop() {
            return Ok(session);
        }
        let connection = self.instance.connect()?;
        Ok(Session {
            id: self.pins.new_session(),
            connection,
            views: Views::default(),
            pins: Arc::clone(&self.pins),
        })
    }

    /// Takes a session back. It lets go of its snapshot, so that the store may forget it.
    pub(crate) fn give_back(&self, session: Session) {
        self.pins.clear(session.id);
        let mut idle = self.idle.lock();
        if idle.len() < MOST_IDLE {
            idle.push(session);
        }
    }
}
