//! What was asked of the object store.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

/// What can be asked of an object store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ObjectOp {
    /// Bytes of an object.
    Get,
    /// Size and time of an object.
    Head,
    /// A whole object is written.
    Put,
    /// An object is written in parts: beginning, each part, ending or aborting.
    Part,
    /// An object is removed.
    Delete,
    /// Names are listed.
    List,
    /// An object is copied on the server.
    Copy,
}

impl ObjectOp {
    const ALL: [Self; 7] = [
        Self::Get,
        Self::Head,
        Self::Put,
        Self::Part,
        Self::Delete,
        Self::List,
        Self::Copy,
    ];

    /// Its name in metrics.
    fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Head => "head",
            Self::Put => "put",
            Self::Part => "part",
            Self::Delete => "delete",
            Self::List => "list",
            Self::Copy => "copy",
        }
    }
}

impl fmt::Display for ObjectOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Requests of one kind since the store was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RequestStats {
    /// Requests, each counted once however often it was retried.
    pub requests: u64,
    /// Those that failed; an object that is not there, or is there already, counts.
    pub failed: u64,
    /// Bytes of objects that were read or written.
    pub bytes: u64,
}

#[derive(Debug, Default)]
struct Count {
    requests: AtomicU64,
    failed: AtomicU64,
    bytes: AtomicU64,
}

/// Counts requests. Shared by everybody who asks.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    counts: [Count; ObjectOp::ALL.len()],
    attempts: AtomicU64,
}

impl Usage {
    fn of(&self, op: ObjectOp) -> Option<&Count> {
        self.counts.get(op as usize)
    }

    pub(super) fn request(&self, op: ObjectOp) {
        if let Some(count) = self.of(op) {
            count.requests.fetch_add(1, Ordering::Relaxed);
        }
        metrics::counter!("thermocline_cold_requests_total", "op" => op.name()).increment(1);
    }

    pub(super) fn failed(&self, op: ObjectOp) {
        if let Some(count) = self.of(op) {
            count.failed.fetch_add(1, Ordering::Relaxed);
        }
        metrics::counter!("thermocline_cold_failed_requests_total", "op" => op.name()).increment(1);
    }

    pub(super) fn bytes(&self, op: ObjectOp, bytes: u64) {
        if let Some(count) = self.of(op) {
            count.bytes.fetch_add(bytes, Ordering::Relaxed);
        }
        metrics::counter!("thermocline_cold_bytes_total", "op" => op.name()).increment(bytes);
    }

    /// One HTTP request went out, be it a retry.
    #[cfg(any(feature = "s3", feature = "gcs", feature = "azure"))]
    pub(super) fn attempt(&self) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("thermocline_cold_http_requests_total").increment(1);
    }

    /// Counts the request and how it ended.
    pub(super) async fn count<T, E>(
        &self,
        op: ObjectOp,
        asked: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        self.request(op);
        let answer = asked.await;
        if answer.is_err() {
            self.failed(op);
        }
        answer
    }

    /// HTTP requests that went out, retries included; 0 without a network.
    pub(crate) fn attempts(&self) -> u64 {
        self.attempts.load(Ordering::Relaxed)
    }

    /// Every kind that was asked at least once.
    pub(crate) fn stats(&self) -> BTreeMap<ObjectOp, RequestStats> {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let all = ObjectOp::ALL.into_iter().filter_map(|op| {
            let count = self.of(op)?;
            let stats = RequestStats {
                requests: read(&count.requests),
                failed: read(&count.failed),
                bytes: read(&count.bytes),
            };
            (stats != RequestStats::default()).then_some((op, stats))
        });
        all.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_own_count() {
        let usage = Usage::default();
        for (times, op) in ObjectOp::ALL.into_iter().enumerate() {
            for _ in 0..times {
                usage.request(op);
                usage.bytes(op, 10);
            }
        }
        let stats = usage.stats();
        for (times, op) in ObjectOp::ALL.into_iter().enumerate() {
            let seen = stats.get(&op).copied().unwrap_or_default();
            assert_eq!(
                (seen.requests, seen.bytes),
                (times as u64, 10 * times as u64)
            );
        }
    }
}
