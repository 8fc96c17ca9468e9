//! Commit, rollback, and what others see.

use thermocline_tiers::ErrorKind;
use thermocline_tiers::persistence::{BatchPersistence, SoAPersistence};

use crate::kit::{Sales, in_memory, sales};

#[tokio::test]
async fn what_is_committed_is_there_and_only_then() {
    let mut set = in_memory();
    set.save(&sales(0..3)).await.unwrap();
    let watcher = set.sibling::<Sales>("sales").unwrap();

    let mut transaction = set.transaction().await.unwrap();
    transaction.append(&sales(3..5)).await.unwrap();
    let changed = transaction
        .sql("UPDATE sales SET amount = 1.5 WHERE id = $1")
        .bind(0);
    assert_eq!(changed.execute().await.unwrap(), 1);
    assert_eq!(transaction.count().await.unwrap(), 5);
    assert_eq!(watcher.load().await.unwrap(), Some(sales(0..3)));
    transaction.commit().await.unwrap();

    assert_eq!(watcher.count().await.unwrap(), 5);
    let paid = watcher
        .sql("SELECT * FROM sales WHERE amount = 1.5")
        .collect();
    assert_eq!(paid.await.unwrap()[0].num_rows(), 1);
}

#[tokio::test]
async fn what_is_rolled_back_or_dropped_never_was() {
    let mut set = in_memory();
    set.save(&sales(0..3)).await.unwrap();

    let mut transaction = set.transaction().await.unwrap();
    transaction.save(&sales(50..60)).await.unwrap();
    assert_eq!(transaction.load().await.unwrap(), Some(sales(50..60)));
    transaction.rollback().await.unwrap();
    assert_eq!(set.load().await.unwrap(), Some(sales(0..3)));

    let mut transaction = set.transaction().await.unwrap();
    transaction.clear().await.unwrap();
    assert_eq!(transaction.load().await.unwrap(), None);
    drop(transaction);
    assert_eq!(set.load().await.unwrap(), Some(sales(0..3)));
    // And nothing of it is in the way.
    set.append(&sales(3..4)).await.unwrap();
    assert_eq!(set.load().await.unwrap(), Some(sales(0..4)));
}

#[tokio::test]
async fn a_failed_statement_ends_its_transaction() {
    let mut set = in_memory();
    set.save(&sales(0..3)).await.unwrap();
    let mut transaction = set.transaction().await.unwrap();
    transaction.append(&sales(3..4)).await.unwrap();
    let wrong = transaction
        .sql("UPDATE sales SET shop = NULL")
        .execute()
        .await;
    assert_eq!(wrong.unwrap_err().kind(), ErrorKind::InvalidInput);
    let late = transaction.append(&sales(4..5)).await.unwrap_err();
    assert!(late.to_string().contains("begin another"), "{late}");
    let error = transaction.commit().await.unwrap_err();
    assert!(error.to_string().contains("rolled back"), "{error}");
    assert_eq!(set.load().await.unwrap(), Some(sales(0..3)));
}

#[tokio::test]
async fn of_two_that_change_the_same_rows_one_is_told_to_try_again() {
    let mut set = in_memory();
    let mut other = set.sibling::<Sales>("sales").unwrap();
    set.save(&sales(0..3)).await.unwrap();
    let one = set.transaction().await.unwrap();
    let two = other.transaction().await.unwrap();
    let update = "UPDATE sales SET amount = 9 WHERE id = 1";
    one.sql(update).execute().await.unwrap();
    let error = two.sql(update).execute().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked, "{error}");
    assert!(error.to_string().contains("try again"), "{error}");
    two.rollback().await.unwrap();
    one.commit().await.unwrap();
    assert_eq!(set.sql(update).execute().await.unwrap(), 1);
}

#[tokio::test]
async fn a_change_that_fails_half_way_changes_nothing() {
    let mut set = in_memory();
    set.save(&sales(0..3)).await.unwrap();
    set.sql("CREATE UNIQUE INDEX ids ON sales (id)")
        .execute()
        .await
        .unwrap();
    // The first rows fit, the last does not.
    let error = set.append(&sales(-5..1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert_eq!(set.load().await.unwrap(), Some(sales(0..3)));
    // A save, which removes the old rows first, and then fails at a row that is there twice.
    let twice = vec![sales(10..20).0, sales(19..21).0];
    let error = set.save_batches(twice).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert_eq!(set.load().await.unwrap(), Some(sales(0..3)));
    set.append(&sales(3..5)).await.unwrap();
    assert_eq!(set.load().await.unwrap(), Some(sales(0..5)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_appends_all_count() {
    let mut set = in_memory();
    set.save(&sales(0..0)).await.unwrap();
    let tasks: Vec<_> = (0..4_i64)
        .map(|task| {
            let mut set = set.sibling::<Sales>("sales").unwrap();
            tokio::spawn(async move {
                for step in 0..10 {
                    let first = task * 1000 + step * 10;
                    loop {
                        match set.append(&sales(first..first + 10)).await {
                            Ok(()) => break,
                            Err(error) => assert_eq!(error.kind(), ErrorKind::Locked, "{error}"),
                        }
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(set.count().await.unwrap(), 400);
    let distinct = set
        .sql("SELECT count(DISTINCT id) AS n FROM sales")
        .collect();
    assert_eq!(crate::kit::numbers(&distinct.await.unwrap()[0], "n"), [400]);
}

#[tokio::test]
async fn a_statement_leaves_nothing_behind_on_its_connection() {
    let mut set = in_memory();
    set.save(&sales(0..3)).await.unwrap();
    for sql in [
        "BEGIN",
        " /* now */ begin transaction;",
        "COMMIT",
        "ROLLBACK",
    ] {
        let error = set.sql(sql).execute().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("`transaction()`"), "{error}");
    }
    let transaction = set.transaction().await.unwrap();
    let error = transaction.sql("COMMIT").execute().await.unwrap_err();
    assert!(error.to_string().contains("`commit`"), "{error}");
    transaction.rollback().await.unwrap();

    set.sql("CREATE SCHEMA other").execute().await.unwrap();
    set.sql("USE other").execute().await.unwrap();
    assert_eq!(set.load().await.unwrap(), Some(sales(0..3)));
    set.append(&sales(3..4)).await.unwrap();
    let found = set
        .sql("SELECT count(*) AS n FROM main.sales")
        .collect()
        .await;
    assert_eq!(crate::kit::numbers(&found.unwrap()[0], "n"), [4]);
    // One that begins a transaction behind another statement does not keep it either.
    let hidden = "INSERT INTO sales FROM sales LIMIT 1; BEGIN";
    let _ = set.sql(hidden).execute().await;
    set.clear().await.unwrap();
    set.save(&sales(0..2)).await.unwrap();
    assert_eq!(set.load().await.unwrap(), Some(sales(0..2)));
}
