//! Recording accesses.

use thermocline_tiers::{Error, ErrorKind, Store};

use super::{Recording, Shared};
use crate::failure::{Outcome, ensure};

/// Begins to record, or ends it, or reads what was recorded.
pub(super) async fn trace(
    shared: &Shared,
    store: &Store,
    recording: Recording,
) -> Outcome<Result<(), Error>> {
    match recording {
        Recording::Begin => {
            if store.is_tracing() {
                return Ok(Ok(()));
            }
            // What was recorded before may be gone from now on.
            shared.model.borrow_mut().traces.begin();
            let begun = store.start_trace().await;
            shared.model.borrow_mut().traces.began();
            attempt!(begun);
        }
        Recording::End => attempt!(store.stop_trace().await),
        Recording::Read => attempt!(read(shared, store).await?),
    }
    Ok(Ok(()))
}

/// A trace can always be read, however its recording ended.
async fn read(shared: &Shared, store: &Store) -> Outcome<Result<(), Error>> {
    let (begun, known) = {
        let model = shared.model.borrow();
        (model.traces.begun(), model.traces.known())
    };
    match store.recorded_accesses().await {
        Ok(requests) => {
            let mut model = shared.model.borrow_mut();
            model.traces.check(requests, begun, &known)?;
            Ok(Ok(()))
        }
        Err(error) => {
            ensure(error.kind() == ErrorKind::Io && shared.faults.any(), || {
                format!("recorded accesses cannot be read: {error:?}")
            })?;
            Ok(Err(error))
        }
    }
}
