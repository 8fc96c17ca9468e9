//! Opening a store for a command that ends soon.

use std::path::Path;

use thermocline::{Reader, Selection, Snapshot, Store, Tier};

use crate::failure::{Failure, Outcome};

/// The store in `dir`, without its own mover: the command says what moves.
pub(super) async fn writer(dir: &Path) -> Outcome<Store> {
    Ok(Store::builder(dir).background(false).open().await?)
}

/// The store in `dir`, beside whoever writes to it.
pub(super) async fn reader(dir: &Path) -> thermocline::Result<Reader> {
    Store::builder(dir).open_reader().await
}

/// The newest durable state of the store in `dir`.
pub(super) async fn snapshot(dir: &Path) -> Outcome<Snapshot> {
    Ok(reader(dir).await?.snapshot().await?)
}

/// Makes segments of the rows that are only in the log, so that a plan can speak of them.
///
/// This happens in memory; the directory stays as it is.
pub(super) async fn seal_all(store: &Store) -> Outcome {
    for name in store.tables() {
        store.table(&name)?.seal().await?;
    }
    Ok(())
}

/// Gives every segment that has only the log a warm file.
///
/// Memory ends with the command, and what is only in the log is read again by every later command.
pub(super) async fn write_out(store: &Store) -> Outcome {
    for name in store.tables() {
        let table = store.table(&name)?;
        table.seal().await?;
        for segment in table
            .segments()?
            .into_iter()
            .filter(|segment| segment.home == Tier::Hot)
        {
            table
                .move_to(&Selection::Segment(segment.segment), Tier::Warm)
                .await?;
        }
    }
    Ok(())
}

/// Lets the mover work until it has nothing left to do.
pub(super) async fn settle(store: &Store) -> Outcome {
    // Each round brings a segment one tier down, so a few suffice; the bound is for a policy that
    // contradicts itself.
    for _ in 0..8 {
        store.step().await?;
        if store.plan().is_empty() {
            break;
        }
    }
    Ok(())
}

/// Closes the store and returns how the work went; a failure of the work comes first.
pub(super) async fn close<T>(store: Store, work: Outcome<T>) -> Outcome<T> {
    let closed = store.close().await.map_err(Failure::from);
    let value = work?;
    closed?;
    Ok(value)
}
