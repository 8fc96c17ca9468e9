//! What reading cold rows across a network asks the object store for.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch};
use arrow::datatypes::Int64Type;
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaDataReader};
use tempfile::TempDir;
use thermocline_tiers::{
    Clock, Env, ObjectStoreSettings, ParquetOptions, Predicate, ScanOptions, Selection, Settings,
    Snapshot, Store, StoreBuilder, TableOptions, Tier, Timestamp,
};

use crate::counting::{Counting, Reads};
use crate::kit::{ids, ids_where, options, range, rows};

const NOTHING: Reads = Reads {
    requests: 0,
    bytes: 0,
};

fn at(dir: &TempDir, objects: &Arc<Counting>, settings: Settings) -> StoreBuilder {
    let settings = settings
        .with_collect_after(Duration::ZERO)
        .with_cold_keep(Duration::ZERO);
    Store::builder(dir.path())
        .create_if_missing()
        .background(false)
        .settings(settings)
        .cold_remote(Arc::<Counting>::clone(objects))
}

fn cached(dir: &TempDir) -> Vec<PathBuf> {
    match std::fs::read_dir(dir.path().join("cache")) {
        Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
        Err(_) => Vec::new(),
    }
}

/// Ten thousand cold rows in four partitions, none of them read yet.
async fn filled() -> (TempDir, Arc<Counting>) {
    let (dir, objects) = (tempfile::tempdir().unwrap(), Arc::<Counting>::default());
    let store = at(&dir, &objects, Settings::default()).open().await;
    let store = store.unwrap();
    let table = store.create_table("flights", options()).await.unwrap();
    table.append(rows(0..10_000)).await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    store.close().await.unwrap();
    objects.take();
    (dir, objects)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_read_is_not_asked_for_again_not_even_after_a_restart() {
    let (dir, objects) = filled().await;
    let store = at(&dir, &objects, Settings::default()).open().await;
    let store = store.unwrap();
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..10_000));
    let first = objects.take();
    assert!(first.requests > 0);
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..10_000));
    assert_eq!(objects.take(), NOTHING);
    let stats = store.stats().cold_cache;
    assert!(stats.hits > 0 && stats.misses > 0, "{stats:?}");
    assert!(stats.written_bytes > 0 && stats.written_bytes <= first.bytes);
    store.close().await.unwrap();

    let store = at(&dir, &objects, Settings::default()).open().await;
    let store = store.unwrap();
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..10_000));
    assert_eq!(objects.take(), NOTHING);
    let again = store.stats().cold_cache;
    assert_eq!((again.misses, again.written_bytes), (0, 0), "{again:?}");
    // Footers and pages.
    assert!(again.read_bytes >= stats.written_bytes);
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_share_the_cache_with_the_writer() {
    let (dir, objects) = filled().await;
    let reader = at(&dir, &objects, Settings::default()).open_reader().await;
    let reader = reader.unwrap();
    let snapshot = reader.snapshot().await.unwrap();
    assert_eq!(ids(&snapshot, "flights").await, range(0..10_000));
    assert!(objects.take().requests > 0);
    let store = at(&dir, &objects, Settings::default()).open().await;
    let store = store.unwrap();
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..10_000));
    assert_eq!(objects.take(), NOTHING);
    // The writer moves the rows away; what the reader has of them stays right.
    let table = store.table("flights").unwrap();
    table.move_to(&Selection::All, Tier::Warm).await.unwrap();
    assert_eq!(ids(&snapshot, "flights").await, range(0..10_000));
    let now = reader.snapshot().await.unwrap();
    assert_eq!(ids(&now, "flights").await, range(0..10_000));
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_or_missing_cache_changes_no_answer() {
    let (dir, objects) = filled().await;
    let open = async || {
        let store = at(&dir, &objects, Settings::default()).open().await;
        store.unwrap()
    };
    let store = open().await;
    ids(&store.snapshot(), "flights").await;
    store.close().await.unwrap();
    let files = cached(&dir);
    assert!(files.len() > 1);
    for (number, file) in files.iter().enumerate() {
        let mut bytes = std::fs::read(file).unwrap();
        if number % 2 == 0 {
            let last = bytes.len() - 1;
            bytes[last] ^= 0x10;
        } else {
            bytes.truncate(bytes.len() / 2);
        }
        std::fs::write(file, bytes).unwrap();
    }
    objects.take();
    let store = open().await;
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..10_000));
    assert!(objects.take().requests > 0);
    // One that another read has replaced meanwhile is not looked at.
    let damaged = store.stats().cold_cache.damaged;
    assert!((1..=files.len() as u64).contains(&damaged), "{damaged}");
    std::fs::remove_dir_all(dir.path().join("cache")).unwrap();
    assert_eq!(ids(&store.snapshot(), "flights").await, range(0..10_000));
    assert!(store.verify().await.unwrap().ok);
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_budget_of_the_cache_holds_and_none_is_none() {
    let (dir, objects) = filled().await;
    for budget in [0, 20_000] {
        let settings = Settings::default().with_cold_disk_cache_bytes(budget);
        let store = at(&dir, &objects, settings).open().await.unwrap();
        for _ in 0..2 {
            assert_eq!(ids(&store.snapshot(), "flights").await, range(0..10_000));
        }
        let files = cached(&dir);
        let bytes: u64 = files.iter().map(|f| f.metadata().unwrap().len()).sum();
        assert!(bytes <= budget, "{bytes}");
        assert_eq!(store.stats().cold_cache.bytes, bytes);
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn objects_that_are_gone_leave_nothing_in_the_cache() {
    let (dir, objects) = filled().await;
    let store = at(&dir, &objects, Settings::default()).open().await;
    let store = store.unwrap();
    ids(&store.snapshot(), "flights").await;
    assert!(!cached(&dir).is_empty());
    store.drop_table("flights").await.unwrap();
    store.step().await.unwrap();
    store.close().await.unwrap();
    assert_eq!(cached(&dir), Vec::<PathBuf>::new());
}

/// A clock that somebody moves.
#[derive(Debug)]
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::SeqCst).unsigned_abs())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_hour_asks_for_nothing() {
    let (dir, objects) = filled().await;
    let clock = Arc::new(Hand(AtomicI64::new(1_800_000_000_000_000)));
    let env = Env {
        clock: Arc::<Hand>::clone(&clock),
        ..Env::real()
    };
    let store = at(&dir, &objects, Settings::default())
        .env(env)
        .open()
        .await;
    let store = store.unwrap();
    ids(&store.snapshot(), "flights").await;
    let before = store.stats().cold_requests;
    for _ in 0..120 {
        clock.0.fetch_add(30_000_000, Ordering::SeqCst);
        store.step().await.unwrap();
    }
    assert_eq!(store.stats().cold_requests, before);
    store.close().await.unwrap();
}

