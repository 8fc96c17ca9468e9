//! An object store that cannot be used: the error says why, and what helps, and shows no
//! credentials.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tempfile::TempDir;
use thermocline_tiers::{
    Archive, ArchiveBuilder, Error, ErrorKind, ObjectStoreSettings, Settings, Store, StoreBuilder,
};
use tokio::net::TcpListener;

use crate::served::{s3_error, serve};

const KEY: &str = "made-up-access-key";
const SECRET: &str = "made-up-secret-key";

fn impatient() -> ObjectStoreSettings {
    ObjectStoreSettings::default()
        .with_retry_for(Duration::from_millis(200))
        .with_first_backoff(Duration::from_millis(10))
        .with_request_timeout(Duration::from_millis(500))
}

/// A place with archives at this server.
fn archive_at(endpoint: &str) -> ArchiveBuilder {
    Archive::builder("s3://bucket/prefix")
        .object_store(impatient())
        .option("endpoint", endpoint)
        .option("region", "us-east-1")
        .option("access_key_id", KEY)
        .option("secret_access_key", SECRET)
}

/// A store with its cold tier at this server.
fn at(dir: &TempDir, endpoint: &str) -> StoreBuilder {
    let network = impatient();
    Store::builder(dir.path())
        .create_new()
        .background(false)
        .settings(Settings::default().with_object_store(network))
        .cold_url("s3://bucket/prefix")
        .cold_option("endpoint", endpoint)
        .cold_option("region", "us-east-1")
        .cold_option("access_key_id", KEY)
        .cold_option("secret_access_key", SECRET)
}

/// The error of opening; the directory must be as it was.
async fn refused(builder: StoreBuilder, dir: &TempDir) -> Error {
    let shown = format!("{builder:?}");
    let error = builder.open().await.unwrap_err();
    for text in [shown, format!("{error} {error:?}")] {
        assert!(!text.contains(SECRET) && !text.contains(KEY), "{text}");
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    error
}

async fn refused_with(answer: String) -> Error {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(answer).await;
    let error = refused(at(&dir, &served.endpoint), &dir).await;
    assert!(error.to_string().contains("s3://bucket/prefix"), "{error}");
    assert!(error.to_string().contains(&served.endpoint), "{error}");
    error
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_credentials() {
    // A server repeats what it was sent.
    let more = format!("<AWSAccessKeyId>{KEY}</AWSAccessKeyId><X>{SECRET}</X>");
    for code in ["InvalidAccessKeyId", "SignatureDoesNotMatch"] {
        let error = refused_with(s3_error("403 Forbidden", code, &more)).await;
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert!(
            error.to_string().contains("credentials are wrong"),
            "{error}"
        );
        assert!(error.to_string().contains("AWS_ACCESS_KEY_ID"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_permission() {
    let error = refused_with(s3_error("403 Forbidden", "AccessDenied", "")).await;
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(
        error.to_string().contains("permission is denied"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_bucket() {
    let error = refused_with(s3_error("404 Not Found", "NoSuchBucket", "")).await;
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("no such bucket"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_server_is_asked_again_and_then_given_up() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(s3_error("503 Service Unavailable", "SlowDown", "")).await;
    let error = refused(at(&dir, &served.endpoint), &dir).await;
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("too busy"), "{error}");
    assert!(served.requests.load(Ordering::Relaxed) > 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_there() {
    let dir = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = refused(at(&dir, &endpoint), &dir).await;
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("nobody answers"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer() {
    let error = refused_with(String::new()).await;
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("took too long"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn options_that_are_none_or_do_not_fit() {
    let dir = tempfile::tempdir().unwrap();
    let builder = at(&dir, "http://127.0.0.1:1").cold_option("colour", "blue");
    let error = refused(builder, &dir).await;
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("`colour`"), "{error}");
    let error = refused(at(&dir, "http://example.com"), &dir).await;
    assert!(error.to_string().contains("allow_http=true"), "{error}");
    let error = refused(at(&dir, &format!("http://{KEY}:{SECRET}@127.0.0.1")), &dir).await;
    assert!(error.to_string().contains("credentials in it"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_says_the_same() {
    let more = format!("<AWSAccessKeyId>{KEY}</AWSAccessKeyId><X>{SECRET}</X>");
    let wrong = s3_error("403 Forbidden", "InvalidAccessKeyId", &more);
    let missing = s3_error("404 Not Found", "NoSuchBucket", "");
    for (answer, kind, said) in [
        (wrong, ErrorKind::PermissionDenied, "credentials are wrong"),
        (missing, ErrorKind::InvalidInput, "no such bucket"),
        (String::new(), ErrorKind::Io, "took too long"),
    ] {
        let served = serve(answer).await;
        let builder = archive_at(&served.endpoint);
        let shown = format!("{builder:?}");
        let error = builder.open().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(said), "{error}");
        assert!(error.to_string().contains("s3://bucket/prefix"), "{error}");
        let told = format!("{shown} {error} {error:?}");
        assert!(!told.contains(SECRET) && !told.contains(KEY), "{told}");
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = archive_at(&endpoint).open().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("nobody answers"), "{error}");
}

#[cfg(not(feature = "gcs"))]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feature_that_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    let builder = Store::builder(dir.path()).create_new().cold_url("gs://b/p");
    let error = refused(builder, &dir).await;
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("feature `gcs`"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_store_is_said_before_any_server_is_asked() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve(s3_error("403 Forbidden", "AccessDenied", "")).await;
    let missing = dir.path().join("missing");
    let open = || {
        Store::builder(&missing)
            .cold_url("s3://b/p")
            .cold_option("endpoint", &served.endpoint)
    };
    assert_eq!(open().open().await.unwrap_err().kind(), ErrorKind::NotFound);
    let error = open().open_reader().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(served.requests.load(Ordering::Relaxed), 0);
}
