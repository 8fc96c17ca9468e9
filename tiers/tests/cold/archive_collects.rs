//! What an archival removes, and what it must not: files that are in some version.

use std::sync::Arc;

use futures::TryStreamExt;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use serde_json::json;
use thermocline_tiers::{Archiver, At, ErrorKind};
use tokio::sync::oneshot;

use crate::archive::{open, options, parquet_files};
use crate::kit::{ids, range, rows};
use crate::outside;
use crate::shaky::{Fault, Shaky};

/// The commit behind that which makes the table.
const FIRST_COMMIT: &str = "00000000000000000001.json";

/// A run of the job that begins right before the first commit is put.
fn begun_before_the_first_commit(
    shaky: &Shaky,
    objects: &Arc<dyn ObjectStore>,
) -> oneshot::Receiver<Archiver> {
    let (send, begun) = oneshot::channel();
    let there = Arc::clone(objects);
    shaky.before_put(FIRST_COMMIT, async move {
        let archive = open(&there).await;
        let job = archive.append("flights", "job", options()).await.unwrap();
        send.send(job).unwrap();
    });
    begun
}

async fn archives_everything(mut job: Archiver, objects: &Arc<dyn ObjectStore>) {
    job.append(rows(0..3_000)).await.unwrap();
    job.finish().await.unwrap();
    assert_eq!(outside::ids(objects, "flights").await, range(0..3_000));
}

/// Before the second process begins its job anew it reads the table; the first commits right
/// after that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_another_run_commits_meanwhile_stay() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let archive = open(&objects).await;
    let mut one = archive.append("flights", "job", options()).await.unwrap();
    while one.report().chunks == 0 {
        let at = i64::try_from(one.report().rows).unwrap();
        one.append(rows(at..at + 3_000)).await.unwrap();
    }
    let there = i64::try_from(one.report().rows).unwrap();

    let shaky = Arc::new(Shaky::new(&objects, Fault::Before, i64::MAX, false));
    shaky.before_put("thermocline-store", async move {
        one.append(rows(there..there + 3_000)).await.unwrap();
        assert!(one.report().rows > u64::try_from(there).unwrap());
    });
    let unsure: Arc<dyn ObjectStore> = shaky;
    let two = open(&unsure).await;
    let two = two.append("flights", "job", options()).await.unwrap();
    let now = i64::try_from(two.rows_before()).unwrap();
    assert!(now > there, "{now}");
    assert_eq!(outside::ids(&objects, "flights").await, range(0..now));
}

/// While the first process is about to commit its first chunk, the second begins the job anew,
/// and collects the files that no version has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_taken_over_commits_no_file_that_was_collected() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let shaky = Arc::new(Shaky::new(&objects, Fault::Before, i64::MAX, false));
    let unsure: Arc<dyn ObjectStore> = Arc::clone(&shaky) as _;
    let archive = open(&unsure).await;
    let mut one = archive.append("flights", "job", options()).await.unwrap();

    let taken_over = begun_before_the_first_commit(&shaky, &objects);
    let refused = one.append(rows(0..3_000)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Fenced, "{refused}");
    assert_eq!(outside::ids(&objects, "flights").await, range(0..0));

    archives_everything(taken_over.await.unwrap(), &objects).await;
}

/// Both find what a run before them left behind, and raise the job's epoch to the same number.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_that_take_a_job_over_at_the_same_time_one_is_refused() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let archive = open(&objects).await;
    drop(archive.append("flights", "job", options()).await.unwrap());
    let left = Path::from("flights/job.left.parquet");
    objects.put(&left, "rows".into()).await.unwrap();

    let shaky = Arc::new(Shaky::new(&objects, Fault::Before, i64::MAX, false));
    let first = begun_before_the_first_commit(&shaky, &objects);
    let unsure: Arc<dyn ObjectStore> = shaky;
    let archive = open(&unsure).await;
    let two = archive.append("flights", "job", options()).await;
    assert_eq!(two.unwrap_err().kind(), ErrorKind::Fenced);

    archives_everything(first.await.unwrap(), &objects).await;
}

/// As after another program's `DELETE` or `OPTIMIZE`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_older_versions_stay() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let archive = open(&objects).await;
    let mut job = archive.append("flights", "job", options()).await.unwrap();
    job.append(rows(0..4_000)).await.unwrap();
    let version = job.finish().await.unwrap().version;
    let files = parquet_files(&objects).await;

    let listed: Vec<_> = objects.list(None).try_collect().await.unwrap();
    let paths = listed.iter().map(|object| object.location.as_ref());
    let removes: Vec<String> = paths
        .filter_map(|path| path.strip_prefix("flights/"))
        .filter(|path| path.ends_with(".parquet") && !path.contains("_delta_log"))
        .map(|path| {
            let remove = json!({"path": path, "deletionTimestamp": 1, "dataChange": true});
            json!({"remove": remove}).to_string()
        })
        .collect();
    assert_eq!(removes.len(), files);
    let next = Path::from(format!("flights/_delta_log/{:020}.json", version + 1));
    objects.put(&next, removes.join("\n").into()).await.unwrap();

    let again = archive.append("flights", "job", options()).await.unwrap();
    again.finish().await.unwrap();
    assert_eq!(outside::ids(&objects, "flights").await, range(0..0));
    let before = archive.snapshot(At::Version(version)).await.unwrap();
    assert_eq!(ids(before.snapshot(), "flights").await, range(0..4_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_is_not_whole_is_damage_and_nothing_is_written_to_it() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let archive = open(&objects).await;
    let mut job = archive.append("flights", "job", options()).await.unwrap();
    for start in [0, 3_000] {
        job.append(rows(start..start + 3_000)).await.unwrap();
    }
    job.finish().await.unwrap();
    for gone in [0, 1] {
        let gone = Path::from(format!("flights/_delta_log/{gone:020}.json"));
        objects.delete(&gone).await.unwrap();
        let before: Vec<_> = objects.list(None).try_collect().await.unwrap();
        let listed = archive.tables(At::Newest).await.unwrap();
        let [(name, read)] = listed.as_slice() else {
            panic!("{} tables", listed.len());
        };
        let error = read.as_ref().unwrap_err();
        assert_eq!(
            (name.as_str(), error.kind()),
            ("flights", ErrorKind::Corrupt)
        );
        let refused = archive.append("flights", "other", options()).await;
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Corrupt);
        let after: Vec<_> = objects.list(None).try_collect().await.unwrap();
        assert_eq!(after.len(), before.len());
    }
}
