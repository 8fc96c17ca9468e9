//! Queries run side by side, stop when they are told to, and leave the engine in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::{batch, ints, numbers, store, table, texts};
use futures::future::{BoxFuture, FutureExt, join_all};
use futures::{StreamExt, TryStreamExt};
use thermocline_olap::{CancelHandle, ErrorKind, Sql, SqlOptions};
use thermocline_tiers::{
    Extensions, Reader, Result as TiersResult, Selection, Settings, Snapshot, SnapshotSource,
    Store, TableOptions, Tier,
};

/// A query that would take hours.
const ENDLESS: &str =
    "SELECT count(*) FROM range(1000000) a, range(1000000) b, t WHERE a.range + b.range = t.x";

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_stops_a_query() {
    let (_dir, store) = store().await;
    table(&store, "t", &batch(vec![("x", ints([-1]))])).await;
    let handle = CancelHandle::new();
    let stop = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        handle.cancel();
    };
    let (result, ()) = tokio::join!(store.sql(ENDLESS).cancel_on(&handle).collect(), stop);
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Cancelled);
    // It stays used.
    let late = store.sql("SELECT 1").cancel_on(&handle).collect().await;
    assert_eq!(late.unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(numbers(&store, "SELECT x FROM t").await, [-1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_stops_a_query() {
    let (_dir, store) = store().await;
    table(&store, "t", &batch(vec![("x", ints([-1]))])).await;
    store
        .start_sql(SqlOptions::default().with_threads(1))
        .unwrap();
    // Before its first row.
    let waiting =
        tokio::time::timeout(Duration::from_millis(200), store.sql(ENDLESS).into_future());
    assert!(waiting.await.is_err());
    // In the middle of its rows.
    let mut rows = store.sql("SELECT * FROM range(1000000000)").await.unwrap();
    assert!(rows.next().await.unwrap().unwrap().num_rows() > 0);
    drop(rows);
    // With one thread, neither of them may still be at work.
    assert_eq!(
        numbers(&store, "SELECT sum(range) FROM range(1000000)").await,
        [499_999_500_000]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_arrive_while_the_query_runs() {
    let (_dir, store) = store().await;
    let mut rows = store
        .sql("SELECT range FROM range(1000000000)")
        .await
        .unwrap();
    let handle = rows.cancel_handle();
    let first = rows.next().await.unwrap().unwrap();
    assert!(first.num_rows() <= SqlOptions::default().batch_rows);
    handle.cancel();
    let error = loop {
        match rows.try_next().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a cancelled query ended as if it were whole"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert!(rows.next().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_needs_too_much_memory_fails_alone() {
    let (_dir, store) = store().await;
    let rows: i64 = 500_000;
    let words = (0..rows).map(|x| format!("a rather long and unique word number {x}"));
    table(
        &store,
        "t",
        &batch(vec![("x", ints(0..rows)), ("w", texts(words))]),
    )
    .await;
    let query = "SELECT count(*) FROM (SELECT list(w) AS l FROM t) WHERE length(l) > 5";
    let error = store
        .sql(query)
        .memory_limit(8 << 20)
        .collect()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutOfMemory, "{error}");
    assert_eq!(numbers(&store, query).await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_of_one_query_hold_for_it_alone() {
    let (_dir, store) = store().await;
    let threads = "SELECT current_setting('threads')";
    let limited = store.sql(threads).threads(1).collect().await.unwrap();
    assert_eq!(crate::support::column(&limited[0], 0), ["1"]);
    store.start_sql(SqlOptions::default()).unwrap();
    let error = store
        .start_sql(SqlOptions::default().with_threads(7))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_run_at_the_same_time_each_on_its_snapshot() {
    let (_dir, store) = store().await;
    let schema = batch(vec![("x", ints([]))]).schema();
    let a = store
        .create_table("a", TableOptions::new(Arc::clone(&schema)))
        .await
        .unwrap();
    let b = store
        .create_table("b", TableOptions::new(schema))
        .await
        .unwrap();
    let write = async {
        for x in 0..200 {
            a.append(batch(vec![("x", ints([x]))])).await.unwrap();
            b.append(batch(vec![("x", ints([x]))])).await.unwrap();
            if x % 50 == 0 {
                a.seal().await.unwrap();
            }
        }
    };
    let read = join_all((0..8).map(|_| async {
        let mut last = 0;
        for _ in 0..20 {
            let query = "SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b), \
                         (SELECT count(*) FROM a)";
            let answer = crate::support::answer(&store, query).await;
            let count = |column| {
                crate::support::column(&answer, column)[0]
                    .parse::<i64>()
                    .unwrap()
            };
            let (in_a, in_b, again) = (count(0), count(1), count(2));
            assert!(
                in_a == in_b || in_a == in_b + 1,
                "{in_a} rows in a, {in_b} in b"
            );
            assert_eq!(in_a, again);
            assert!(in_a >= last);
            last = in_a;
        }
    }));
    tokio::join!(write, read);
    assert_eq!(
        numbers(&store, "SELECT count(*) FROM a JOIN b USING (x)").await,
        [200]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_works_outside_of_a_runtime_too() {
    let (_dir, store) = store().await;
    table(&store, "t", &batch(vec![("x", ints(0..10))])).await;
    let store = store.clone();
    let outside = std::thread::spawn(move || {
        futures::executor::block_on(store.sql("SELECT sum(x) FROM t").collect()).unwrap()
    });
    let answer = tokio::task::spawn_blocking(move || outside.join().unwrap())
        .await
        .unwrap();
    assert_eq!(crate::support::column(&answer[0], 0), ["45"]);
}

/// A reader whose first snapshots are older than the files that are kept.
struct Late {
    reader: Reader,
    stale: Snapshot,
    pins: AtomicUsize,
    stale_pins: usize,
}

impl SnapshotSource for Late {
    fn pin(&self) -> BoxFuture<'_, TiersResult<Snapshot>> {
        if self.pins.fetch_add(1, Ordering::SeqCst) < self.stale_pins {
            let stale = self.stale.clone();
            return async move { Ok(stale) }.boxed();
        }
        self.reader.pin()
    }

    fn extensions(&self) -> &Extensions {
        self.reader.extensions()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_whose_files_are_gone_starts_over() {
    let dir = tempfile::tempdir().unwrap();
    let builder = || Store::builder(dir.path().join("store"));
    let settings = Settings::default()
        .with_collect_after(Duration::ZERO)
        .with_cold_keep(Duration::ZERO);
    let store = builder()
        .create_if_missing()
        .background(false)
        .settings(settings)
        .open()
        .await
        .unwrap();
    let t = table(&store, "t", &batch(vec![("x", ints(0..1_000))])).await;
    t.move_to(&Selection::All, Tier::Warm).await.unwrap();
    let reader = builder().open_reader().await.unwrap();
    let stale = reader.snapshot().await.unwrap();
    t.move_to(&Selection::All, Tier::Cold).await.unwrap();
    for _ in 0..3 {
        store.step().await.unwrap();
    }
    let mut late = Late {
        reader,
        stale: stale.clone(),
        pins: AtomicUsize::new(0),
        stale_pins: 2,
    };
    assert_eq!(numbers(&late, "SELECT sum(x) FROM t").await, [499_500]);
    assert_eq!(late.pins.load(Ordering::SeqCst), 3);
    // Not for ever, and not for a snapshot that was asked for.
    late.stale_pins = usize::MAX;
    let error = late
        .sql("SELECT sum(x) FROM t")
        .collect()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Expired);
    let error = late
        .sql("SELECT sum(x) FROM t")
        .snapshot(stale)
        .collect()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Expired);
}
