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

/// Requests that go wrong, of those that read and of those that write. As many as a store can
/// still work with: what goes right only takes time here.
const READS: f64 = 0.25;
const WRITES: f64 = 0.5;
/// Rows of one partition of one append.
const ROWS: i64 = 50;
const KINDS: [&str; 3] = ["jet", "kite", "prop"];
const NAME: &str = "flights";

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

/// How long a request may take, and for how long it is tried again. The first is bounded
/// because some requests are never answered, and long because machines may be slow.
#[derive(Clone, Copy)]
struct Patience {
    request: Duration,
    retry: Duration,
}

/// Few retries, so that failures are seen.
const LITTLE: Patience = Patience {
    request: Duration::from_secs(2),
    retry: Duration::from_millis(50),
};
/// Nothing goes wrong any more.
const MUCH: Patience = Patience {
    request: Duration::from_secs(60),
    retry: Duration::from_secs(60),
};

/// Stores that work at one time, each with its place: one waits while others go on.
const STORES: u64 = 8;
/// Of those that keep what they have read on their disk: less than they read, so that it is
/// asked for again.
const CACHE: u64 = 64 << 10;

/// For the local part of a store. What is meant to go wrong here is the network, so nobody
/// has to wait for a disk where there is memory to be had.
fn local_dir() -> TempDir {
    let memory = std::path::Path::new("/dev/shm");
    tempfile::tempdir_in(memory).unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

fn builder(life: &Life, patience: Patience) -> StoreBuilder {
    let network = ObjectStoreSettings::default()
        .with_first_backoff(Duration::from_millis(1))
        .with_max_backoff(Duration::from_millis(4))
        .with_retry_for(patience.retry)
        .with_request_timeout(patience.request);
    let settings = Settings::default()
        .with_collect_after(Duration::ZERO)
        .with_cold_keep(Duration::ZERO)
        .with_cold_disk_cache_bytes(life.cache)
        .with_object_store(network);
    Store::builder(life.dir.path())
        .create_if_missing()
        .background(false)
        .settings(settings)
        .cold_url(format!("{}/{}", life.bucket, life.prefix))
        .cold_option("endpoint", life.proxy.endpoint())
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

/// Closes; what could not be removed is found by the next process.
async fn close(store: Store) {
    if let Err(error) = store.close().await {
        is_the_worlds_fault(&error);
    }
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

/// What happened to one store.
#[derive(Debug, Default)]
struct Seen {
    scans: u64,
    answered: u64,
}

/// One store, until enough went wrong.
struct Life {
    proxy: Arc<Proxy>,
    bucket: String,
    prefix: String,
    seed: u64,
    wanted: u64,
    cache: u64,
    dir: TempDir,
}

impl Life {
    async fn open(&self, patience: Patience) -> Result<Store, Error> {
        builder(self, patience).open().await
    }

    fn failed(&self) -> u64 {
        self.proxy.faults().values().sum()
    }

    /// Makes a table, works on it while requests fail, and drops it.
    async fn round(&self, random: &mut StdRng, seen: &mut Seen) {
        let mut store = persist(|| self.open(LITTLE)).await;
        let mut table = create(&store).await;
        let mut next = 0;
        for _ in 0..40 {
            if self.failed() >= self.wanted {
                break;
            }
            if random.random_bool(0.3) {
                table.append(rows(next)).await.unwrap();
                next += ROWS * 3;
                table.seal().await.unwrap();
            }
            for _ in 0..3 {
                act(&table, random).await;
            }
            seen.scans += 1;
            match ids(&store).await {
                Ok(found) => {
                    seen.answered += 1;
                    check(&found, next, self.seed);
                }
                Err(error) => is_the_worlds_fault(&error),
            }
            if let Err(error) = store.step().await {
                is_the_worlds_fault(&error);
            }
            if random.random_bool(0.03) {
                close(store).await;
                store = persist(|| self.open(LITTLE)).await;
                table = store.table(NAME).unwrap();
            }
        }
        let found = loop {
            match ids(&store).await {
                Ok(found) => break found,
                Err(error) => is_the_worlds_fault(&error),
            }
        };
        check(&found, next, self.seed);
        // Closing removes what nobody needs any more, and that may fail; the table is gone
        // or, where dropping it failed, dropped again.
        while store.tables().iter().any(|table| table == NAME) {
            if let Err(error) = store.drop_table(NAME).await {
                is_the_worlds_fault(&error);
            }
        }
        close(store).await;
    }

    async fn live(&self) -> Seen {
        let mut random = StdRng::seed_from_u64(self.seed);
        let mut seen = Seen::default();
        while self.failed() < self.wanted {
            self.round(&mut random, &mut seen).await;
        }
        seen
    }

    /// When nothing goes wrong any more, only what is needed is left.
    async fn end(&self) {
        let store = self.open(MUCH).await.unwrap();
        assert!(store.verify().await.unwrap().ok);
        store.step().await.unwrap();
        store.close().await.unwrap();
        let client = AmazonS3Builder::from_env()
            .with_url(&self.bucket)
            .with_allow_http(true)
            .build()
            .unwrap();
        let prefix = Path::from(self.prefix.as_str());
        let objects: Vec<_> = client
            .list(Some(&prefix))
            .map_ok(|object| object.location)
            .try_collect()
            .await
            .unwrap();
        let claim = prefix.join("thermocline-store");
        assert_eq!(objects, [claim], "seed {}", self.seed);
        for path in &objects {
            client.delete(path).await.unwrap();
        }
    }
}

async fn create(store: &Store) -> Table {
    let options = TableOptions::new(rows(0).schema()).partition_by("kind".parse().unwrap());
    store.create_table(NAME, options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_row_is_lost_or_doubled_and_no_object_left_behind() {
    let Some(bucket) = thermocline_testing::extras::bucket() else {
        return;
    };
    let upstream = std::env::var("AWS_ENDPOINT_URL").unwrap();
    let seed =
        number("THERMOCLINE_SEED").unwrap_or_else(|| RandomState::new().build_hasher().finish());
    let wanted = number("THERMOCLINE_FAULTED_REQUESTS").unwrap_or(500);
    println!("to repeat the odds: THERMOCLINE_SEED={seed}");
    let proxy = Arc::new(Proxy::start(&upstream).await.unwrap());
    let lives: Vec<_> = (0..STORES)
        .map(|number| {
            Arc::new(Life {
                proxy: Arc::clone(&proxy),
                bucket: bucket.clone(),
                prefix: format!("faults-{seed:016x}-{number}"),
                seed: seed.wrapping_add(number),
                wanted,
                // Two of three ask for everything each time.
                cache: if number % 3 == 0 { CACHE } else { 0 },
                dir: local_dir(),
            })
        })
        .collect();
    // The places are claimed in peace.
    for life in &lives {
        life.open(MUCH).await.unwrap().close().await.unwrap();
    }
    proxy.misbehave(Odds::new(seed, READS, WRITES));
    let working: Vec<_> = lives
        .iter()
        .map(|life| {
            let life = Arc::clone(life);
            tokio::spawn(async move { life.live().await })
        })
        .collect();
    let mut all = Seen::default();
    for life in working {
        let seen = life.await.unwrap();
        all.scans += seen.scans;
        all.answered += seen.answered;
    }
    proxy.behave();
    let faults = proxy.faults();
    println!("{} requests, {all:?}, {faults:?}", proxy.requests());
    assert!(all.answered * 4 > all.scans, "retries hide most faults");
    if wanted >= 500 {
        for fault in Fault::all() {
            assert!(faults.contains_key(&fault), "{fault:?} never happened");
        }
    }
    for life in &lives {
        life.end().await;
    }
}
