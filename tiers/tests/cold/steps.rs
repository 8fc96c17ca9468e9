//! A process that dies at any request of a move or of a compaction, on disk and on S3: after
//! the next open each row is there exactly once, for us and for `deltalake`.

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use serde_json::{Value, json};
use tempfile::TempDir;
use thermocline_tiers::{Result, Selection, Store, Table, Tier};

use crate::kit::{self, DAY, EPOCH, ids, range, rows};
use crate::model;
use crate::outsiders::{LIBRARIES, Outsiders, compare};
use crate::shaky::{Fault, Shaky};

/// More requests than any change makes, opening included.
const MANY: i64 = 200;
const ROWS: i64 = 40;

#[derive(Debug, Clone, Copy)]
enum Work {
    Move,
    Compact,
}

impl Work {
    async fn on(self, table: &Table) -> Result<()> {
        match self {
            Self::Move => table.move_to(&Selection::All, Tier::Cold).await.map(drop),
            Self::Compact => table.compact().await.map(drop),
        }
    }

    /// Where the second half of the rows waits.
    fn from(self) -> Tier {
        match self {
            Self::Move => Tier::Warm,
            Self::Compact => Tier::Cold,
        }
    }
}

/// Objects of a new store, and where others find them.
struct Place {
    objects: Arc<dyn ObjectStore>,
    url: String,
}

async fn open(dir: &TempDir, objects: Arc<dyn ObjectStore>) -> Result<Store> {
    kit::builder(dir).cold(objects).open().await
}

async fn prepare(dir: &TempDir, place: &Place, work: Work) {
    let store = open(dir, Arc::clone(&place.objects)).await.unwrap();
    let table = store.create_table("flights", kit::options()).await.unwrap();
    table.append(rows(0..ROWS / 2)).await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    table.append(rows(ROWS / 2..ROWS)).await.unwrap();
    table.move_to(&Selection::All, work.from()).await.unwrap();
    store.close().await.unwrap();
}

/// What others must see of the first rows, all of January.
fn expected(rows: i64) -> Value {
    let text = |n: i64| {
        let carrier = ["UA", "B6", "EV", "DL"][usize::try_from(n % 4).unwrap()];
        format!("{}|2013-01|{carrier}|{n}", EPOCH + n * DAY / 100)
    };
    let hash = model::hash((0..rows).map(text));
    json!({"rows": rows, "sum": (0..rows).sum::<i64>(), "hash": hash.to_string()})
}

/// Each row once, here and there; `all` of them there, or those that are cold.
async fn check(store: &Store, outsiders: &mut Outsiders, url: &str, all: bool, what: &str) {
    assert_eq!(
        ids(&store.snapshot(), "flights").await,
        range(0..ROWS),
        "{what}"
    );
    let segments = store.table("flights").unwrap().segments().unwrap();
    let cold = segments.iter().filter(|s| s.home == Tier::Cold);
    let cold: u64 = cold.map(|s| s.rows).sum();
    let cold = if all {
        ROWS
    } else {
        i64::try_from(cold).unwrap()
    };
    let request = json!({"table": url, "readers": ["deltalake"]});
    compare(&outsiders.ask(&request), &expected(cold), what);
}

async fn every_step(outsiders: &mut Outsiders, place: impl Fn(&TempDir, &str) -> Place) {
    for work in [Work::Move, Work::Compact] {
        for fault in [Fault::Before, Fault::After] {
            let mut steps = 0;
            for step in 0..MANY {
                let what = format!("{work:?}, {fault:?}, step {step}");
                let dir = tempfile::tempdir().unwrap();
                let place = place(&dir, &format!("{work:?}-{fault:?}-{step}"));
                prepare(&dir, &place, work).await;
                let shaky = Arc::new(Shaky::new(&place.objects, fault, step, true));
                if let Ok(store) = open(&dir, Arc::clone(&shaky) as _).await {
                    let table = store.table("flights").unwrap();
                    let done = work.on(&table).await;
                    if !shaky.has_failed() {
                        done.unwrap();
                        steps = step;
                        break;
                    }
                }
                let store = open(&dir, Arc::clone(&place.objects)).await.unwrap();
                check(&store, outsiders, &place.url, false, &what).await;
                work.on(&store.table("flights").unwrap()).await.unwrap();
                check(&store, outsiders, &place.url, true, &what).await;
                assert!(store.verify().await.unwrap().ok, "{what}");
                store.close().await.unwrap();
            }
            println!("{work:?}, {fault:?}: {steps} requests failed in turn");
            assert!(steps > 5, "{work:?}, {fault:?}: {steps} requests");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_at_any_request_leaves_each_row_once_on_disk() {
    let Some(mut outsiders) = Outsiders::start(LIBRARIES) else {
        return;
    };
    every_step(&mut outsiders, |dir, _| {
        let at = dir.path().join("elsewhere");
        std::fs::create_dir(&at).unwrap();
        Place {
            objects: Arc::new(LocalFileSystem::new_with_prefix(&at).unwrap()),
            url: at.join("flights-1").to_str().unwrap().to_owned(),
        }
    })
    .await;
}

/// Needs an S3 server; see `scripts/s3_server`.
#[cfg(feature = "s3")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_at_any_request_leaves_each_row_once_on_s3() {
    use object_store::aws::AmazonS3Builder;
    use object_store::prefix::PrefixStore;

    let Some(bucket) = thermocline_testing::extras::place("steps") else {
        return;
    };
    let Some(mut outsiders) = Outsiders::start(LIBRARIES) else {
        return;
    };
    let builder = AmazonS3Builder::from_env().with_url(&bucket);
    let client: Arc<dyn ObjectStore> = Arc::new(builder.with_allow_http(true).build().unwrap());
    let (_, prefix) = bucket
        .strip_prefix("s3://")
        .unwrap()
        .split_once('/')
        .unwrap();
    every_step(&mut outsiders, |_, name| Place {
        objects: Arc::new(PrefixStore::new(
            Arc::clone(&client),
            format!("{prefix}/{name}"),
        )),
        url: format!("{bucket}/{name}/flights-1"),
    })
    .await;
}
