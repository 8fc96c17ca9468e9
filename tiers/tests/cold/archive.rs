//! Rows that go straight into a cold table: each once, whatever fails on the way.

use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch, StringArray};
use futures::TryStreamExt;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use thermocline_tiers::{
    Archive, ArchiveBuilder, ArchiveOptions, Archiver, At, Error, ErrorKind, Predicate, Result,
    ScanOptions, Store,
};

use crate::kit::{ids, ids_where, range, rows, schema};
use crate::outside;
use crate::shaky::{Fault, Shaky};

/// More changes than any of the scripts makes.
const MANY: i64 = 80;

pub(crate) fn options() -> ArchiveOptions {
    // A chunk is two batches of 500 rows, or three.
    ArchiveOptions::new(schema())
        .partition_by("month(at)".parse().unwrap())
        .sort_by(["carrier", "id"])
        .chunk_bytes(40_000)
}

fn builder(objects: &Arc<dyn ObjectStore>) -> ArchiveBuilder {
    Archive::builder("/unused").objects(Arc::clone(objects))
}

pub(crate) async fn open(objects: &Arc<dyn ObjectStore>) -> Archive {
    builder(objects).open().await.unwrap()
}

/// Rows 0 to 6,000 as the job `name`, from where the table stands.
async fn run(archive: &Archive, name: &str) -> Result<u64> {
    let mut archiver = archive.append("flights", name, options()).await?;
    if archiver.is_done() {
        return Ok(0);
    }
    let from = i64::try_from(archiver.rows_before()).unwrap();
    feed(&mut archiver, from).await?;
    Ok(archiver.finish().await?.rows)
}

async fn feed(archiver: &mut Archiver, from: i64) -> Result<()> {
    let mut at = from;
    while at < 6_000 {
        let end = (at + 500).min(6_000);
        archiver.append(rows(at..end)).await?;
        at = end;
    }
    Ok(())
}