/// Columns of numbers that do not compress, `key` in order.
fn wide(rows: i64) -> RecordBatch {
    let column = |salt: i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values((0..rows).map(|row| {
            // SplitMix64.
            let mut n = (row ^ (salt << 56))
                .cast_unsigned()
                .wrapping_mul(0x9e37_79b9_7f4a_7c15);
            n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (n ^ (n >> 31)).cast_signed()
        })))
    };
    let key: ArrayRef = Arc::new(Int64Array::from_iter_values((0..rows).map(|n| n * 3)));
    let others = (1..5).map(|salt| (format!("c{salt}"), column(salt)));
    let columns = std::iter::once(("key".to_owned(), key)).chain(others);
    RecordBatch::try_from_iter(columns).unwrap()
}

const ROWS: i64 = 40_000;
const PAGE_ROWS: usize = 4_096;

/// The row with this key, all its columns.
async fn point(snapshot: &Snapshot, key: i64) -> Vec<RecordBatch> {
    let table = snapshot.table("wide").unwrap();
    let options = ScanOptions::new().with_predicate(Predicate::eq("key", key));
    let scan = table.scan(options).unwrap();
    let batches: Vec<_> = scan.stream().try_collect().await.unwrap();
    batches.into_iter().filter(|b| b.num_rows() > 0).collect()
}

