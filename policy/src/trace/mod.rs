//! Traces: which objects were asked for, one after the other.

mod request;

pub use request::Request;
