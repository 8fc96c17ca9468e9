//! Rows keep moving to an object store and back while many requests to it go wrong.
//! No row is lost, none is seen twice, and in the end nothing is left there that nobody
//! needs.
//!
//! Needs a real S3 server behind the proxy: `scripts/s3_server` starts one. Without it the
//! test says that it is skipped, unless `THERMOCLINE_REQUIRE_EXTRAS` is set.
//! `THERMOCLINE_FAULTED_REQUESTS` says how many requests have to go wrong.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::Int64Type;
use futures::TryStreamExt;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tempfile::TempDir;
use thermocline_faults::{Fault, Odds, Proxy};
use thermocline_tiers::{
    Error, ErrorKind, ObjectStoreSettings, ScanOptions, Selection, Settings, Store, StoreBuilder,
    Table, TableOptions, Tier,
};

/// Requests that go wrong, of those that read and of those that write.
const READS: f64 = 0.1;
const WRITES: f64 = 0.4;
/// Rows of one partition of one append.
const ROWS: i64 = 50;
const KINDS: [&str; 3] = ["jet", "kite", "prop"];
const NAME: &str = "flights";

/// The bucket and the server's address; `None` if there is none and there need not be one.
fn server() -> Option<(String, String)> {
    let bucket = std::env::var("THERMOCLINE_TEST_S3");
    let endpoint = std::env::var("AWS_ENDPOINT_URL");
    if let (Ok(bucket), Ok(endpoint)) = (bucket, endpoint) {
        return Some((bucket, endpoint));
    }
    assert!(
        std::env::var_os("THERMOCLINE_REQUIRE_EXTRAS").is_none(),
        "THERMOCLINE_REQUIRE_EXTRAS is set, but there is no S3 server; \
         start one with scripts/s3_server"
    );
    println!("SKIPPED: THERMOCLINE_TEST_S3 names no bucket of an S3 server");
    None
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap())
}

/// Ids from `first` on, of every kind the same number.
fn rows(first: i64) -> RecordBatch {
    let ids = first..first + ROWS * 3;
    let kind = |id: i64| KINDS.get(usize::try_from(id % 3).unwrap()).copied();
    let kinds: ArrayRef = Arc::new(StringArray::from_iter(ids.clone().map(kind)));
    let id: ArrayRef = Arc::new(Int64Array::from_iter_values(ids));
    RecordBatch::try_from_iter([("id", id), ("kind", kinds)]).unwrap()
}

/// Short, because some requests are never answered.
const IMPATIENT: Duration = Duration::from_millis(400);
/// Long, because nothing is wrong but a slow machine.
const PATIENT: Duration = Duration::from_secs(60);

fn builder(dir: &TempDir, place: &str, proxy: &Proxy, patience: Duration) -> StoreBuilder {
    let network = ObjectStoreSettings::default()
        .with_first_backoff(Duration::from_millis(1))
        .with_max_backoff(Duration::from_millis(4))
        .with_retry_for(patience)
        .with_request_timeout(patience);
    let settings = Settings::default()
        .with_collect_after(Duration::ZERO)
        .with_object_store(network);
    Store::builder(dir.path())
        .create_if_missing()
        .background(false)
        .settings(settings)
        .cold_url(place)
        .cold_option("endpoint", proxy.endpoint())
}

/// The world is bad, but not because of us, and not because of damage.
fn is_the_worlds_fault(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Io, "{error}: {error:?}");
}

/// What a reader sees.
async fn ids(store: &Store) -> Result<Vec<i64>, Error> {
    let snapshot = store.snapshot();
    let scan = snapshot
        .table(NAME)
        .unwrap()
        .scan(ScanOptions::new().with_columns([0]))
        .unwrap();
    let batches: Vec<RecordBatch> = scan.stream().try_collect().await?;
    let mut ids: Vec<i64> = batches
        .iter()
        .flat_map(|batch| {
            batch
                .column(0)
                .as_primitive::<Int64Type>()
                .values()
                .to_vec()
        })
        .collect();
    ids.sort_unstable();
    Ok(ids)
}

/// Each row once, and no other.
fn check(seen: &[i64], rows: i64, seed: u64) {
    let right = seen.iter().copied().eq(0..rows);
    assert!(
        right,
        "{} rows of {rows}, seed {seed}: {seen:?}",
        seen.len()
    );
}

