//! A server that may no longer be written to, or is gone, in the middle of a store's life:
//! the error says so, rows that are on this machine stay usable, and nothing is lost.
//!
//! Needs a real S3 server behind the proxy: `scripts/s3_server` starts one. Without it these
//! tests say that they are skipped, unless `THERMOCLINE_REQUIRE_EXTRAS` is set.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch};
use arrow::datatypes::Int64Type;
use futures::TryStreamExt;
use tempfile::TempDir;
use thermocline_faults::Proxy;
use thermocline_testing::extras;
use thermocline_tiers::{
    Archive, ArchiveOptions, At, ErrorKind, ObjectStoreSettings, ScanOptions, Selection, Settings,
    Snapshot, Store, StoreBuilder, TableOptions, Tier,
};

const NAME: &str = "flights";

/// A proxy in front of the server, and a place of this test's own; `None` if there is no
/// server and there need not be one.
async fn place(test: &str) -> Option<(Proxy, String)> {
    let place = extras::place(test)?;
    let endpoint = std::env::var("AWS_ENDPOINT_URL").unwrap();
    Some((Proxy::start(&endpoint).await.unwrap(), place))
}

fn builder(dir: &TempDir, place: &str, endpoint: &str) -> StoreBuilder {
    let network = ObjectStoreSettings::default()
        .with_retry_for(Duration::from_millis(200))
        .with_first_backoff(Duration::from_millis(10));
    let settings = Settings::default()
        .with_collect_after(Duration::ZERO)
        .with_cold_keep(Duration::ZERO)
        .with_cold_disk_cache_bytes(0)
        .with_object_store(network);
    Store::builder(dir.path())
        .create_if_missing()
        .background(false)
        .settings(settings)
        .cold_url(place)
        .cold_option("endpoint", endpoint)
}

fn rows(ids: std::ops::Range<i64>) -> RecordBatch {
    let id: ArrayRef = Arc::new(Int64Array::from_iter_values(ids));
    RecordBatch::try_from_iter([("id", id)]).unwrap()
}

async fn ids(snapshot: &Snapshot) -> Result<Vec<i64>, thermocline_tiers::Error> {
    let scan = snapshot.table(NAME).unwrap().scan(ScanOptions::new())?;
    let batches: Vec<RecordBatch> = scan.stream().try_collect().await?;
    let values = |batch: &RecordBatch| {
        let ids = batch.column(0).as_primitive::<Int64Type>();
        ids.values().to_vec()
    };
    let mut ids: Vec<i64> = batches.iter().flat_map(values).collect();
    ids.sort_unstable();
    Ok(ids)
}

/// A store with rows 0 to 100 in cold and 100 to 200 in memory.
async fn half_cold(dir: &TempDir, place: &str, proxy: &Proxy) -> Store {
    let store = builder(dir, place, &proxy.endpoint()).open().await.unwrap();
    let options = TableOptions::new(rows(0..0).schema());
    let table = store.create_table(NAME, options).await.unwrap();
    table.append(rows(0..100)).await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    table.append(rows(100..200)).await.unwrap();
    table.seal().await.unwrap();
    store
}

fn all() -> Vec<i64> {
    (0..200).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_permission_to_write_rows_stay_where_they_are() {
    let Some((proxy, place)) = place("read-only").await else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let store = half_cold(&dir, &place, &proxy).await;
    let table = store.table(NAME).unwrap();
    proxy.read_only(true);
    let error = table.move_to(&Selection::All, Tier::Cold).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert!(
        error.to_string().contains("permission is denied"),
        "{error}"
    );
    assert_eq!(ids(&store.snapshot()).await.unwrap(), all());
    // Who only reads needs no more than that.
    let reader = builder(&dir, &place, &proxy.endpoint()).open_reader().await;
    let snapshot = reader.unwrap().snapshot().await.unwrap();
    assert_eq!(ids(&snapshot).await.unwrap(), all());
    proxy.read_only(false);
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    store.close().await.unwrap();

    proxy.read_only(true);
    let opened = builder(&dir, &place, &proxy.endpoint()).open().await;
    let error = opened.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert!(error.to_string().contains(&place), "{error}");
    proxy.read_only(false);
    let store = builder(&dir, &place, &proxy.endpoint())
        .open()
        .await
        .unwrap();
    assert_eq!(ids(&store.snapshot()).await.unwrap(), all());
    assert!(store.verify().await.unwrap().ok);
    store.close().await.unwrap();
}

/// Archives these rows as one job.
async fn archive(
    place: &Archive,
    table: &str,
    job: &str,
    from: std::ops::Range<i64>,
) -> Result<u64, thermocline_tiers::Error> {
    let options = ArchiveOptions::new(rows(0..0).schema());
    let mut archiver = place.append(table, job, options).await?;
    archiver.append(rows(from)).await?;
    Ok(archiver.finish().await?.rows)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_permission_to_write_an_archive_is_read_and_not_added_to() {
    let Some((proxy, at)) = place("archive-read-only").await else {
        return;
    };
    let builder = Archive::builder(&at).option("endpoint", proxy.endpoint());
    let place = builder.open().await.unwrap();
    assert_eq!(archive(&place, NAME, "a", 0..100).await.unwrap(), 100);
    proxy.read_only(true);
    // To a table that is there, and to one that is not.
    for table in [NAME, "other"] {
        let error = archive(&place, table, "b", 100..200).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
        assert!(error.to_string().contains(&at), "{error}");
    }
    let pinned = place.snapshot(At::Newest).await.unwrap();
    let first: Vec<i64> = (0..100).collect();
    assert_eq!(ids(pinned.snapshot()).await.unwrap(), first);
    proxy.read_only(false);
    assert_eq!(archive(&place, NAME, "b", 100..200).await.unwrap(), 100);
    let pinned = place.snapshot(At::Newest).await.unwrap();
    assert_eq!(ids(pinned.snapshot()).await.unwrap(), all());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_gone_takes_only_its_rows_along_and_gives_them_back() {
    let Some((proxy, place)) = place("gone").await else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let store = half_cold(&dir, &place, &proxy).await;
    let table = store.table(NAME).unwrap();
    let dead = proxy.endpoint();
    drop(proxy);
    tokio::task::yield_now().await;
    let error = table.move_to(&Selection::All, Tier::Cold).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    assert!(error.to_string().contains("nobody answers"), "{error}");
    let error = ids(&store.snapshot()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    assert!(error.to_string().contains("nobody answers"), "{error}");
    // What needs no server goes on.
    table.append(rows(200..210)).await.unwrap();
    table.seal().await.unwrap();
    drop((table, store));
    let error = builder(&dir, &place, &dead).open().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    assert!(error.to_string().contains(&place), "{error}");

    let endpoint = std::env::var("AWS_ENDPOINT_URL").unwrap();
    let proxy = Proxy::start(&endpoint).await.unwrap();
    let store = builder(&dir, &place, &proxy.endpoint())
        .open()
        .await
        .unwrap();
    let table = store.table(NAME).unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    let expected: Vec<i64> = (0..210).collect();
    assert_eq!(ids(&store.snapshot()).await.unwrap(), expected);
    assert!(store.verify().await.unwrap().ok);
    store.close().await.unwrap();
}
