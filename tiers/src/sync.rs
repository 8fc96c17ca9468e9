//! What the small concurrent protocols are made of.
//!
//! They take their primitives from a `sync` beside them and from nowhere else. The tests compile the
//! same files with another `sync`, one that tries how their steps can interleave:
//! `tests/reliability/src/interleavings/`.

pub(crate) use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub(crate) use parking_lot::Mutex;
pub(crate) use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard, watch};