/// Opens until it works.
async fn persist<F: Future<Output = Result<Store, Error>>>(open: impl Fn() -> F) -> Store {
    loop {
        match open().await {
            Ok(store) => return store,
            Err(error) => is_the_worlds_fault(&error),
        }
    }
}

/// One random thing that a user or the mover might do.
async fn act(table: &Table, random: &mut StdRng) {
    let segments = table.segments().unwrap();
    let Some(segment) = segments.get(random.random_range(0..segments.len().max(1))) else {
        return;
    };
    let to = [Tier::Cold, Tier::Cold, Tier::Cold, Tier::Warm, Tier::Hot];
    let to = to.get(random.random_range(0..to.len())).copied().unwrap();
    let moved = table
        .move_to(&Selection::Segment(segment.segment), to)
        .await;
    if let Err(error) = moved {
        is_the_worlds_fault(&error);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_row_is_lost_or_doubled_and_no_object_left_behind() {
    let Some((bucket, upstream)) = server() else {
        return;
    };
    let seed =
        number("THERMOCLINE_SEED").unwrap_or_else(|| RandomState::new().build_hasher().finish());
    let wanted = number("THERMOCLINE_FAULTED_REQUESTS").unwrap_or(500);
    println!("to repeat the odds: THERMOCLINE_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let proxy = Proxy::start(&upstream).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let prefix = format!("faults-{seed:016x}");
    let place = format!("{bucket}/{prefix}");
    let open = |patience| builder(&dir, &place, &proxy, patience).open();
    let mut store = open(PATIENT).await.unwrap();
    let (mut scans, mut answered) = (0u64, 0u64);
    while proxy.faults().values().sum::<u64>() < wanted {
        let options = || TableOptions::new(rows(0).schema()).partition_by("kind".parse().unwrap());
        store.create_table(NAME, options()).await.unwrap();
        store.close().await.unwrap();
        store = persist(|| open(IMPATIENT)).await;
        let mut table = store.table(NAME).unwrap();
        let mut next = 0;
        proxy.misbehave(Odds::new(random.random(), READS, WRITES));
        for _ in 0..40 {
            if random.random_bool(0.3) {
                table.append(rows(next)).await.unwrap();
                next += ROWS * 3;
                table.seal().await.unwrap();
            }
            for _ in 0..3 {
                act(&table, &mut random).await;
            }
            scans += 1;
            match ids(&store).await {
                Ok(seen) => {
                    answered += 1;
                    check(&seen, next, seed);
                }
                Err(error) => is_the_worlds_fault(&error),
            }
            if let Err(error) = store.step().await {
                is_the_worlds_fault(&error);
            }
            if random.random_bool(0.03) {
                store.close().await.unwrap();
                store = persist(|| open(IMPATIENT)).await;
                table = store.table(NAME).unwrap();
            }
        }
        proxy.behave();
        store.close().await.unwrap();
        store = open(PATIENT).await.unwrap();
        check(&ids(&store).await.unwrap(), next, seed);
        assert!(store.verify().await.unwrap().ok, "seed {seed}");
        store.drop_table(NAME).await.unwrap();
    }
    let faults = proxy.faults();
    println!(
        "{} requests, {answered} of {scans} scans answered, {faults:?}",
        proxy.requests()
    );
    assert!(answered * 4 > scans, "retries hide most faults");
    if wanted >= 500 {
        for fault in Fault::all() {
            assert!(faults.contains_key(&fault), "{fault:?} never happened");
        }
    }
    // What an earlier process left behind is found when the next one opens.
    store.close().await.unwrap();
    let store = open(PATIENT).await.unwrap();
    store.step().await.unwrap();
    let client = AmazonS3Builder::from_env()
        .with_url(&place)
        .with_allow_http(true)
        .build()
        .unwrap();
    let objects: Vec<_> = client
        .list(Some(&Path::from(prefix.as_str())))
        .map_ok(|object| object.location.to_string())
        .try_collect()
        .await
        .unwrap();
    assert_eq!(objects, [format!("{prefix}/thermocline-store")]);
    client
        .delete(&Path::from(format!("{prefix}/thermocline-store")))
        .await
        .unwrap();
    drop(store);
}
