//! Credentials, kept out of errors.

use std::fmt;
use std::sync::Arc;

use object_store::Error;

use super::Options;

/// Environment variables of these providers are read by their clients.
const PROVIDERS: &[&str] = &["AWS_", "GOOGLE_", "AZURE_"];
/// What the names of those that hold secrets contain.
const SECRET: &[&str] = &["KEY", "SECRET", "TOKEN", "PASSWORD", "SAS", "CREDENTIAL"];
/// Ends of names that hold where a secret is, not the secret.
const POINTERS: &[&str] = &[
    "_FILE",
    "_PATH",
    "_URI",
    "_ENDPOINT",
    "APPLICATION_CREDENTIALS",
];

/// Texts that no error may show.
#[derive(Clone, Default)]
pub(super) struct Secrets(Arc<Vec<String>>);

impl Secrets {
    /// Those among the options and in the environment.
    pub(super) fn of(options: &Options) -> Self {
        let environment = std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(key, _)| in_environment(key))
            .map(|(_, value)| value);
        let mut all: Vec<_> = options
            .secrets()
            .map(str::to_owned)
            .chain(environment)
            .filter(|secret| !secret.trim().is_empty())
            .collect();
        // A secret that holds another one first.
        all.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        all.dedup();
        Self(Arc::new(all))
    }

    /// The text with its secrets blotted out.
    pub(super) fn hide(&self, text: String) -> String {
        self.0
            .iter()
            .fold(text, |text, secret| text.replace(secret.as_str(), "…"))
    }

    /// The error without secrets: a server may repeat in its answer what it was sent.
    pub(super) fn scrub(&self, error: Error) -> Error {
        let told = format!("{error:?}");
        if !self.0.iter().any(|secret| told.contains(secret.as_str())) {
            return error;
        }
        let source = Box::new(Scrubbed(self.hide(super::failure::whole_text(&error))));
        match error {
            Error::NotFound { path, .. } => Error::NotFound { path, source },
            Error::AlreadyExists { path, .. } => Error::AlreadyExists { path, source },
            Error::Precondition { path, .. } => Error::Precondition { path, source },
            Error::NotModified { path, .. } => Error::NotModified { path, source },
            Error::PermissionDenied { path, .. } => Error::PermissionDenied { path, source },
            Error::Unauthenticated { path, .. } => Error::Unauthenticated { path, source },
            _ => Error::Generic {
                store: "object store",
                source,
            },
        }
    }
}

fn in_environment(key: &str) -> bool {
    PROVIDERS.iter().any(|provider| key.starts_with(provider))
        && SECRET.iter().any(|part| key.contains(part))
        && !POINTERS.iter().any(|end| key.ends_with(end))
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} secrets", self.0.len())
    }
}

/// What is left of an error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Scrubbed(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_its_kind_and_loses_its_secrets() {
        let mut options = Options::default();
        options.set("secret_access_key", "hunter2");
        let secrets = Secrets::of(&options);
        let denied = Error::PermissionDenied {
            path: "a".into(),
            source: "<Code>AccessDenied</Code><Key>hunter2</Key>".into(),
        };
        let scrubbed = secrets.scrub(denied);
        assert!(matches!(scrubbed, Error::PermissionDenied { .. }));
        let told = format!("{scrubbed} {scrubbed:?}");
        assert!(
            !told.contains("hunter2") && told.contains("AccessDenied"),
            "{told}"
        );
        assert!(!format!("{secrets:?}").contains("hunter2"));
    }

    #[test]
    fn variables_that_hold_secrets_are_told_from_those_that_point_at_them() {
        assert!(in_environment("AWS_SECRET_ACCESS_KEY"));
        assert!(in_environment("AWS_SESSION_TOKEN"));
        assert!(in_environment("GOOGLE_SERVICE_ACCOUNT_KEY"));
        assert!(in_environment("AZURE_STORAGE_SAS_TOKEN"));
        assert!(!in_environment("AWS_WEB_IDENTITY_TOKEN_FILE"));
        assert!(!in_environment("GOOGLE_APPLICATION_CREDENTIALS"));
        assert!(!in_environment("AWS_REGION"));
        assert!(!in_environment("SSH_KEY"));
    }
}
