//! How an object store across a network is talked to.

use std::time::Duration;

/// How an object store across a network is talked to.
///
/// ```
/// use std::time::Duration;
/// use thermocline_tiers::{ObjectStoreSettings, Settings};
///
/// let patient = ObjectStoreSettings::default().with_retry_for(Duration::from_secs(120));
/// let settings = Settings::default().with_object_store(patient);
/// assert_eq!(settings.object_store.max_requests, 64);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ObjectStoreSettings {
    /// Requests under way at one time (64). More are faster until the server or the
    /// line is busy, and cost memory.
    pub max_requests: usize,
    /// How long to wait for a connection (5 s).
    pub connect_timeout: Duration,
    /// How long one request may take, its body included (30 s). Less finds a stuck
    /// server earlier, and gives up on slow lines.
    pub request_timeout: Duration,
    /// A failed request is tried again for this long (60 s), where that is safe: 429, 5xx,
    /// lost connections; timeouts of what may be repeated.
    pub retry_for: Duration,
    /// The pause before the first retry (100 ms). Each further one is longer, by chance.
    pub first_backoff: Duration,
    /// The longest pause between retries (5 s).
    pub max_backoff: Duration,
    /// Objects of more bytes than this (16 MiB) are sent in parts of this size. At
    /// least 5 MiB, which S3 asks for. Larger parts are fewer requests, smaller ones
    /// repeat less after a failure.
    pub part_bytes: usize,
    /// Ranges of an object that lie this near (64 KiB) are read by one request. More
    /// are fewer requests, and bytes that nobody asked for.
    pub join_bytes: u64,
}

/// S3 takes no smaller part, but for the last one.
pub(super) const LEAST_PART: usize = 5 << 20;

impl Default for ObjectStoreSettings {
    fn default() -> Self {
        Self {
            max_requests: 64,
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(30),
            retry_for: Duration::from_secs(60),
            first_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(5),
            part_bytes: 16 << 20,
            join_bytes: 64 << 10,
        }
    }
}

macro_rules! with {
    ($($with:ident $field:ident: $type:ty,)*) => {$(
        #[doc = concat!("Sets [`", stringify!($field), "`](Self::", stringify!($field), ").")]
        #[must_use]
        pub fn $with(mut self, $field: $type) -> Self {
            self.$field = $field;
            self
        }
    )*};
}

impl ObjectStoreSettings {
    with! {
        with_max_requests max_requests: usize,
        with_connect_timeout connect_timeout: Duration,
        with_request_timeout request_timeout: Duration,
        with_retry_for retry_for: Duration,
        with_first_backoff first_backoff: Duration,
        with_max_backoff max_backoff: Duration,
        with_part_bytes part_bytes: usize,
        with_join_bytes join_bytes: u64,
    }

    /// The same with less patience, for a first contact that a person waits for.
    pub(crate) fn impatient(&self) -> Self {
        let short = Duration::from_secs(3);
        Self {
            retry_for: self.retry_for.min(short),
            max_backoff: self.max_backoff.min(short / 3),
            ..self.clone()
        }
    }
}
