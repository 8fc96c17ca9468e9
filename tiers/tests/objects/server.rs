//! Against a real S3 server: `scripts/s3_server` starts one and prints the variables.
//!
//! Without one these tests say that they are skipped, unless `THERMOCLINE_REQUIRE_EXTRAS`
//! is set.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::{
    BackoffConfig, Error as ObjectError, ObjectStore, ObjectStoreExt, PutMode, PutPayload,
    RetryConfig, UpdateVersion,
};
use tempfile::TempDir;
use thermocline_testing::extras::place;
use thermocline_tiers::{
    Archive, ArchiveOptions, At, ErrorKind, ObjectOp, ObjectStoreSettings, Selection, Settings,
    Store, StoreBuilder, Tier,
};
use tokio::sync::Barrier;

use crate::kit::{ids, options, range, rows};

fn at(dir: &TempDir, place: &str) -> StoreBuilder {
    let settings = Settings::default()
        .with_collect_after(Duration::ZERO)
        .with_cold_keep(Duration::ZERO)
        .with_object_store(ObjectStoreSettings::default().with_retry_for(Duration::from_secs(10)));
    Store::builder(dir.path())
        .create_if_missing()
        .background(false)
        .settings(settings)
        .cold_url(place)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_archived_on_s3_and_read_back_without_a_store() {
    let Some(place) = place("archive") else {
        return;
    };
    let archive = Archive::open(&place).await.unwrap();
    assert!(archive.table_names().await.unwrap().is_empty());
    let wanted = || {
        ArchiveOptions::new(rows(0..0).schema())
            .partition_by("month(at)".parse().unwrap())
            .chunk_bytes(70_000)
    };
    let mut job = archive.append("flights", "job", wanted()).await.unwrap();
    for start in (0..10_000).step_by(1_000) {
        job.append(rows(start..start + 1_000)).await.unwrap();
    }
    // Given up before its end, and gone on with.
    let there = i64::try_from(job.report().rows).unwrap();
    assert!(there > 0 && there < 10_000, "{there}");
    drop(job);
    let mut job = archive.append("flights", "job", wanted()).await.unwrap();
    assert_eq!(job.rows_before(), u64::try_from(there).unwrap());
    job.append(rows(there..10_000)).await.unwrap();
    job.finish().await.unwrap();
    let pinned = archive.snapshot(At::Newest).await.unwrap();
    assert_eq!(ids(pinned.snapshot(), "flights").await, range(0..10_000));
    // The place of one table is as good as that of all.
    let alone = Archive::open(format!("{place}/flights")).await.unwrap();
    let table = alone.table("flights", At::Newest).await.unwrap();
    assert_eq!(table.rows(), Some(10_000));
    // A bucket that is not there, and keys that are nobody's.
    let error = Archive::open("s3://thermocline-no-such-bucket/x")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    let error = Archive::builder(&place).option("secret_access_key", "made-up");
    let error = error.open().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_the_same_in_every_tier_with_cold_on_s3() {
    let Some(place) = place("journey") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let store = at(&dir, &place).open().await.unwrap();
    let table = store.create_table("flights", options()).await.unwrap();
    table.append(rows(0..10_000)).await.unwrap();
    for to in [Tier::Cold, Tier::Warm, Tier::Hot, Tier::Cold] {
        table.move_to(&Selection::All, to).await.unwrap();
        assert!(table.segments().unwrap().iter().all(|s| s.tier == to));
        assert_eq!(ids(&store.snapshot(), "flights").await, range(0..10_000));
        assert!(store.verify().await.unwrap().ok);
    }
    store.close().await.unwrap();
    // The place is remembered, for readers too.
    let store = Store::builder(dir.path()).background(false).open().await;
    let store = store.unwrap();
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..10_000));
    let reader = Store::builder(dir.path()).open_reader().await.unwrap();
    let snapshot = reader.snapshot().await.unwrap();
    assert_eq!(ids(&snapshot, "flights").await, range(0..10_000));

    // Idle costs nothing.
    let before = store.stats();
    assert!(before.cold_http_requests >= before.cold_requests[&ObjectOp::Get].requests);
    for _ in 0..20 {
        store.step().await.unwrap();
    }
    let after = store.stats();
    assert_eq!(after.cold_requests, before.cold_requests);
    assert_eq!(after.cold_http_requests, before.cold_http_requests);

    // Nothing that must not be seen is in any file of the store.
    let secret = std::env::var("AWS_SECRET_ACCESS_KEY").unwrap();
    let mut files = vec![dir.path().to_path_buf()];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            let found = bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
            assert!(!found, "{}", path.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_endpoint_without_the_rows_is_refused() {
    let Some(place) = place("elsewhere") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let store = at(&dir, &place).open().await.unwrap();
    let table = store.create_table("flights", options()).await.unwrap();
    table.append(rows(0..100)).await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    store.close().await.unwrap();
    // What says whose the objects are is gone, as it is on another server.
    let (client, prefix) = client(&place);
    client
        .delete(&prefix.join("thermocline-store"))
        .await
        .unwrap();
    for error in [
        at(&dir, &place).open().await.unwrap_err(),
        at(&dir, &place).open_reader().await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(&place), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_refuses_wrong_credentials_and_missing_buckets() {
    let Some(place) = place("refused") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let wrong = at(&dir, &place).cold_option("secret_access_key", "made-up-wrong-secret");
    let error = wrong.open().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    let nobody = at(&dir, &place).cold_option("access_key_id", "made-up-nobody");
    let error = nobody.open().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    let error = at(&dir, "s3://thermocline-no-such-bucket/x").open().await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.to_string().contains("no such bucket"), "{error}");
}

/// A client without anything of ours around it, and the prefix.
fn client(place: &str) -> (Arc<dyn ObjectStore>, Path) {
    // Who loses may be told to try again, and need not wait long for it.
    let backoff = BackoffConfig {
        init_backoff: Duration::from_millis(1),
        max_backoff: Duration::from_millis(20),
        base: 2.0,
    };
    let client = AmazonS3Builder::from_env()
        .with_url(place)
        .with_allow_http(true)
        .with_retry(RetryConfig {
            backoff,
            ..RetryConfig::default()
        })
        .build()
        .unwrap();
    let prefix = place
        .strip_prefix("s3://")
        .unwrap()
        .split_once('/')
        .unwrap()
        .1;
    (Arc::new(client), Path::from(prefix))
}

const WRITERS: usize = 8;
const ROUNDS: usize = 200;
/// Races that go on at one time, each about objects of its own: the server takes seconds to
/// tell eight writers who has won.
const LANES: usize = 20;

/// Lets all writers write one name at a time; returns how many wins each round had.
async fn race(
    place: &str,
    mode: fn(&Option<UpdateVersion>) -> PutMode,
    name: fn(usize) -> String,
) -> Vec<usize> {
    let (client, prefix) = client(place);
    let lanes = (0..LANES).map(|lane| {
        let (client, prefix) = (Arc::clone(&client), prefix.clone().join(format!("{lane}")));
        tokio::spawn(rounds(client, prefix, mode, name))
    });
    let mut wins = Vec::new();
    for lane in lanes.collect::<Vec<_>>() {
        wins.extend(lane.await.unwrap());
    }
    wins
}

async fn rounds(
    client: Arc<dyn ObjectStore>,
    prefix: Path,
    mode: fn(&Option<UpdateVersion>) -> PutMode,
    name: fn(usize) -> String,
) -> Vec<usize> {
    let mut last = None;
    let mut wins = Vec::new();
    for round in 0..ROUNDS / LANES {
        let path = prefix.clone().join(name(round).as_str());
        let start = Arc::new(Barrier::new(WRITERS));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (client, path, start) = (Arc::clone(&client), path.clone(), Arc::clone(&start));
                let mode = mode(&last);
                tokio::spawn(async move {
                    start.wait().await;
                    let payload = PutPayload::from(format!("{round} {writer}"));
                    let put = client.put_opts(&path, payload, mode.into()).await;
                    (writer, put)
                })
            })
            .collect();
        let mut winners = Vec::new();
        for writer in writers {
            match writer.await.unwrap() {
                (writer, Ok(put)) => winners.push((writer, put)),
                (_, Err(ObjectError::AlreadyExists { .. } | ObjectError::Precondition { .. })) => {}
                (writer, Err(error)) => panic!("round {round}, writer {writer}: {error}"),
            }
        }
        wins.push(winners.len());
        // What is there is what the winner wrote.
        if let [(writer, put)] = &winners[..] {
            let bytes = client.get(&path).await.unwrap().bytes().await.unwrap();
            assert_eq!(bytes, format!("{round} {writer}").as_bytes());
            last = Some(UpdateVersion {
                e_tag: put.e_tag.clone(),
                version: None,
            });
        }
    }
    wins
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_writers_that_create_the_same_object_one_wins() {
    let Some(place) = place("create") else { return };
    let wins = race(&place, |_| PutMode::Create, |round| format!("{round}")).await;
    assert_eq!(wins, vec![1; ROUNDS]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_writers_that_replace_the_same_object_one_wins() {
    let Some(place) = place("replace") else {
        return;
    };
    let mode = |last: &Option<UpdateVersion>| match last {
        Some(version) => PutMode::Update(version.clone()),
        None => PutMode::Create,
    };
    let wins = race(&place, mode, |_| "one".to_owned()).await;
    assert_eq!(wins, vec![1; ROUNDS]);
}
