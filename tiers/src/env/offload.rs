//! Threads as a seam.

use std::fmt::Debug;
use std::sync::Arc;

/// Where blocking work runs.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Offload {
    /// On tokio's blocking threads, so that the async workers stay free.
    Threads,
    /// On the calling task, in order.
    Inline,
    /// Whenever the owner of the queue runs it: what a deterministic simulation
    /// needs, because it chooses what happens next.
    Queue(Arc<dyn WorkQueue>),
}

/// Takes blocking work and runs it later, on any thread. As with a pool of
/// threads, a caller that gives up does not take its work back.
pub trait WorkQueue: Debug + Send + Sync {
    /// Adds a piece of work.
    fn push(&self, work: Box<dyn FnOnce() + Send>);
}
