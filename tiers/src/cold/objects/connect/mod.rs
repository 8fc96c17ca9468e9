//! Clients of object stores across a network.

#[cfg(feature = "azure")]
mod azure;
#[cfg(feature = "gcs")]
mod gcs;
#[cfg(feature = "s3")]
mod s3;
#[cfg(any(feature = "s3", feature = "gcs", feature = "azure"))]
mod wire;

use std::sync::Arc;

use super::place::{Bucket, Provider};
use super::{ObjectStoreSettings, Objects, Options, Usage};
use crate::error::{Error, ErrorKind, Result};

/// A client for the bucket, its options taken from the environment and from `options`,
/// which come first.
pub(super) fn connect(
    bucket: &Bucket,
    options: &Options,
    settings: &ObjectStoreSettings,
    usage: &Arc<Usage>,
) -> Result<Objects> {
    match bucket.provider {
        #[cfg(feature = "s3")]
        Provider::S3 => s3::connect(bucket, options, settings, usage),
        #[cfg(feature = "gcs")]
        Provider::Gcs => gcs::connect(bucket, options, settings, usage),
        #[cfg(feature = "azure")]
        Provider::Azure => azure::connect(bucket, options, settings, usage),
        #[cfg(not(all(feature = "s3", feature = "gcs", feature = "azure")))]
        missing => {
            let _ = (options, settings, usage);
            Err(without_feature(bucket, missing))
        }
    }
}

#[cfg_attr(
    all(feature = "s3", feature = "gcs", feature = "azure"),
    expect(dead_code, reason = "every provider is there")
)]
fn without_feature(bucket: &Bucket, provider: Provider) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!(
            "this program was built without the feature `{}`, which `{}` needs; build it with the feature",
            provider.feature(),
            bucket.url
        ),
    )
}
