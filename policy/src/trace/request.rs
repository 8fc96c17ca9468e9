//! One access to one object.

use crate::Timestamp;

/// A request for an object: what a trace is made of, and what an eviction policy sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Request {
    /// When. Of the eviction policies only LHD, and so the adaptive one, looks at it; the price of
    /// storage does too.
    pub time: Timestamp,
    /// Which object.
    pub object: u64,
    /// How large the object is, in bytes.
    pub bytes: u64,
}

impl Request {
    /// A request for `bytes` of `object`, at the epoch.
    ///
    /// ```
    /// use thermocline_policy::{Timestamp, trace::Request};
    ///
    /// let request = Request::new(7, 4_096).at(Timestamp(1_000_000));
    /// assert_eq!((request.object, request.bytes, request.time.0), (7, 4_096, 1_000_000));
    /// ```
    #[must_use]
    pub const fn new(object: u64, bytes: u64) -> Self {
        Self {
            time: Timestamp(0),
            object,
            bytes,
        }
    }

    /// The same request at another time.
    #[must_use]
    pub const fn at(self, time: Timestamp) -> Self {
        Self { time, ..self }
    }
}
