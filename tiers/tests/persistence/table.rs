//! The typed face of a table.

use futures::TryStreamExt;
use tempfile::TempDir;
use thermocline_tiers::{Durability, ErrorKind, Predicate, Selection, Store, Tier};

use crate::kit::{
    Sales, WithNote, WithRequired, WithRequiredAmount, WithTextId, WithoutShop, with_note,
};

async fn open(dir: &TempDir) -> Store {
    Store::builder(dir.path())
        .create_if_missing()
        .background(false)
        .open()
        .await
        .unwrap()
}

#[tokio::test]
async fn rows_are_the_same_in_every_tier_and_after_a_restart() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir).await;
    let sales = store
        .typed_with::<Sales>("sales", |options| {
            options.partition_by("truncate(100, id)".parse().unwrap())
        })
        .await
        .unwrap();
    assert_eq!(sales.load().await.unwrap(), Sales::default());
    sales.append(&Sales::of(0..150)).await.unwrap();
    sales
        .append_with(&Sales::of(150..200), Durability::Memory)
        .await
        .unwrap();
    let condition = Predicate::gt("amount", 20.0).and(Predicate::eq("shop", "Ulm"));
    let expected = Sales::of(81..200);
    let expected: Vec<i64> = expected
        .id
        .iter()
        .copied()
        .filter(|id| id % 3 == 0 && id % 5 != 0)
        .collect();
    for tier in [None, Some(Tier::Warm), Some(Tier::Cold), Some(Tier::Hot)] {
        if let Some(tier) = tier {
            sales.table().move_to(&Selection::All, tier).await.unwrap();
        }
        assert_eq!(
            sales.load().await.unwrap().sorted(),
            Sales::of(0..200),
            "{tier:?}"
        );
        let found = sales.scan(&condition).await.unwrap().sorted();
        assert_eq!(found.id, expected, "{tier:?}");
        let pieces: Vec<Sales> = sales
            .stream(&condition)
            .unwrap()
            .try_collect()
            .await
            .unwrap();
        assert_eq!(
            pieces.iter().map(|piece| piece.id.len()).sum::<usize>(),
            expected.len(),
            "{tier:?}"
        );
        assert_eq!(sales.count().unwrap(), 200, "{tier:?}");
    }
    drop(sales);
    store.close().await.unwrap();
    let store = open(&dir).await;
    let sales = store.typed::<Sales>("sales").await.unwrap();
    assert_eq!(sales.load().await.unwrap().sorted(), Sales::of(0..200));
}

#[tokio::test]
async fn a_new_optional_field_becomes_a_column() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir).await;
    let old = store.typed::<Sales>("sales").await.unwrap();
    old.append(&Sales::of(0..4)).await.unwrap();
    old.table()
        .move_to(&Selection::All, Tier::Cold)
        .await
        .unwrap();

    let new = store.typed::<WithNote>("sales").await.unwrap();
    let found = new.load().await.unwrap();
    assert_eq!(found.0.num_rows(), 4);
    assert_eq!(found.0.column_by_name("note").unwrap().null_count(), 4);
    // The columns of the type stand in another order than those of the table.
    new.append(&with_note(&Sales::of(4..6))).await.unwrap();
    let noted = new.scan(&Predicate::is_not_null("note")).await.unwrap();
    assert_eq!(noted, with_note(&Sales::of(4..6)));

    // The handle of the older type does not write half rows, or read half ones.
    for error in [
        old.append(&Sales::of(6..7)).await.unwrap_err(),
        old.load().await.unwrap_err(),
        store.typed::<Sales>("sales").await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::SchemaMismatch, "{error}");
        assert_eq!(error.column(), Some("note"), "{error}");
    }
    assert_eq!(new.count().unwrap(), 6);
}

#[tokio::test]
async fn every_other_difference_is_refused_by_name_and_changes_nothing() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir).await;
    let sales = store.typed::<Sales>("sales").await.unwrap();
    sales.append(&Sales::of(0..3)).await.unwrap();
    let before = sales.table().schema().unwrap();
    let refused = [
        (store.typed::<WithRequired>("sales").await.err(), "paid"),
        (store.typed::<WithoutShop>("sales").await.err(), "shop"),
        (store.typed::<WithTextId>("sales").await.err(), "id"),
        (
            store.typed::<WithRequiredAmount>("sales").await.err(),
            "amount",
        ),
    ];
    for (error, column) in refused {
        let error = error.unwrap();
        assert_eq!(error.kind(), ErrorKind::SchemaMismatch, "{error}");
        assert_eq!(error.column(), Some(column), "{error}");
        for name in ["sales", column] {
            assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
        }
    }
    assert_eq!(sales.table().schema().unwrap(), before);
    assert_eq!(sales.load().await.unwrap(), Sales::of(0..3));
}

#[tokio::test]
async fn two_tasks_that_open_the_same_table_get_the_same_table() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir).await;
    let (one, other) =
        futures::future::join(store.typed::<Sales>("sales"), store.typed::<Sales>("sales")).await;
    one.unwrap().append(&Sales::of(0..1)).await.unwrap();
    assert_eq!(other.unwrap().count().unwrap(), 1);
    let (one, other) = futures::future::join(
        store.typed::<WithNote>("sales"),
        store.typed::<WithNote>("sales"),
    )
    .await;
    assert_eq!(one.unwrap().count().unwrap(), 1);
    assert_eq!(other.unwrap().count().unwrap(), 1);
}
