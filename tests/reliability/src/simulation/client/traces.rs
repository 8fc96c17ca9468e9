//! Recording accesses.

use thermocline_testing::Random;
use thermocline_tiers::{Error, ErrorKind, Store};

use super::Shared;
use crate::failure::{Outcome, ensure};

/// Begins to record, or ends it, or reads what was recorded.
pub(super) async fn trace(
    shared: &Shared,
    store: &Store,
    random: &mut Random,
) -> Outcome<Result<(), Error>> {
    match random.below(5) {
        0 | 1 => {
            if store.is_tracing() {
                return Ok(Ok(()));
            }
            // What was recorded before may be gone from now on.
            shared.model.borrow_mut().traces.begin();
            let begun = store.start_trace().await;
            shared.model.borrow_mut().traces.began();
            attempt!(begun);
        }
        2 => attempt!(store.stop_trace().await),
        _ => attempt!(read(shared, store).await?),
    }
    Ok(Ok(()))
}

/// A trace can always be read, however its recording ended.
async fn read(shared: &Shared, store: &Store) -> Outcome<Result<(), Error>> {
    let begun = shared.model.borrow().traces.begun();
    match store.recorded_accesses().await {
        Ok(requests) => {
            shared.model.borrow_mut().traces.check(requests, begun)?;
            Ok(Ok(()))
        }
        Err(error) => {
            ensure(error.kind() == ErrorKind::Io && shared.faulty, || {
                format!("recorded accesses cannot be read: {error:?}")
            })?;
            Ok(Err(error))
        }
    }
}
