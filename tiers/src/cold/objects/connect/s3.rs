//! AWS S3, and every server that speaks its protocol.

use std::sync::Arc;

use object_store::ClientConfigKey;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};

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
    let mut builder = wire::builder!(
        AmazonS3Builder,
        AmazonS3ConfigKey,
        bucket,
        options,
        settings,
        usage
    );
    // As the client has it: the one for S3 alone comes first.
    let endpoint = builder
        .get_config_value(&AmazonS3ConfigKey::S3Endpoint)
        .or_else(|| builder.get_config_value(&AmazonS3ConfigKey::Endpoint));
    if let Some(endpoint) = &endpoint {
        let key = AmazonS3ConfigKey::Client(ClientConfigKey::AllowHttp);
        let allowed = builder.get_config_value(&key).is_some_and(|v| v == "true");
        builder = builder.with_allow_http(wire::may_be_plain(endpoint, allowed, bucket)?);
    }
    let client = builder
        .build()
        .map_err(|e| wire::unbuilt(bucket, &secrets, &e))?;
    Ok(wire::objects(
        bucket, client, endpoint, secrets, usage, settings,
    ))
}