/// Bytes of the pages that have a row, by the Parquet library.
async fn pages_of(objects: &Counting, row: i64) -> u64 {
    let listed: Vec<_> = objects.memory.list(None).try_collect().await.unwrap();
    let is_file = |path: &Path| path.as_ref().ends_with(".parquet");
    let mut files = listed.iter().filter(|object| is_file(&object.location));
    let file = files.next().unwrap();
    assert!(files.next().is_none());
    let bytes = objects.memory.get(&file.location).await.unwrap();
    let mut parser = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Required);
    parser.try_parse(&bytes.bytes().await.unwrap()).unwrap();
    let metadata = parser.finish().unwrap();
    assert_eq!(metadata.num_row_groups(), 1);
    let index = metadata.page_index().unwrap();
    let columns = metadata.row_group(0).num_columns();
    let page = |column| {
        let pages = &index.offset_index(0, column).unwrap().page_locations;
        assert!(pages.len() > 5);
        let page = pages.iter().rfind(|page| page.first_row_index <= row);
        u64::try_from(page.unwrap().compressed_page_size).unwrap()
    };
    (0..columns).map(page).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_point_read_is_one_round_of_the_matching_pages() {
    let (dir, objects) = (tempfile::tempdir().unwrap(), Arc::<Counting>::default());
    let form = ParquetOptions::default().with_page_rows(PAGE_ROWS);
    // So small that no page stands in a gap.
    let network = ObjectStoreSettings::default().with_join_bytes(4 << 10);
    let settings = Settings::default()
        .with_cold_disk_cache_bytes(0)
        .with_object_store(network)
        .with_cold(form);
    let store = at(&dir, &objects, settings).open().await.unwrap();
    let rows = wide(ROWS);
    let table = TableOptions::new(rows.schema()).sort_by(["key"]);
    let table = store.create_table("wide", table).await.unwrap();
    table.append(rows.clone()).await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    let snapshot = store.snapshot();
    // The footer.
    point(&snapshot, 0).await;
    for row in [17, 5_000, 20_123, ROWS - 1] {
        objects.take();
        let found = point(&snapshot, row * 3).await;
        let alone = objects.take();
        let expected = rows.slice(usize::try_from(row).unwrap(), 1);
        assert_eq!(found.len(), 1);
        for column in 0..expected.num_columns() {
            let value = |b: &RecordBatch| b.column(column).as_primitive::<Int64Type>().value(0);
            assert_eq!(value(&found[0]), value(&expected));
        }
        let matching = pages_of(&objects, row).await;
        println!("row {row}: {alone:?}, matching pages {matching} bytes");
        assert!(alone.bytes <= matching * 6 / 5, "{alone:?}, {matching}");
        // All requests at one time, or the read would not end.
        objects.hold_until(alone.requests);
        let held = tokio::time::timeout(Duration::from_secs(300), point(&snapshot, row * 3));
        assert_eq!(held.await.unwrap().len(), 1);
        assert_eq!(objects.take(), alone);
        objects.hold_until(1);
    }
    // A key that is not there costs no more.
    objects.take();
    assert!(point(&snapshot, 3 * 5_000 + 1).await.is_empty());
    let missing = objects.take();
    assert!(missing.requests <= 5, "{missing:?}");
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bloom_filters_are_read_once() {
    let (dir, objects) = (tempfile::tempdir().unwrap(), Arc::<Counting>::default());
    let form = ParquetOptions::default().with_bloom_filters(["c1"]);
    let settings = Settings::default()
        .with_cold_disk_cache_bytes(0)
        .with_cold(form);
    let store = at(&dir, &objects, settings).open().await.unwrap();
    let rows = wide(ROWS);
    let table = TableOptions::new(rows.schema()).sort_by(["key"]);
    let table = store.create_table("wide", table).await.unwrap();
    table.append(rows.clone()).await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    let snapshot = store.snapshot();
    ids_where(&snapshot, "wide", Predicate::eq("c1", 1_i64)).await;
    objects.take();
    // None of these is a value of the column; a filter may say "perhaps" now and then.
    let mut asked = 0;
    for absent in 2..52_i64 {
        let found = ids_where(&snapshot, "wide", Predicate::eq("c1", absent)).await;
        assert!(found.is_empty());
        asked += usize::from(objects.take() != NOTHING);
    }
    assert!(asked <= 10, "{asked}");
    // And one that is there is found.
    let there = rows.column(1).as_primitive::<Int64Type>().value(777);
    let found = ids_where(&snapshot, "wide", Predicate::eq("c1", there)).await;
    assert_eq!(found, [777 * 3]);
    store.close().await.unwrap();
}
