//! What a failed request means to a person.

use std::error::Error as StdError;

use object_store::Error as ObjectError;

use super::on_runtime::ShutDown;
use crate::error::{Error, ErrorKind, is_full};

/// Why an object store could not do as it was asked, as far as a user can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// None were found, and the machine has none of its own.
    NoCredentials,
    /// They are not those of anybody.
    WrongCredentials,
    /// Their owner may not do this.
    Denied,
    NoBucket,
    /// Nobody answers there.
    Unreachable,
    TimedOut,
    /// 429 or 503, again and again.
    Busy,
    WrongRegion,
    /// The runtime that carries requests out has ended.
    ShutDown,
    /// The disk of a local folder has no room.
    Full,
}

impl Cause {
    pub(crate) fn kind(self) -> ErrorKind {
        match self {
            Self::NoCredentials | Self::WrongCredentials | Self::Denied => {
                ErrorKind::PermissionDenied
            }
            Self::NoBucket | Self::WrongRegion => ErrorKind::InvalidInput,
            Self::Unreachable | Self::TimedOut | Self::Busy => ErrorKind::Io,
            Self::ShutDown => ErrorKind::Cancelled,
            Self::Full => ErrorKind::Full,
        }
    }

    /// What is wrong, and the way out.
    pub(crate) fn told(self) -> &'static str {
        match self {
            Self::NoCredentials => {
                "no credentials were found; set them in the environment, such as \
                 AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give them as options"
            }
            Self::WrongCredentials => {
                "the credentials are wrong or expired; check those in the environment, such as \
                 AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and those given as options"
            }
            Self::Denied => {
                "permission is denied; let the owner of the credentials list, read, write and \
                 delete there"
            }
            Self::NoBucket => "there is no such bucket; create it, or check its name",
            Self::Unreachable => {
                "nobody answers there; check the endpoint (the option `endpoint` or \
                 AWS_ENDPOINT_URL) and the network"
            }
            Self::TimedOut => "the answer took too long; try again, or check the network",
            Self::Busy => "the server says that it is too busy; try again later",
            Self::WrongRegion => {
                "the bucket is in another region; set the option `region` or AWS_REGION"
            }
            Self::ShutDown => {
                "the runtime is shutting down; end reading and close the store before that"
            }
            Self::Full => "the disk is full; free some space, nothing written before is lost",
        }
    }
}

/// Codes with which servers say that credentials are not good.
const BAD_CREDENTIALS: &[&str] = &[
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "InvalidToken",
    "InvalidSecurity",
    "AuthorizationHeaderMalformed",
    "AuthenticationFailed",
    "RequestTimeTooSkewed",
];

/// The cause of a failure; `None` where the error itself says the most.
pub(crate) fn cause(error: &ObjectError) -> Option<Cause> {
    if let ObjectError::Generic { source, .. } = error
        && source.is::<ShutDown>()
    {
        return Some(Cause::ShutDown);
    }
    if is_full(error) {
        return Some(Cause::Full);
    }
    let text = whole_text(error);
    let says = |code: &str| text.contains(code);
    // Where the machines of clouds hand out credentials; asked when none are given.
    if says("169.254.169.254") || says("/latest/api/token") || says("metadata.google.internal") {
        return Some(Cause::NoCredentials);
    }
    if BAD_CREDENTIALS.iter().any(|code| says(code)) {
        return Some(Cause::WrongCredentials);
    }
    if says("NoSuchBucket") || says("ContainerNotFound") || says("bucket does not exist") {
        return Some(Cause::NoBucket);
    }
    match error {
        ObjectError::PermissionDenied { .. } => return Some(Cause::Denied),
        ObjectError::Unauthenticated { .. } => return Some(Cause::WrongCredentials),
        _ => {}
    }
    if says("incorrectly configured region") || says("PermanentRedirect") {
        return Some(Cause::WrongRegion);
    }
    if says("status code: 429") || says("status code: 503") {
        return Some(Cause::Busy);
    }
    transport(error)
}

/// Whether it was the way there.
#[cfg(any(feature = "s3", feature = "gcs", feature = "azure"))]
fn transport(error: &ObjectError) -> Option<Cause> {
    use object_store::client::{HttpError, HttpErrorKind};

    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(http) = error.downcast_ref::<HttpError>() {
            return match http.kind() {
                HttpErrorKind::Connect => Some(Cause::Unreachable),
                HttpErrorKind::Timeout => Some(Cause::TimedOut),
                _ => None,
            };
        }
        next = error.source();
    }
    None
}

#[cfg(not(any(feature = "s3", feature = "gcs", feature = "azure")))]
fn transport(_: &ObjectError) -> Option<Cause> {
    None
}

/// What the error and its sources say, each thing once.
pub(super) fn whole_text(error: &ObjectError) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        let more = error.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        next = error.source();
    }
    text
}

/// The cold tier's place cannot be used.
pub(crate) fn unusable(place: &str, doing: &str, source: ObjectError) -> Error {
    let (kind, told) = match cause(&source) {
        Some(cause) => (cause.kind(), cause.told().to_owned()),
        None => (ErrorKind::Io, whole_text(&source)),
    };
    Error::new(
        kind,
        format!("cannot {doing} in the cold tier at `{place}`: {told}"),
    )
    .because(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(code: &str) -> ObjectError {
        let body =
            format!("Server returned non-2xx status code: 403 Forbidden: <Code>{code}</Code>");
        ObjectError::PermissionDenied {
            path: "a".into(),
            source: body.into(),
        }
    }

    #[test]
    fn wrong_credentials_are_told_from_missing_permissions() {
        // Codes of the S3 API reference, "List of error codes".
        assert_eq!(
            cause(&said("InvalidAccessKeyId")),
            Some(Cause::WrongCredentials)
        );
        assert_eq!(
            cause(&said("SignatureDoesNotMatch")),
            Some(Cause::WrongCredentials)
        );
        assert_eq!(cause(&said("ExpiredToken")), Some(Cause::WrongCredentials));
        assert_eq!(cause(&said("AccessDenied")), Some(Cause::Denied));
    }

    #[test]
    fn a_missing_bucket_is_no_missing_object() {
        let missing = |code: &str| ObjectError::NotFound {
            path: "a".into(),
            source: format!("404 Not Found: <Code>{code}</Code>").into(),
        };
        assert_eq!(cause(&missing("NoSuchBucket")), Some(Cause::NoBucket));
        assert_eq!(cause(&missing("NoSuchKey")), None);
    }
}
