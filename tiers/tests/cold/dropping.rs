//! Tables with a cold part that go.

use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt;
use object_store::ObjectStore;
use object_store::memory::InMemory;
use thermocline_tiers::{ErrorKind, Selection, Settings, Tier};

use crate::kit::{self, ids, range, rows};
use crate::outside;
use crate::shaky::{Fault, Shaky};

const TABLE: &str = "flights-1";

/// A drop that failed half-way is carried out later: what was appended meanwhile must not go with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_whose_drop_failed_takes_no_rows_that_it_would_lose() {
    let (mut refused, mut steps) = (0, 0);
    for step in 0.. {
        let what = format!("request {step}");
        let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let dir = tempfile::tempdir().unwrap();
        let shaky = Arc::new(Shaky::new(&objects, Fault::Before, i64::MAX, false));
        let unsure: Arc<dyn ObjectStore> = Arc::clone(&shaky) as _;
        let store = kit::builder(&dir).cold(unsure).open().await.unwrap();
        let table = store.create_table("flights", kit::options()).await.unwrap();
        table.append(rows(0..500)).await.unwrap();
        table.move_to(&Selection::All, Tier::Cold).await.unwrap();
        shaky.fail_after(step);
        let dropped = store.drop_table("flights").await;
        let failed = shaky.has_failed();
        shaky.calm_down();
        if !failed {
            dropped.unwrap();
            steps = step;
            break;
        }
        let appended = table.append(rows(500..600)).await;
        if let Err(error) = &appended {
            refused += 1;
            assert_eq!(error.kind(), ErrorKind::NotFound, "{what}: {error}");
            let field = arrow::datatypes::Field::new("x", arrow::datatypes::DataType::Int64, true);
            assert!(table.add_column(field).await.is_err(), "{what}");
        }
        drop(table);
        store.close().await.unwrap();
        let builder = kit::builder(&dir).cold(Arc::clone(&objects));
        let store = builder.open().await.unwrap();
        if appended.is_ok() {
            let there = ids(&store.snapshot(), "flights").await;
            assert_eq!(there, range(0..600), "{what}");
        } else {
            assert!(store.tables().is_empty(), "{what}");
            assert_eq!(outside::ids(&objects, TABLE).await, range(0..0), "{what}");
        }
    }
    assert!(
        steps > 0 && refused > 0,
        "{steps} requests, {refused} refused"
    );
}

/// A segment that becomes cold while its table is dropped goes for other programs too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_of_a_table_that_was_dropped_during_a_move() {
    for already_cold in [false, true] {
        let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let dir = tempfile::tempdir().unwrap();
        let shaky = Arc::new(Shaky::new(&objects, Fault::Before, i64::MAX, false));
        let unsure: Arc<dyn ObjectStore> = Arc::clone(&shaky) as _;
        let store = kit::builder(&dir).cold(unsure).open().await.unwrap();
        let table = store.create_table("flights", kit::options()).await.unwrap();
        table.append(rows(0..500)).await.unwrap();
        if already_cold {
            table.move_to(&Selection::All, Tier::Cold).await.unwrap();
            table.append(rows(500..600)).await.unwrap();
        }
        let dropping = store.clone();
        let dropped = Arc::new(std::sync::Mutex::new(None));
        let begun = Arc::clone(&dropped);
        let commit = match already_cold {
            true => "00000000000000000002.json",
            false => "00000000000000000001.json",
        };
        shaky.before_put(commit, async move {
            let task = tokio::spawn(async move { dropping.drop_table("flights").await });
            // It finds out what there is, and waits for its turn.
            tokio::time::sleep(Duration::from_millis(50)).await;
            *begun.lock().unwrap() = Some(task);
        });
        table.move_to(&Selection::All, Tier::Cold).await.unwrap();
        let task = dropped.lock().unwrap().take().unwrap();
        task.await.unwrap().unwrap();
        assert!(store.tables().is_empty());
        assert_eq!(
            outside::ids(&objects, TABLE).await,
            range(0..0),
            "{already_cold}"
        );
    }
}

/// Who verifies may find a table that is gone a moment later, with its log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_is_dropped_meanwhile_is_no_problem_of_verify() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let dir = tempfile::tempdir().unwrap();
    let builder = kit::builder(&dir).cold(Arc::clone(&objects));
    let settings = Settings::default()
        .with_collect_after(Duration::ZERO)
        .with_cold_keep(Duration::ZERO);
    let store = builder.settings(settings.clone()).open().await.unwrap();
    let table = store.create_table("flights", kit::options()).await.unwrap();
    table.append(rows(0..50)).await.unwrap();
    table.move_to(&Selection::All, Tier::Cold).await.unwrap();
    drop(table);

    let shaky = Arc::new(Shaky::new(&objects, Fault::Before, i64::MAX, false));
    let reader = kit::builder(&dir).cold(Arc::clone(&shaky) as _);
    let reader = reader.open_reader().await.unwrap();
    let again = kit::builder(&dir).cold(Arc::clone(&objects));
    let remote = Arc::clone(&objects);
    shaky.before_get("00000000000000000000.json", async move {
        let task = tokio::spawn(async move {
            store.drop_table("flights").await.unwrap();
            store.close().await.unwrap();
            // What is left of the table is found at an opening.
            let store = again.settings(settings).open().await.unwrap();
            store.step().await.unwrap();
            let left = remote.list(None).map_ok(|object| object.location);
            let left: Vec<_> = left.try_collect().await.unwrap();
            assert!(
                !left.iter().any(|path| path.as_ref().contains("_delta_log")),
                "{left:?}"
            );
        });
        task.await.unwrap();
    });
    let report = reader.verify().await.unwrap();
    assert!(report.ok, "{report:?}");
    assert_eq!(reader.snapshot().await.unwrap().tables().count(), 0);
}
