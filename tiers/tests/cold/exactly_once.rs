//! Each request to the object store fails in turn, before it is made and behind it.

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::memory::InMemory;
use tempfile::TempDir;
use thermocline_tiers::{Selection, Store, Tier};

use crate::kit::{self, ids, range, rows};
use crate::outside;
use crate::shaky::{Fault, Shaky};

const TABLE: &str = "flights-1";

/// More requests than any of the scripts makes.
const MANY: i64 = 300;

async fn open(dir: &TempDir, cold: Arc<dyn ObjectStore>) -> Store {
    kit::builder(dir).cold(cold).open().await.unwrap()
}

/// Rows of four months, two of them cold already.
async fn prepared(dir: &TempDir, objects: &Arc<InMemory>) {
    let store = open(dir, Arc::clone(objects) as _).await;
    let table = store.create_table("flights", kit::options()).await.unwrap();
    table.append(rows(0..6_000)).await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    table.append(rows(6_000..12_000)).await.unwrap();
    table.move_to(&Selection::All, Tier::Warm).await.unwrap();
    store.close().await.unwrap();
}

async fn all_is_there(store: &Store, objects: &Arc<InMemory>, what: &str) {
    let all = range(0..12_000);
    assert_eq!(ids(&store.snapshot(), "flights").await, all, "{what}");
    let objects: Arc<dyn ObjectStore> = Arc::clone(objects) as _;
    let segments = store.table("flights").unwrap().segments().unwrap();
    let cold: u64 = segments
        .iter()
        .filter(|s| s.home == Tier::Cold)
        .map(|s| s.rows)
        .sum();
    let outside = outside::ids(&objects, TABLE).await;
    assert_eq!(outside.len() as u64, cold, "{what}");
    assert!(outside.windows(2).all(|pair| pair[0] < pair[1]), "{what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_that_fails_anywhere_is_made_exactly_once() {
    let mut faults = 0;
    for fault in [Fault::Before, Fault::After] {
        for crashed in [false, true] {
            for step in 0..MANY {
                let what = format!("{fault:?}, crashed: {crashed}, step {step}");
                let dir = tempfile::tempdir().unwrap();
                let objects = Arc::new(InMemory::new());
                prepared(&dir, &objects).await;
                let shaky = Arc::new(Shaky::new(
                    &(Arc::clone(&objects) as _),
                    fault,
                    step,
                    crashed,
                ));
                let store = match kit::builder(&dir)
                    .cold(Arc::clone(&shaky) as _)
                    .open()
                    .await
                {
                    Ok(store) => store,
                    Err(_) => open(&dir, Arc::clone(&objects) as _).await,
                };
                let table = store.table("flights").unwrap();
                let moved = table.move_to(&Selection::All, Tier::Cold).await;
                let has_failed = shaky.has_failed();
                // Only what is tested is disturbed, not the look at it.
                shaky.calm_down();
                if !has_failed {
                    moved.unwrap();
                    all_is_there(&store, &objects, &what).await;
                    break;
                }
                faults += 1;
                all_is_there_for_us(&store, &what).await;
                if !crashed {
                    // The same process goes on.
                    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
                    all_is_there(&store, &objects, &what).await;
                }
                drop((table, store));
                // So does the next.
                let store = open(&dir, Arc::clone(&objects) as _).await;
                all_is_there(&store, &objects, &what).await;
                let table = store.table("flights").unwrap();
                table.move_to(&Selection::All, Tier::Cold).await.unwrap();
                let objects_now: Arc<dyn ObjectStore> = Arc::clone(&objects) as _;
                assert_eq!(
                    outside::ids(&objects_now, TABLE).await,
                    range(0..12_000),
                    "{what}"
                );
                all_is_there(&store, &objects, &what).await;
                assert!(store.verify().await.unwrap().ok, "{what}");
            }
        }
    }
    assert!(faults > 10, "only {faults} faults were met");
}

async fn all_is_there_for_us(store: &Store, what: &str) {
    assert_eq!(
        ids(&store.snapshot(), "flights").await,
        range(0..12_000),
        "{what}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_behind_by_moves_that_failed() {
    let dir = tempfile::tempdir().unwrap();
    let objects = Arc::new(InMemory::new());
    prepared(&dir, &objects).await;
    for step in 0..4 {
        let shaky = Arc::new(Shaky::new(
            &(Arc::clone(&objects) as _),
            Fault::After,
            step,
            true,
        ));
        if let Ok(store) = kit::builder(&dir).cold(shaky).open().await {
            let table = store.table("flights").unwrap();
            let _ = table.move_to(&Selection::All, Tier::Cold).await;
        }
    }
    let store = open(&dir, Arc::clone(&objects) as _).await;
    let table = store.table("flights").unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    store.step().await.unwrap();
    let known: Vec<String> = table
        .segments()
        .unwrap()
        .into_iter()
        .filter_map(|segment| segment.path)
        .map(|path| path.trim_start_matches("cold/").to_owned())
        .collect();
    let there: Vec<_> = futures::TryStreamExt::try_collect(objects.list(None))
        .await
        .unwrap();
    let there: Vec<_> = there
        .into_iter()
        .map(|object: object_store::ObjectMeta| object.location.to_string())
        .filter(|path| path.ends_with(".parquet") && !path.contains("_delta_log"))
        .collect();
    for path in &there {
        assert!(known.contains(path), "{path} belongs to nothing");
    }
    assert_eq!(there.len(), known.len());
}
