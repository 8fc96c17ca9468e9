//! Whatever can be asked for a snapshot.

use futures::future::BoxFuture;

use super::Snapshot;
use crate::error::Result;
use crate::extensions::Extensions;

/// A store or a reader: what a query engine needs of either.
pub trait SnapshotSource: Send + Sync {
    /// The newest snapshot.
    fn pin(&self) -> BoxFuture<'_, Result<Snapshot>>;

    /// Values that other crates keep with this store.
    fn extensions(&self) -> &Extensions;
}
