//! An object that is to be created, while others work on its name.

use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutOptions, PutPayload, PutResult, Result};

use super::ObjectStoreSettings;

/// Creates an object that must not be there.
///
/// `AlreadyExists` has two meanings: that the condition failed (412), and any 409, which S3
/// also sends while another conditional write of the name is under way, and which says
/// nothing about how that ends. So after a 409 this looks, and tries again where there is
/// nothing.
pub(super) async fn create(
    store: &dyn ObjectStore,
    location: &Path,
    payload: PutPayload,
    options: PutOptions,
    settings: &ObjectStoreSettings,
) -> Result<PutResult> {
    let mut pause = settings.first_backoff;
    let mut left = settings.retry_for;
    loop {
        let put = store
            .put_opts(location, payload.clone(), options.clone())
            .await;
        match &put {
            Err(error) if is_conflict(error) => {}
            _ => return put,
        }
        match store.head(location).await {
            // Whose it is, the caller has to find out.
            Ok(_) => return put,
            Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        if left.is_zero() {
            return Err(Error::Generic {
                store: "object store",
                source: format!(
                    "other writers of `{location}` are in the way again and again (409), and \
                     none of them has written it"
                )
                .into(),
            });
        }
        tokio::time::sleep(pause).await;
        left = left.saturating_sub(pause.max(settings.first_backoff));
        pause = pause.saturating_mul(2).min(settings.max_backoff);
    }
}

/// Whether it was a 409. Clients wrap a condition that failed into its own error.
fn is_conflict(error: &Error) -> bool {
    match error {
        Error::AlreadyExists { source, .. } => !matches!(
            source.downcast_ref::<Error>(),
            Some(Error::Precondition { .. } | Error::NotModified { .. })
        ),
        _ => false,
    }
}
