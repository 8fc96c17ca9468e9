//! Stores that exist only as lists of segments, and what is asked of them.

mod dashboards;
mod lookups;
mod random;
mod store;
mod tenants;
mod tpch;

use thermocline_policy::trace::Request;

/// Makes a trace.
type Generate = fn() -> Vec<Request>;

/// The traces by name.
pub(crate) const TRACES: [(&str, Generate); 4] = [
    ("dashboards", dashboards::trace),
    ("tpch", tpch::trace),
    ("lookups", lookups::trace),
    ("tenants", tenants::trace),
];
