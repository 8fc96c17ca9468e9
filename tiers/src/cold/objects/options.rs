//! Options of an object store, some of which are secrets.

use std::collections::BTreeMap;
use std::fmt;

/// Options that say where and how, and nothing that must not be seen: these may be
/// written to disk and printed. Names as object_store has them, with or without
/// their provider in front.
const PLAIN: &[&str] = &[
    "account_name",
    "allow_http",
    "bucket_key_enabled",
    "checksum_algorithm",
    "conditional_put",
    "connect_timeout",
    "default_region",
    "disable_bulk_delete",
    "disable_tagging",
    "endpoint",
    "endpoint_url",
    "endpoint_url_s3",
    "region",
    "request_payer",
    "s3_express",
    "skip_signature",
    "timeout",
    "unsigned_payload",
    "use_emulator",
    "virtual_hosted_style_request",
];

/// Key and value pairs, as object_store's builders take them.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Options(BTreeMap<String, String>);

impl Options {
    pub(crate) fn set(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.0.insert(key.into().to_ascii_lowercase(), value.into());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(k, v)| (k.as_str(), v.as_str()))
    }

    /// Those that may be written down.
    pub(super) fn plain(&self) -> Self {
        let plain = self
            .0
            .iter()
            .filter(|(key, value)| is_plain_cold_option(key, value));
        Self(plain.map(|(k, v)| (k.clone(), v.clone())).collect())
    }

    /// The values that nobody may see.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        let secret = self
            .0
            .iter()
            .filter(|(key, value)| !is_plain_cold_option(key, value));
        secret.map(|(_, value)| value.as_str())
    }

    /// These, and of `others` those that are not here.
    pub(crate) fn or(mut self, others: &Self) -> Self {
        for (key, value) in &others.0 {
            self.0.entry(key.clone()).or_insert_with(|| value.clone());
        }
        self
    }
}

/// Whether an option of an object store is one that may be seen: it says where and how,
/// such as `endpoint` and `region`, and is no secret. The store remembers such options.
///
/// ```
/// use thermocline_tiers::is_plain_cold_option;
/// assert!(is_plain_cold_option("endpoint", "http://127.0.0.1:9000"));
/// assert!(!is_plain_cold_option("secret_access_key", "…"));
/// ```
#[must_use]
pub fn is_plain_cold_option(key: &str, value: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let name = ["aws_", "google_", "azure_", "azure_storage_"]
        .iter()
        .filter_map(|provider| key.strip_prefix(provider))
        .chain([key.as_str()])
        .any(|name| PLAIN.contains(&name));
    // `http://user:password@host` is no plain endpoint.
    name && !value.contains('@') && !value.contains(char::is_control)
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter().map(|(key, value)| {
            let value = if is_plain_cold_option(key, value) {
                value
            } else {
                "…"
            };
            (key, value)
        });
        f.debug_map().entries(shown).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_options_are_shown_or_written_down() {
        let mut options = Options::default();
        options.set("AWS_Endpoint", "http://127.0.0.1:1");
        options.set("region", "eu-1");
        options.set("secret_access_key", "hunter2");
        options.set("a_new_option", "hunter3");
        options.set("endpoint_url", "http://me:hunter4@host");
        assert!(!format!("{options:?}").contains("hunter"), "{options:?}");
        assert!(format!("{options:?}").contains("eu-1"));
        let kept: Vec<_> = options.plain().iter().map(|(k, _)| k.to_owned()).collect();
        assert_eq!(kept, ["aws_endpoint", "region"]);
        let secrets: Vec<_> = options.secrets().collect();
        assert_eq!(secrets, ["hunter3", "http://me:hunter4@host", "hunter2"]);
    }
}
