//! Where the cold tier is, as a user writes it.

use std::fmt;
use std::path::PathBuf;

use object_store::ObjectStoreScheme;
use object_store::path::Path;
use url::Url;

use crate::error::{Error, ErrorKind, Result};

/// Where cold objects are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// The folder `cold` of the store.
    Own,
    /// Another folder of this machine.
    Folder(PathBuf),
    /// A prefix in a bucket.
    Bucket(Bucket),
}

/// A prefix in a bucket of an object store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bucket {
    pub(super) provider: Provider,
    /// Without secrets, and without a slash at the end.
    pub(super) url: String,
    pub(super) prefix: Path,
}

/// Whose protocol an object store speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Provider {
    S3,
    Gcs,
    Azure,
}

const KNOWN: &str = "known are s3://bucket/prefix (AWS and every compatible server), \
                     gs://bucket/prefix, az://container/prefix, file:///folder and plain paths";

impl Place {
    /// Understands a URL or a path.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Error::invalid(format!(
                "the place of the cold tier is empty; {KNOWN}"
            )));
        }
        // `file:/folder` is a URL as well; a path has no scheme before a colon and a slash.
        if text.starts_with('/') || (!text.contains("://") && !text.starts_with("file:")) {
            return Self::folder(text.as_ref());
        }
        let shown = without_secrets(text);
        let url = Url::parse(text).map_err(|error| match error {
            url::ParseError::EmptyHost => no_bucket(&shown),
            error => Error::invalid(format!("`{shown}` is no URL: {error}; {KNOWN}")),
        })?;
        refuse_secrets(&url, &shown)?;
        if matches!(url.scheme(), "s3" | "s3a" | "gs") && url.host_str().is_none_or(str::is_empty) {
            return Err(no_bucket(&shown));
        }
        let (scheme, prefix) = ObjectStoreScheme::parse(&url)
            .map_err(|_| Error::invalid(format!("`{shown}` has an unknown scheme; {KNOWN}")))?;
        let provider = match scheme {
            ObjectStoreScheme::Local => {
                let path = url.to_file_path().map_err(|()| {
                    Error::invalid(format!("`{shown}` is no folder of this machine"))
                })?;
                return Self::folder(&path);
            }
            ObjectStoreScheme::AmazonS3 => Provider::S3,
            ObjectStoreScheme::GoogleCloudStorage => Provider::Gcs,
            ObjectStoreScheme::MicrosoftAzure => Provider::Azure,
            ObjectStoreScheme::Http => {
                return Err(Error::invalid(format!(
                    "`{shown}` is the address of a web server; for a server that speaks S3, give \
                     s3://bucket/prefix and its address as the option `endpoint` (or in AWS_ENDPOINT_URL)"
                )));
            }
            _ => {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format!("the cold tier cannot be in `{shown}`; {KNOWN}"),
                ));
            }
        };
        let url = url.as_str().trim_end_matches('/');
        let url = match url.strip_prefix("s3a://") {
            Some(rest) => format!("s3://{rest}"),
            None => url.to_owned(),
        };
        Ok(Self::Bucket(Bucket {
            provider,
            url,
            prefix,
        }))
    }

    fn folder(path: &std::path::Path) -> Result<Self> {
        let path = std::path::absolute(path).map_err(|e| Error::io(path, "find", e))?;
        // It is remembered as a line of text.
        match path.to_str() {
            Some(text) if !text.contains(char::is_control) => Ok(Self::Folder(path)),
            _ => Err(Error::invalid(format!(
                "the folder `{}` has characters in its name that are no text; name another",
                path.display()
            ))),
        }
    }
}

/// The text without what may be a password, for errors about it.
fn without_secrets(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://…@{rest}"),
        _ => text.to_owned(),
    }
}

/// Credentials have no business in a URL: it is remembered, and printed.
fn refuse_secrets(url: &Url, shown: &str) -> Result<()> {
    // Azure's `abfss://container@account.host` has the container there.
    let azure = matches!(url.scheme(), "abfs" | "abfss");
    if url.password().is_some() || (!url.username().is_empty() && !azure) {
        return Err(Error::invalid(format!(
            "the URL `{shown}` has credentials in it; give them in the environment \
             (such as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY) or as options"
        )));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Error::invalid(format!(
            "the URL `{shown}` has a `?` or `#`; give only bucket and prefix, and the rest as options"
        )));
    }
    Ok(())
}

fn no_bucket(shown: &str) -> Error {
    Error::invalid(format!(
        "`{shown}` names no bucket; write it as s3://bucket/prefix"
    ))
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => f.write_str("the store's own folder `cold`"),
            Self::Folder(path) => write!(f, "{}", path.display()),
            Self::Bucket(bucket) => f.write_str(&bucket.url),
        }
    }
}

impl Provider {
    /// The feature that brings it.
    pub(super) fn feature(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Gcs => "gcs",
            Self::Azure => "azure",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(text: &str) -> (Provider, String, String) {
        match Place::parse(text).unwrap() {
            Place::Bucket(b) => (b.provider, b.url, b.prefix.to_string()),
            other => panic!("{text}: {other:?}"),
        }
    }

    fn refused(text: &str) -> String {
        let error = Place::parse(text).unwrap_err();
        assert!(
            !format!("{error} {error:?}").contains("hunter2"),
            "{error:?}"
        );
        error.to_string()
    }

    #[test]
    fn buckets_are_understood_in_every_spelling() {
        let s3 = |url: &str, prefix: &str| (Provider::S3, url.to_owned(), prefix.to_owned());
        assert_eq!(bucket("s3://b"), s3("s3://b", ""));
        assert_eq!(bucket("s3://b/"), s3("s3://b", ""));
        assert_eq!(bucket(" s3a://b/x/y/ "), s3("s3://b/x/y", "x/y"));
        assert_eq!(bucket("gs://b/x").0, Provider::Gcs);
        assert_eq!(bucket("az://c/x").0, Provider::Azure);
        let (provider, _, prefix) = bucket("abfss://c@account.dfs.core.windows.net/x");
        assert_eq!((provider, prefix.as_str()), (Provider::Azure, "x"));
    }

    #[test]
    fn folders_are_paths_and_file_urls() {
        let folder = |text: &str| match Place::parse(text).unwrap() {
            Place::Folder(path) => path,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(folder("/data/cold"), PathBuf::from("/data/cold"));
        assert_eq!(folder("file:///data/cold"), PathBuf::from("/data/cold"));
        assert!(folder("cold").is_absolute());
        assert_eq!(folder("/a://b"), PathBuf::from("/a://b"));
        assert!(refused("/a\nb").contains("no text"));
    }

    #[test]
    fn what_is_no_place_is_refused_with_the_way_out() {
        assert!(refused("").contains("s3://bucket/prefix"));
        assert!(refused("ftp://host/x").contains("unknown scheme"));
        assert!(refused("s3://").contains("names no bucket"));
        assert!(refused("s3:///x").contains("names no bucket"));
        assert!(refused("http://127.0.0.1:9000/b").contains("option `endpoint`"));
        assert!(refused("memory:///x").contains("cannot be in"));
    }

    #[test]
    fn credentials_in_a_url_are_refused_and_not_repeated() {
        assert!(refused("s3://me:hunter2@b/x").contains("AWS_SECRET_ACCESS_KEY"));
        assert!(refused("s3://hunter2@b/x").contains("environment"));
        assert!(refused("az://c/x?sig=hunter2").contains("as options"));
        refused("s3://me:hunter2@[bad/x");
    }
}