/// The Parquet files that there are.
pub(crate) async fn parquet_files(objects: &Arc<dyn ObjectStore>) -> usize {
    let all: Vec<_> = objects.list(None).try_collect().await.unwrap();
    let is_data =
        |path: &Path| path.as_ref().ends_with(".parquet") && !path.as_ref().contains("_delta_log");
    all.iter().filter(|o| is_data(&o.location)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_there_for_us_and_for_others_and_at_each_version() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let archive = open(&objects).await;
    assert!(archive.table_names().await.unwrap().is_empty());
    assert_eq!(run(&archive, "first").await.unwrap(), 6_000);
    assert_eq!(archive.table_names().await.unwrap(), ["flights"]);
    let table = archive.table("flights", At::Newest).await.unwrap();
    assert_eq!(table.rows(), Some(6_000));
    assert!(table.version() > 2, "{table:?}");
    // 6,000 rows, a hundred a day, are 60 days: January, February and a day of March 2013.
    let by_month: Vec<_> = table
        .partitions()
        .unwrap()
        .into_iter()
        .map(|p| (p.partition, p.rows.unwrap()))
        .collect();
    let expected = [("01", 3_100), ("02", 2_800), ("03", 100)];
    let expected = expected.map(|(m, rows)| (format!("at_month=2013-{m}"), rows));
    assert_eq!(by_month, expected);

    let pinned = archive.snapshot(At::Newest).await.unwrap();
    assert_eq!(ids(pinned.snapshot(), "flights").await, range(0..6_000));
    assert_eq!(outside::ids(&objects, "flights").await, range(0..6_000));
    let some = Predicate::eq("carrier", "UA").and(Predicate::lt("id", 10_i64));
    let found = ids_where(pinned.snapshot(), "flights", some.clone()).await;
    assert_eq!(found, [0, 4, 8]);
    // What the log says of files is enough to pass most of them over.
    let scan = pinned.snapshot().table("flights").unwrap();
    let counts = scan.scan(ScanOptions::new().with_predicate(some)).unwrap();
    assert!(counts.counts().segments_pruned > 0, "{:?}", counts.counts());

    // A version is a whole number of chunks, and stays what it is.
    let first = archive.table("flights", At::Version(1)).await.unwrap();
    let then = first.snapshot().await.unwrap();
    assert!(then.rows() > 0 && then.rows() < 6_000 && then.rows() % 500 == 0);
    assert_eq!(
        archive
            .table("flights", At::Version(0))
            .await
            .unwrap()
            .rows(),
        Some(0)
    );
    let missing = archive.table("flights", At::Version(99)).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    let unknown = archive.table("trains", At::Newest).await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
    assert!(unknown.to_string().contains("`flights`"), "{unknown}");

    // The same job again does nothing, another adds.
    assert_eq!(run(&archive, "first").await.unwrap(), 0);
    assert_eq!(run(&archive, "second").await.unwrap(), 6_000);
    let twice = archive.table("flights", At::Newest).await.unwrap();
    assert_eq!(twice.rows(), Some(12_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_fails_anywhere_goes_on_and_archives_each_row_once() {
    let mut faults = 0;
    for fault in [Fault::Before, Fault::After] {
        for crashed in [false, true] {
            for step in 0..MANY {
                let what = format!("{fault:?}, crashed: {crashed}, step {step}");
                let memory = Arc::new(InMemory::new());
                let objects: Arc<dyn ObjectStore> = Arc::clone(&memory) as _;
                let shaky = Arc::new(Shaky::new(&objects, fault, step, crashed));
                let unsure: Arc<dyn ObjectStore> = Arc::clone(&shaky) as _;
                let outcome = match builder(&unsure).open().await {
                    Ok(archive) => run(&archive, "job").await,
                    Err(error) => Err(error),
                };
                if !shaky.has_failed() {
                    assert_eq!(outcome.unwrap(), 6_000, "{what}");
                    assert!(step > 10, "{what}");
                    break;
                }
                faults += 1;
                // Whatever is there is a prefix.
                let there = outside::ids(&objects, "flights").await;
                let rows = i64::try_from(there.len()).unwrap();
                assert_eq!(there, range(0..rows), "{what}");
                let archive = open(&objects).await;
                run(&archive, "job").await.unwrap();
                assert_eq!(
                    outside::ids(&objects, "flights").await,
                    range(0..6_000),
                    "{what}"
                );
                // And nothing is left behind.
                let table = archive.table("flights", At::Newest).await.unwrap();
                assert_eq!(parquet_files(&objects).await, table.files(), "{what}");
            }
        }
    }
    assert!(faults > 40, "{faults}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_processes_with_one_job_one_wins_and_nothing_is_doubled() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let archive = open(&objects).await;
    let mut one = archive.append("flights", "job", options()).await.unwrap();
    let mut two = archive.append("flights", "job", options()).await.unwrap();
    feed(&mut one, 0).await.unwrap();
    let refused = feed(&mut two, 0).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Fenced);
    assert!(refused.to_string().contains("`job`"), "{refused}");
    // A run that failed says so, and takes nothing more.
    let again = two.append(rows(0..1)).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Poisoned);
    // A third takes over, and the first cannot come back.
    let third = archive.append("flights", "job", options()).await.unwrap();
    let before = i64::try_from(third.rows_before()).unwrap();
    assert_eq!(one.finish().await.unwrap_err().kind(), ErrorKind::Fenced);
    let mut third = third;
    feed(&mut third, before).await.unwrap();
    third.finish().await.unwrap();
    assert_eq!(outside::ids(&objects, "flights").await, range(0..6_000));
    let table = archive.table("flights", At::Newest).await.unwrap();
    assert_eq!(parquet_files(&objects).await, table.files());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_jobs_at_a_time_are_both_there() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let archive = open(&objects).await;
    let (one, two) = tokio::join!(run(&archive, "one"), run(&archive, "two"));
    assert_eq!((one.unwrap(), two.unwrap()), (6_000, 6_000));
    let found = outside::ids(&objects, "flights").await;
    let twice: Vec<i64> = (0..6_000).flat_map(|id| [id, id]).collect();
    assert_eq!(found, twice);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn partition_values_of_every_kind_come_back() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let archive = open(&objects).await;
    let values = [
        Some("a/b"),
        Some("a=b"),
        Some("ü 飞行"),
        Some(""),
        None,
        Some("__HIVE_DEFAULT_PARTITION__"),
        Some("%41"),
        Some("\""),
    ];
    let column = Arc::new(StringArray::from(values.to_vec())) as _;
    let batch = RecordBatch::try_from_iter_with_nullable([("p", column, true)]).unwrap();
    let options = ArchiveOptions::new(batch.schema()).partition_by("p".parse().unwrap());
    let mut archiver = archive.append("t", "job", options).await.unwrap();
    archiver.append(batch).await.unwrap();
    archiver.finish().await.unwrap();

    let table = archive.table("t", At::Newest).await.unwrap();
    assert_eq!(table.files(), values.len());
    let pinned = table.snapshot().await.unwrap();
    let read = |predicate: Predicate| {
        let scan = pinned
            .scan(ScanOptions::new().with_predicate(predicate))
            .unwrap();
        async move {
            let batches: Vec<RecordBatch> = scan.stream().try_collect().await.unwrap();
            let mut found = Vec::new();
            for batch in &batches {
                let column = batch.column(0).as_string::<i32>();
                found.extend(column.iter().map(|value| value.map(str::to_owned)));
            }
            found.sort();
            found
        }
    };
    let mut expected: Vec<_> = values.iter().map(|v| v.map(str::to_owned)).collect();
    expected.sort();
    assert_eq!(read(Predicate::True).await, expected);
    for value in values {
        let only = match value {
            Some(value) => Predicate::eq("p", value),
            None => Predicate::is_null("p"),
        };
        assert_eq!(read(only).await, [value.map(str::to_owned)], "{value:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_store_owns_is_refused_and_what_is_archived_is_safe_from_stores() {
    let (dir, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let url = place.path().to_str().unwrap();
    let store = crate::kit::builder(&dir)
        .cold_url(url)
        .open()
        .await
        .unwrap();
    let table = store
        .create_table("flights", crate::kit::options())
        .await
        .unwrap();
    table.append(rows(0..500)).await.unwrap();
    let all = thermocline_tiers::Selection::All;
    table
        .move_to(&all, thermocline_tiers::Tier::Cold)
        .await
        .unwrap();
    let archive = Archive::open(url).await.unwrap();
    // It is read under the name that it has in the store,
    let found = archive.table("flights", At::Newest).await.unwrap();
    assert_eq!(found.rows(), Some(500));
    assert!(found.owner().is_some());
    let pinned = archive.snapshot(At::Newest).await.unwrap();
    assert_eq!(ids(pinned.snapshot(), "flights").await, range(0..500));
    let also = Archive::of_store(dir.path()).await.unwrap();
    assert_eq!(also.table_names().await.unwrap(), ["flights"]);
    // and added to by its store alone.
    for name in ["flights-1", "others"] {
        let refused: Error = archive.append(name, "job", options()).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::AlreadyExists, "{refused}");
        assert!(refused.to_string().contains("store"), "{refused}");
    }
    assert_eq!(archive.table_names().await.unwrap(), ["flights"]);
    store.close().await.unwrap();

    let (dir, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let url = place.path().to_str().unwrap();
    run(&Archive::open(url).await.unwrap(), "job")
        .await
        .unwrap();
    let refused = Store::builder(dir.path())
        .create_new()
        .cold_url(url)
        .open()
        .await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::AlreadyExists);
    let there = Archive::open(url)
        .await
        .unwrap()
        .table("flights", At::Newest)
        .await;
    assert_eq!(there.unwrap().rows(), Some(6_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_archived_is_refused_and_changes_nothing() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let archive = open(&objects).await;
    run(&archive, "first").await.unwrap();
    let other = RecordBatch::try_from_iter([("id", rows(0..1).column(1).clone())]).unwrap();
    let wrong = archive
        .append("flights", "x", ArchiveOptions::new(other.schema()))
        .await
        .unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::SchemaMismatch);
    assert!(wrong.to_string().contains("`flights`"), "{wrong}");
    let by_day = options().partition_by("day(at)".parse().unwrap());
    let wrong = archive.append("flights", "x", by_day).await.unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::InvalidInput);
    assert!(wrong.to_string().contains("month(at)"), "{wrong}");
    for (table, job) in [("a/b", "job"), ("..", "job"), ("t", "a/b"), ("t", "")] {
        let wrong = archive.append(table, job, options()).await.unwrap_err();
        assert_eq!(wrong.kind(), ErrorKind::InvalidInput, "{table} {job}");
    }
    assert_eq!(archive.table_names().await.unwrap(), ["flights"]);
    // Rows that do not fit are refused one by one, and the job goes on.
    let mut archiver = archive.append("flights", "x", options()).await.unwrap();
    let wrong = archiver.append(other).await.unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::SchemaMismatch);
    archiver.append(rows(6_000..6_001)).await.unwrap();
    archiver.finish().await.unwrap();
    assert_eq!(outside::ids(&objects, "flights").await, range(0..6_001));
    let nowhere = Archive::open("/nowhere/at/all").await.unwrap_err();
    assert_eq!(nowhere.kind(), ErrorKind::NotFound);
    let unknown = Archive::open("ftp://host/x").await.unwrap_err();
    assert!(unknown.to_string().contains("unknown scheme"), "{unknown}");
    // A version whose files are gone says so.
    let old = archive.table("flights", At::Version(1)).await.unwrap();
    let all: Vec<_> = objects.list(None).try_collect().await.unwrap();
    for object in all
        .iter()
        .filter(|o| o.location.as_ref().ends_with(".parquet"))
    {
        objects.delete(&object.location).await.unwrap();
    }
    let scan = old
        .snapshot()
        .await
        .unwrap()
        .scan(ScanOptions::default())
        .unwrap();
    let gone = scan.stream().try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::Expired);
}
