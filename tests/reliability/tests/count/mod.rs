//! How long a test runs.

/// The number in an environment variable, or this one.
pub(crate) fn of(variable: &str, otherwise: u64) -> u64 {
    let text = std::env::var(variable).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}
