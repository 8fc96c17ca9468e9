//! Google Cloud Storage: what `object_store` does for it, not exercised by our own tests.

use std::sync::Arc;

use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};

use super::wire;
use crate::cold::objects::place::Bucket;
use crate::cold::objects::secrets::Secrets;
use crate::cold::objects::{ObjectStoreSettings, Objects, Options, Usage};
use crate::error::Result;

pub(super) fn connect(
    bucket: &Bucket,
    options: &Options,
    settings: &ObjectStoreSettings,
    usage: &Arc<Usage>,
) -> Result<Objects> {
    let secrets = Secrets::of(options);
    let builder = wire::builder!(
        GoogleCloudStorageBuilder,
        GoogleConfigKey,
        bucket,
        options,
        settings,
        usage
    );
    let client = builder
        .build()
        .map_err(|e| wire::unbuilt(bucket, &secrets, &e))?;
    Ok(wire::objects(
        bucket, client, None, secrets, usage, settings,
    ))
}
