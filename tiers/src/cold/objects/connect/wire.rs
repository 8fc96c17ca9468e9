//! What the clients of all providers share.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService, ReqwestConnector,
};
use object_store::limit::LimitStore;
use object_store::prefix::PrefixStore;
use object_store::{
    BackoffConfig, ClientConfigKey, ClientOptions, Error as ObjectError, ObjectStore, RetryConfig,
};

use crate::cold::objects::place::Bucket;
use crate::cold::objects::secrets::Secrets;
use crate::cold::objects::{ObjectStoreSettings, Objects, Usage, on_runtime};
use crate::error::{Error, Result};

/// A provider's builder with everything set but what only this provider has.
macro_rules! builder {
    ($builder:ident, $key:ident, $bucket:expr, $options:expr, $settings:expr, $usage:expr) => {{
        let mut builder = $builder::from_env().with_url(&$bucket.url);
        for (key, value) in $crate::cold::objects::connect::wire::timeouts($settings) {
            builder = builder.with_config($key::Client(key), value);
        }
        for (name, value) in $options.iter() {
            let key: $key = name
                .parse()
                .map_err(|_| $crate::cold::objects::connect::wire::unknown_option($bucket, name))?;
            builder = builder.with_config(key, value);
        }
        builder
            .with_retry($crate::cold::objects::connect::wire::retries($settings))
            .with_http_connector($crate::cold::objects::connect::wire::Counting::new($usage))
    }};
}
pub(super) use builder;

pub(super) fn timeouts(settings: &ObjectStoreSettings) -> [(ClientConfigKey, String); 2] {
    let millis = |time: Duration| format!("{}ms", time.as_millis().max(1));
    [
        (ClientConfigKey::Timeout, millis(settings.request_timeout)),
        (
            ClientConfigKey::ConnectTimeout,
            millis(settings.connect_timeout),
        ),
    ]
}

pub(super) fn retries(settings: &ObjectStoreSettings) -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: settings.first_backoff,
            max_backoff: settings.max_backoff,
            base: 2.0,
        },
        // Time is what ends them.
        max_retries: usize::MAX,
        retry_timeout: settings.retry_for,
    }
}

pub(super) fn unknown_option(bucket: &Bucket, name: &str) -> Error {
    Error::invalid(format!(
        "`{name}` is no option for `{}`; options have the names that the crate object_store \
         gives them, such as endpoint, region or allow_http",
        bucket.url
    ))
}

/// A client could not be made of these options.
pub(super) fn unbuilt(bucket: &Bucket, secrets: &Secrets, error: &ObjectError) -> Error {
    Error::invalid(format!(
        "the options for `{}` do not fit together: {}",
        bucket.url,
        secrets.hide(error.to_string())
    ))
}

/// The parts put together.
pub(super) fn objects(
    bucket: &Bucket,
    client: impl ObjectStore,
    endpoint: Option<String>,
    secrets: Secrets,
    usage: &Arc<Usage>,
    settings: &ObjectStoreSettings,
) -> Objects {
    let below = PrefixStore::new(client, bucket.prefix.clone());
    let limited = LimitStore::new(below, settings.max_requests.max(1));
    let name = match endpoint {
        Some(endpoint) => format!("{} ({endpoint})", bucket.url),
        None => bucket.url.clone(),
    };
    Objects {
        store: on_runtime(Arc::new(limited), settings),
        name: secrets.hide(name),
        secrets,
        usage: Arc::clone(usage),
        network: Some(settings.clone()),
    }
}

/// Whether a server at this address may be talked to without encryption: on this
/// machine, always; elsewhere, if that was said.
pub(super) fn may_be_plain(endpoint: &str, allowed: bool, bucket: &Bucket) -> Result<bool> {
    let rest = endpoint
        .split_once("://")
        .map_or(endpoint, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    if authority.contains('@') {
        return Err(Error::invalid(format!(
            "the endpoint of `{}` has credentials in it; give them in the environment or as options",
            bucket.url
        )));
    }
    if !endpoint.starts_with("http://") {
        return Ok(allowed);
    }
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let here = host == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    if allowed || here {
        return Ok(true);
    }
    Err(Error::invalid(format!(
        "the endpoint {endpoint} of `{}` is not encrypted; use https, or say that you mean it \
         by the option allow_http=true (or AWS_ALLOW_HTTP=true)",
        bucket.url
    )))
}

/// Counts the HTTP requests of a client, retries included.
pub(super) struct Counting(Arc<Usage>);

impl Counting {
    pub(super) fn new(usage: &Arc<Usage>) -> Self {
        Self(Arc::clone(usage))
    }
}

impl fmt::Debug for Counting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Counting")
    }
}

impl HttpConnector for Counting {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = ReqwestConnector::default().connect(options)?;
        let usage = Arc::clone(&self.0);
        Ok(HttpClient::new(Service { client, usage }))
    }
}

#[derive(Debug)]
struct Service {
    client: HttpClient,
    usage: Arc<Usage>,
}

#[async_trait]
impl HttpService for Service {
    async fn call(&self, request: HttpRequest) -> std::result::Result<HttpResponse, HttpError> {
        self.usage.attempt();
        self.client.execute(request).await
    }
}
